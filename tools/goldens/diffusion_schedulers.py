"""Sampler sequences: for each configuration the timesteps and every step's sample, for fixed model outputs."""

import json

import torch
from diffusers import DDIMScheduler, PNDMScheduler

from fixtures import FIXTURES, report

ELEMENTS = 5

SHARED = [
    dict(),
    dict(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, steps_offset=1),
    dict(beta_schedule="squaredcos_cap_v2", timestep_spacing="trailing"),
    dict(timestep_spacing="linspace", prediction_type="v_prediction"),
    dict(num_train_timesteps=400, set_alpha_to_one=False, steps_offset=1, prediction_type="v_prediction"),
    dict(num_train_timesteps=8, trained_betas=[0.01, 0.02, 0.04, 0.05, 0.07, 0.1, 0.2, 0.3]),
]
DDIM = [dict(shared, clip_sample=False) for shared in SHARED] + [
    dict(clip_sample=True),
    dict(clip_sample=True, clip_sample_range=0.5, prediction_type="sample", set_alpha_to_one=False),
    dict(beta_schedule="scaled_linear", rescale_betas_zero_snr=True, clip_sample=False,
         prediction_type="v_prediction", timestep_spacing="trailing"),
]
PNDM = [dict(shared, skip_prk_steps=True) for shared in SHARED] + [
    dict(),
    dict(timestep_spacing="trailing", prediction_type="v_prediction", set_alpha_to_one=True),
    dict(timestep_spacing="linspace", beta_schedule="scaled_linear"),
]


def sequence(scheduler_class, options, steps, eta=None):
    scheduler = scheduler_class(**options)
    scheduler.set_timesteps(steps)
    generator = torch.Generator().manual_seed(steps)
    sample = torch.randn(ELEMENTS, generator=generator)
    case = {
        "configuration": json.loads(scheduler.to_json_string()),
        "steps": steps,
        "eta": eta or 0,
        "timesteps": scheduler.timesteps.tolist(),
        "initial": sample.tolist(),
        "model_outputs": [],
        "noises": [],
        "samples": [],
    }
    for timestep in scheduler.timesteps:
        output = torch.randn(ELEMENTS, generator=generator)
        case["model_outputs"].append(output.tolist())
        if eta is None:
            sample = scheduler.step(output, timestep, sample).prev_sample
        else:
            noise = torch.randn(ELEMENTS, generator=generator)
            case["noises"].append(noise.tolist())
            sample = scheduler.step(output, timestep, sample, eta=eta, variance_noise=noise).prev_sample
        case["samples"].append(sample.tolist())
    clean, noise = torch.randn(2, ELEMENTS, generator=generator)
    timestep = scheduler.timesteps[len(scheduler.timesteps) // 2]
    case["noised"] = {
        "clean": clean.tolist(),
        "noise": noise.tolist(),
        "timestep": int(timestep),
        "sample": scheduler.add_noise(clean, noise, timestep[None]).tolist(),
    }
    return case


def main():
    cases = []
    for options in DDIM:
        for steps in (1, 4, 7) if options.get("num_train_timesteps") != 8 else (4,):
            cases.append(sequence(DDIMScheduler, options, steps))
    cases.append(sequence(DDIMScheduler, DDIM[1], 6, eta=1.0))
    cases.append(sequence(DDIMScheduler, DDIM[7], 5, eta=0.3))
    for options in PNDM:
        counts = (1, 2, 7) if options.get("skip_prk_steps") else (4, 6)
        for steps in counts if options.get("num_train_timesteps") != 8 else (4,):
            cases.append(sequence(PNDMScheduler, options, steps))

    path = FIXTURES / "DiffusionSchedulers" / "sequences.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[\n" + ",\n".join(json.dumps(case, allow_nan=False) for case in cases) + "\n]\n")
    print(f"{len(cases)} sequences")
    report(path)


if __name__ == "__main__":
    main()
