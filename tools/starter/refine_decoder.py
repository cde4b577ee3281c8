"""Trains the autoencoder's decoder on, alone: the encoder and the cached latents stay, so diffusion may train meanwhile."""

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL

from train_autoencoder import edges
from training import Average, Budget, Checkpoint, set_rate
from wardrobe import Scenes, shuffled_batches


def train(arguments):
    torch.set_num_threads(arguments.threads)
    scenes = Scenes(arguments.data, "foundation")
    latents = np.load(f"{arguments.work}/latents.npy", mmap_mode="r")
    model = AutoencoderKL.from_pretrained(f"{arguments.work}/vae")
    parts = torch.nn.ModuleList([model.post_quant_conv, model.decoder])
    average = Average(parts)
    optimizer = torch.optim.AdamW(parts.parameters(), betas=(0.9, 0.99), weight_decay=1e-4)
    budget, step = Budget(arguments.minutes), 0
    checkpoint = Checkpoint(f"{arguments.work}/decoder.pt")
    if state := checkpoint.load():
        parts.load_state_dict(state["model"])
        average.values = state["average"]
        optimizer.load_state_dict(state["optimizer"])
        step, budget.before = state["step"], state["elapsed"]

    def save():
        checkpoint.save({
            "model": parts.state_dict(), "average": average.values, "optimizer": optimizer.state_dict(), "step": step,
            "elapsed": budget.elapsed})

    pool, seen = np.flatnonzero(scenes.alone.numpy()), []
    for places in shuffled_batches(len(pool), 32, seed=step + 1):
        if budget.progress >= 1:
            break
        set_rate(optimizer, budget.rate(step, arguments.rate, warmup=50))
        images = scenes.images(pool[places])
        mean, deviation = torch.from_numpy(latents[pool[places]]).float().unbind(1)
        with torch.autocast("cpu", torch.bfloat16):
            made = model.decode(mean + deviation * torch.randn(mean.shape)).sample.float()
        sharp = sum(F.l1_loss(a, b) for a, b in zip(edges(made), edges(images)))
        loss = F.l1_loss(made, images) + 2 * F.mse_loss(made, images) + 0.5 * sharp
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parts.parameters(), 1.0)
        optimizer.step()
        average.update(parts, step)
        step += 1
        seen.append(loss.item())
        if step % 50 == 0:
            print(f"decoder step {step} {budget.elapsed:.0f} s loss {sum(seen) / len(seen):.4f}", flush=True)
            seen.clear()
        if checkpoint.due():
            save()
        if checkpoint.asked_to_stop:
            raise SystemExit
    save()
    parts.load_state_dict(average.values)
    model.save_pretrained(f"{arguments.work}/vae")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="/tmp/wardrobe")
    parser.add_argument("--work", default="/tmp/starter")
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rate", type=float, default=8e-4)
    train(parser.parse_args())
