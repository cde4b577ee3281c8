"""Trains the starter pipeline's UNet2DConditionModel and its CLIP text encoder on cached latents."""

import argparse
import random

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from tokenizer import LENGTH, Texts
from training import Average, Budget, Checkpoint, set_rate
from wardrobe import GARMENTS, PLAIN_TEMPLATES, Scenes, shuffled_batches

BATCH = 64
STEPS = 1000


class Conditioned(torch.nn.Module):
    """The UNet and its text encoder, trained together."""

    def __init__(self, tokenizer):
        super().__init__()
        self.text = CLIPTextModel(CLIPTextConfig(
            vocab_size=len(tokenizer), hidden_size=128, intermediate_size=384, num_hidden_layers=2,
            num_attention_heads=4, max_position_embeddings=LENGTH, projection_dim=128, hidden_act="quick_gelu",
            bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.eos_token_id))
        self.unet = UNet2DConditionModel(
            sample_size=8, in_channels=4, out_channels=4, block_out_channels=(64, 128), layers_per_block=1,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=128, attention_head_dim=4,
            norm_num_groups=16)

    def forward(self, noisy, times, ids):
        return self.unet(noisy, times, self.text(input_ids=ids).last_hidden_state).sample.float()


def new_scheduler():
    return DDIMScheduler(
        num_train_timesteps=STEPS, beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
        clip_sample=False, set_alpha_to_one=False, steps_offset=1)


def words_of(scenes, index, generator):
    """A caption of the scene: its own, the class in a bare template, or none (for guidance)."""
    draw = generator.random()
    if draw < 0.1:
        return ""
    if draw < 0.18 and scenes.alone[index]:
        return generator.choice(PLAIN_TEMPLATES).replace("{}", GARMENTS[scenes.garment[index]])
    return generator.choice(scenes.captions[index])


def train(arguments):
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    scenes = Scenes(arguments.data, "foundation")
    latents = np.load(f"{arguments.work}/latents.npy", mmap_mode="r")
    scaling = AutoencoderKL.from_pretrained(f"{arguments.work}/vae").config.scaling_factor
    tokenizer = CLIPTokenizer.from_pretrained(f"{arguments.work}/tokenizer")
    texts, model, alphas = Texts(tokenizer), Conditioned(tokenizer), new_scheduler().alphas_cumprod
    print("parameters", sum(p.numel() for p in model.parameters()), flush=True)
    average = Average(model, most=0.9995)
    optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.99), weight_decay=0.01)
    budget, step = Budget(arguments.minutes), 0
    checkpoint = Checkpoint(f"{arguments.work}/diffusion.pt")
    if state := checkpoint.load():
        model.load_state_dict(state["model"])
        average.values = state["average"]
        optimizer.load_state_dict(state["optimizer"])
        step, budget.before = state["step"], state["elapsed"]
        torch.manual_seed(step)

    def save():
        checkpoint.save({
            "model": model.state_dict(), "average": average.values, "optimizer": optimizer.state_dict(), "step": step,
            "elapsed": budget.elapsed})

    generator, seen = random.Random(step), []
    # Scenes of one garment are what is mostly asked for: of the others, a third takes part.
    pool = np.flatnonzero(scenes.alone.numpy() | (np.arange(len(scenes)) % 3 == 0))
    for places in shuffled_batches(len(pool), BATCH, seed=step):
        if budget.progress >= 1:
            break
        indices = pool[places]
        set_rate(optimizer, budget.rate(step, arguments.rate, warmup=300))
        mean, deviation = torch.from_numpy(latents[indices]).float().unbind(1)
        clean = (mean + deviation * torch.randn(mean.shape)) * scaling
        noise, times = torch.randn(clean.shape), torch.randint(0, STEPS, (BATCH,))
        alpha = alphas[times, None, None, None]
        ids = texts([words_of(scenes, index, generator) for index in indices.tolist()], full=True)
        with torch.autocast("cpu", torch.bfloat16):
            guess = model(alpha.sqrt() * clean + (1 - alpha).sqrt() * noise, times, ids)
        # Min-SNR weighting (Hang et al., 2023, equation 8, γ = 5).
        ratio = (alpha / (1 - alpha)).flatten()
        loss = (F.mse_loss(guess, noise, reduction="none").mean((1, 2, 3)) * ratio.clamp(max=5) / ratio).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average.update(model, step)
        step += 1
        seen.append(loss.item())
        if step % 100 == 0:
            print(f"diffusion step {step} {budget.elapsed:.0f} s loss {sum(seen) / len(seen):.4f}", flush=True)
            seen.clear()
        if checkpoint.due():
            save()
        if checkpoint.asked_to_stop:
            raise SystemExit
    save()


def pipeline(work, averaged=True):
    """The trained parts as a StableDiffusionPipeline, from the checkpoint in `work`."""
    tokenizer = CLIPTokenizer.from_pretrained(f"{work}/tokenizer")
    model, state = Conditioned(tokenizer), Checkpoint(f"{work}/diffusion.pt").load()
    model.load_state_dict(state["average" if averaged else "model"])
    model.eval()
    return StableDiffusionPipeline(
        vae=AutoencoderKL.from_pretrained(f"{work}/vae").eval(), text_encoder=model.text, tokenizer=tokenizer,
        unet=model.unet, scheduler=new_scheduler(), safety_checker=None, feature_extractor=None,
        requires_safety_checker=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="/tmp/wardrobe")
    parser.add_argument("--work", default="/tmp/starter")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rate", type=float, default=8e-4)
    train(parser.parse_args())
