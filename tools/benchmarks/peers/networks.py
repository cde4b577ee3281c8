"""The networks of the races as PyTorch has them: how each is made, read, and run on its recorded inputs."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import load_file
from torch import nn
from transformers import CLIPConfig, CLIPModel, LlamaConfig, LlamaForCausalLM

STARTER = Path(__file__).resolve().parents[3] / "Sources/StarterModels/Models/diffusion"
PROMPTS = [f"a {colour} {garment} on the {place}" for colour in ("red", "blue", "green", "black")
           for garment in ("bag", "shirt") for place in ("sand", "grass", "snow", "brick")]
NEW_TOKENS = 128


class UNet(nn.Module):
    """Noise of a sample [B, 4, S, S] at timesteps [B] with a context [B, T, E]."""

    inputs = ("sample", "timesteps", "context")

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, sample, timesteps, context):
        return self.module(sample, timesteps, context, return_dict=False)[0]


class Decoder(nn.Module):
    """Images of latents [B, 4, S, S]."""

    inputs = ("latents",)

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, latents):
        return self.module.decode(latents, return_dict=False)[0]


class ImageFeatures(nn.Module):
    """Features of images [B, 3, S, S]."""

    inputs = ("images",)

    def __init__(self, module):
        super().__init__()
        self.vision, self.projection = module.vision_model, module.visual_projection

    def forward(self, images):
        return self.projection(self.vision(images).pooler_output)


class Pipeline:
    """Images of some DDIM steps with guidance 2.5, in diffusers' own loop."""

    inputs = ("latents", "conditioning", "unconditional", "steps")

    def __init__(self, pipeline):
        self.pipeline = pipeline
        pipeline.set_progress_bar_config(disable=True)

    def __call__(self, latents, conditioning, unconditional, steps):
        images = self.pipeline(
            prompt_embeds=conditioning, negative_prompt_embeds=unconditional.expand_as(conditioning),
            latents=latents, num_inference_steps=int(steps), guidance_scale=2.5, output_type="np").images
        return torch.from_numpy((images * 255).round() / 255)


class Continuation:
    """The most likely next tokens of prompts [B, T], in transformers' own loop."""

    inputs = ("prompts",)

    def __init__(self, module):
        self.module = module

    def __call__(self, prompts):
        tokens = prompts.long()
        made = self.module.generate(
            tokens, attention_mask=torch.ones_like(tokens), do_sample=False, max_new_tokens=NEW_TOKENS,
            eos_token_id=None, pad_token_id=0)
        return made[:, tokens.shape[1]:].float()


def unet():
    return UNet2DConditionModel(
        sample_size=64, cross_attention_dim=768, attention_head_dim=8, block_out_channels=(320, 640, 1280, 1280))


def autoencoder():
    return AutoencoderKL(
        block_out_channels=(128, 256, 512, 512), down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=2, latent_channels=4, sample_size=512)


def clip():
    """CLIP ViT-B/32, whose sizes are the configuration's defaults."""
    return CLIPModel(CLIPConfig())


def llama():
    return LlamaForCausalLM(LlamaConfig(
        vocab_size=4096, hidden_size=256, intermediate_size=688, num_hidden_layers=6, num_attention_heads=8,
        num_key_value_heads=8, max_position_embeddings=2048))


def starter(folder=STARTER):
    """The project's own pipeline, as it is."""
    return StableDiffusionPipeline.from_pretrained(folder, dtype=torch.float32)


def stable_diffusion(folder):
    """The large UNet and autoencoder as a pipeline, without the text encoder."""
    parts = dict(unet=UNet2DConditionModel, vae=AutoencoderKL, scheduler=DDIMScheduler)
    return StableDiffusionPipeline(
        **{part: kind.from_pretrained(folder / part) for part, kind in parts.items()}, text_encoder=None,
        tokenizer=None, safety_checker=None, feature_extractor=None, requires_safety_checker=False)


def unet_inputs(side):
    return lambda _: dict(
        sample=torch.randn(2, 4, side, side), timesteps=torch.tensor([10.0, 10.0]), context=torch.randn(2, 77, 768))


def texts(pipeline):
    with torch.no_grad():
        conditioning, unconditional = pipeline.encode_prompt(PROMPTS, "cpu", 1, True)
    return dict(
        latents=torch.randn(len(PROMPTS), 4, 8, 8), conditioning=conditioning, unconditional=unconditional[:1],
        steps=torch.tensor(30.0))


def one_image(_):
    return dict(
        latents=torch.randn(1, 4, 64, 64), conditioning=torch.randn(1, 77, 768),
        unconditional=torch.randn(1, 77, 768), steps=torch.tensor(2.0))


def prompts(batch):
    return lambda module: dict(prompts=torch.randint(0, module.config.vocab_size, (batch, 16)).float())


@dataclass
class Network:
    """How a network is made or, a pipeline, read; how it is run, and how inputs for it are drawn.

    `like` names one of the same weights, or of each folder of a pipeline the network that is in it.
    """

    make: Callable
    wrap: Callable
    draw: Callable
    like: str | dict | None = None


NETWORKS = {
    "unet64": Network(unet, UNet, unet_inputs(64)),
    "unet32": Network(unet, UNet, unet_inputs(32), like="unet64"),
    "vae": Network(autoencoder, Decoder, lambda _: dict(latents=torch.randn(1, 4, 64, 64))),
    "clip": Network(clip, ImageFeatures, lambda _: dict(images=torch.randn(16, 3, 224, 224))),
    "pipeline": Network(starter, Pipeline, texts),
    "stable-diffusion": Network(
        stable_diffusion, Pipeline, one_image, like={"unet": "unet64", "vae": "vae"}),
    "llama1": Network(llama, Continuation, prompts(1)),
    "llama16": Network(llama, Continuation, prompts(16), like="llama1"),
}


def read(name, folder):
    """The network of a folder in float32, ready to be called with `arguments(…)`."""
    network = NETWORKS[name]
    if network.wrap is Pipeline:
        return network.wrap(network.make(folder))
    kind = {unet: UNet2DConditionModel, autoencoder: AutoencoderKL, clip: CLIPModel, llama: LlamaForCausalLM}
    module = kind[network.make].from_pretrained(folder, dtype=torch.float32)
    return network.wrap(module.eval().requires_grad_(False))


def arguments(wrapped, folder):
    """The recorded inputs in the order in which the network takes them, and the reference's output."""
    data = load_file(Path(folder) / "data.safetensors")
    return [data[name] for name in wrapped.inputs], data["output"]
