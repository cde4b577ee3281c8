"""Ten steps of training in PyTorch: a small UNet with AdamW, a conditioning alone, and the optimizers' own formulas."""

import json

import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel
from torch.optim.swa_utils import get_ema_multi_avg_fn
from transformers import get_scheduler

from fixtures import FIXTURES, report, save_golden, save_half

FOLDER = FIXTURES / "Learning"
STEPS = 10
BATCH = 3
OPTIONS = dict(
    sample_size=8, block_out_channels=(8, 16), layers_per_block=1, attention_head_dim=2, cross_attention_dim=6,
    down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    norm_num_groups=4)
# Of every learnt parameter, up to this many values, evenly spaced.
SAMPLES = 48


def sampled(tensor):
    flat = tensor.detach().flatten()
    return flat[:: -(-flat.numel() // SAMPLES)].clone()


def small_unet():
    torch.manual_seed(31)
    module = UNet2DConditionModel(**OPTIONS)
    for parameter in module.parameters():
        parameter.data = parameter.data.half().float()
    return module


def batches(batch, generator):
    """For every step latents, timesteps and the noise that is to be found."""
    return dict(
        sample=torch.randn(STEPS, batch, 4, 8, 8, generator=generator),
        timesteps=torch.randint(0, 1000, (STEPS, batch), generator=generator),
        noise=torch.randn(STEPS, batch, 4, 8, 8, generator=generator))


def unet():
    folder = FOLDER / "unet"
    module = small_unet()
    save_half(module, folder)
    generator = torch.Generator().manual_seed(32)
    data = batches(BATCH, generator)
    data["context"] = torch.randn(STEPS, BATCH, 5, 6, generator=generator)
    optimizer = torch.optim.AdamW(module.parameters(), lr=1e-3)
    losses = []
    for step in range(STEPS):
        output = module(data["sample"][step], data["timesteps"][step], data["context"][step]).sample
        loss = F.mse_loss(output, data["noise"][step])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    learnt = {f"learnt.{name}": sampled(parameter) for name, parameter in module.named_parameters()}
    save_golden({**data, "losses": torch.tensor(losses), **learnt}, folder / "learning.safetensors")


def inversion():
    """Diffusion Inversion: the conditioning is learnt, the network stays as it is."""
    module = small_unet()
    generator = torch.Generator().manual_seed(33)
    data = batches(2, generator)
    conditioning = torch.randn(1, 5, 6, generator=generator)
    data["conditioning"] = conditioning.clone()
    conditioning.requires_grad_()
    optimizer = torch.optim.AdamW([conditioning], lr=3e-2, weight_decay=0)
    losses = []
    for step in range(STEPS):
        output = module(data["sample"][step], data["timesteps"][step], conditioning.repeat(2, 1, 1)).sample
        loss = F.mse_loss(output, data["noise"][step])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    save_golden(
        {**data, "losses": torch.tensor(losses), "learnt": conditioning.detach()},
        FOLDER / "unet" / "inversion.safetensors")


OPTIMIZERS = {
    "descent": dict(make=torch.optim.SGD, options=dict(), schedule="constant"),
    "momentum": dict(
        make=torch.optim.SGD, options=dict(momentum=0.9, weight_decay=0.02), schedule="multistep", norm=0.3),
    "nesterov": dict(
        make=torch.optim.SGD, options=dict(momentum=0.8, nesterov=True, weight_decay=0.01), schedule="cosine"),
    "adamw": dict(
        make=torch.optim.AdamW, options=dict(betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1), schedule="cosine",
        norm=0.5),
}


def rates(kind, optimizer):
    if kind == "multistep":
        return torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 7], gamma=0.1)
    if kind == "constant":
        return get_scheduler("constant", optimizer)
    return get_scheduler("cosine", optimizer, num_warmup_steps=3, num_training_steps=9)


def optimizers():
    """Two vectors drawn to targets; the second learns twice as fast and does not decay."""
    golden = {}
    for name, case in OPTIMIZERS.items():
        first = (torch.arange(7) * 0.5 - 1.25).requires_grad_()
        second = torch.linspace(1, 3, 5).requires_grad_()
        groups = [dict(params=[first]), dict(params=[second], lr=0.2, weight_decay=0)]
        optimizer = case["make"](groups, lr=0.1, **case["options"])
        scheduler = rates(case["schedule"], optimizer)
        average = [first.detach().clone(), second.detach().clone()]
        losses, used, norms = [], [], []
        for step in range(STEPS):
            loss = first.square().mean() + (second - step).square().mean()
            optimizer.zero_grad()
            loss.backward()
            bound = case.get("norm", float("inf"))
            norms.append(torch.nn.utils.clip_grad_norm_([first, second], bound).item())
            used.append(scheduler.get_last_lr()[0])
            optimizer.step()
            scheduler.step()
            get_ema_multi_avg_fn(0.9)(average, [first.detach(), second.detach()], None)
            losses.append(loss.item())
        golden[name] = dict(
            losses=losses, rates=used, norms=norms, first=first.tolist(), second=second.tolist(),
            average=average[0].tolist())
    path = FOLDER / "optimizers.json"
    path.write_text(json.dumps(golden, indent=1) + "\n")
    report(path)


def main():
    torch.set_grad_enabled(True)
    unet()
    inversion()
    optimizers()


if __name__ == "__main__":
    main()
