"""A whole tiny StableDiffusionPipeline, and the images diffusers makes with it on the CPU."""

import json

import numpy as np
import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    PNDMScheduler,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from fixtures import FIXTURES, randomize, report, save_golden, save_half

FOLDER = FIXTURES / "DiffusionPipeline"
PROMPT = "a red bag on the sand"
SEED = 42


def byte_symbols():
    """The characters that stand for the 256 bytes in byte-level byte-pair vocabularies (GPT-2)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    symbols = dict(zip(printable, map(chr, printable)))
    for byte in range(256):
        if byte not in symbols:
            symbols[byte] = chr(256 + len(symbols) - len(printable))
    return [symbols[byte] for byte in range(256)]


def tokenizer(folder):
    """A byte-level vocabulary with a handful of merges, as CLIP's tokenizer files hold it."""
    merges = ["r e", "re d</w>", "b a", "ba g</w>", "o n</w>", "t h", "th e</w>", "s a", "sa n", "san d</w>"]
    symbols = byte_symbols()
    words = symbols + [symbol + "</w>" for symbol in symbols] + [merge.replace(" ", "") for merge in merges]
    words += ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps(
        {"tokenizer_class": "CLIPTokenizer", "model_max_length": 10, "bos_token": "<|startoftext|>",
         "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}))
    return CLIPTokenizer(
        vocab=str(folder / "vocab.json"), merges=str(folder / "merges.txt"), model_max_length=10), len(words)


def build():
    words, count = tokenizer(FOLDER / "tokenizer")
    text = randomize(CLIPTextModel(CLIPTextConfig(
        vocab_size=count, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=10, bos_token_id=count - 2, eos_token_id=count - 1, pad_token_id=count - 1)), 21)
    unet = randomize(UNet2DConditionModel(
        sample_size=8, block_out_channels=(8, 16), layers_per_block=1, attention_head_dim=2, norm_num_groups=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=16), 22)
    vae = randomize(AutoencoderKL(
        sample_size=16, block_out_channels=(8, 8), layers_per_block=1, latent_channels=4, norm_num_groups=4,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
        scaling_factor=0.7), 23)
    # A random decoder saturates no pixel and a trained one few: damp the last layer so that images have greys.
    vae.decoder.conv_out.weight.mul_(0.25)
    scheduler = PNDMScheduler(
        beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, skip_prk_steps=True)

    save_half(unet, FOLDER / "unet")
    save_half(vae, FOLDER / "vae")
    scheduler.save_config(FOLDER / "scheduler")
    text.config.save_pretrained(FOLDER / "text_encoder")
    path = FOLDER / "text_encoder" / "model.safetensors"
    save_file({name: tensor.half().contiguous() for name, tensor in text.state_dict().items()}, path)
    report(path)

    components = dict(
        vae=vae, text_encoder=text, tokenizer=words, unet=unet, scheduler=scheduler, safety_checker=None,
        feature_extractor=None, requires_safety_checker=False)
    StableDiffusionPipeline(**components).save_config(FOLDER)


def images():
    """Every run: its settings in runs.json, its tensors in golden.safetensors under the run's name."""
    # From the files, as people do: a scheduler made in memory would forget, when another is made from it, what the
    # pipeline has corrected in it.
    pipeline = StableDiffusionPipeline.from_pretrained(FOLDER, torch_dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    conditioning, unconditional = pipeline.encode_prompt(PROMPT, "cpu", 1, True)
    golden = {"conditioning": conditioning[0], "unconditional": unconditional[0]}
    runs = []
    own = pipeline.scheduler.config

    def scheduler(sampler):
        # Made from the pipeline's own, whose options the pipeline has corrected. It would correct `clip_sample`
        # too, were the file's scheduler a DDIM; a PNDM configuration does not have that option.
        chosen = {"ddim": DDIMScheduler, "pndm": PNDMScheduler}[sampler]
        return chosen.from_config(own, **({"clip_sample": False} if sampler == "ddim" else {}))

    def add(name, image, latents, **settings):
        golden[f"{name}.latents"] = latents
        golden[f"{name}.image"] = torch.from_numpy(np.asarray(image.images[0]).copy())
        runs.append({"name": name, **settings})

    for name, sampler, steps, guidance, height, width, eta in [
        ("ddim", "ddim", 12, 5.0, 16, 16, 0.0),
        ("ddim-eta", "ddim", 5, 3.0, 16, 16, 0.7),
        ("ddim-unguided", "ddim", 6, 1.0, 16, 24, 0.0),
        ("pndm", "pndm", 12, 5.0, 16, 16, 0.0),
        ("pndm-wide", "pndm", 5, 2.0, 8, 24, 0.0),
    ]:
        pipeline.scheduler = scheduler(sampler)
        generator = torch.Generator().manual_seed(SEED)
        # What the pipeline draws first, so that a test without the generator can start from it.
        latents = torch.randn(1, 4, height // 2, width // 2, generator=torch.Generator().manual_seed(SEED))
        image = pipeline(
            PROMPT, height=height, width=width, num_inference_steps=steps, guidance_scale=guidance, eta=eta,
            generator=generator)
        add(name, image, latents, sampler=sampler, steps=steps, guidance=guidance, height=height, width=width,
            eta=eta, seed=SEED)

    for name, sampler, steps, strength in [("ddim-from-image", "ddim", 10, 0.6), ("pndm-from-image", "pndm", 10, 0.75)]:
        pipeline.scheduler = scheduler(sampler)
        levels = torch.randint(0, 256, (1, 3, 16, 16), generator=torch.Generator().manual_seed(7))
        start = levels / 255
        image = StableDiffusionImg2ImgPipeline(**pipeline.components, requires_safety_checker=False)
        image.set_progress_bar_config(disable=True)
        generator = torch.Generator().manual_seed(SEED)
        image = image(
            PROMPT, image=start, strength=strength, num_inference_steps=steps, guidance_scale=4.0,
            generator=generator)
        # Two draws: the encoder's posterior, then the noise that hides it.
        draws = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(SEED))
        golden[f"{name}.start"] = levels
        golden[f"{name}.posterior"] = draws[:1]
        add(name, image, draws[1:], sampler=sampler, steps=steps, guidance=4.0, height=16, width=16, eta=0.0,
            seed=SEED, strength=strength)

    save_golden(golden, FOLDER / "golden.safetensors")
    path = FOLDER / "runs.json"
    path.write_text(json.dumps({"prompt": PROMPT, "runs": runs}, indent=1) + "\n")
    report(path)


if __name__ == "__main__":
    build()
    images()
