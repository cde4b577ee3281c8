"""Trains the starter pipeline's AutoencoderKL (32 × 32 × 3 to 8 × 8 × 4), then caches the foundation's latents."""

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL

from training import Average, Budget, Checkpoint, set_rate
from wardrobe import Scenes, shuffled_batches


def new_autoencoder():
    return AutoencoderKL(
        block_out_channels=(32, 64, 96), down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3, layers_per_block=1, latent_channels=4, norm_num_groups=16,
        sample_size=32, scaling_factor=1.0)


def edges(x):
    return x[:, :, :, 1:] - x[:, :, :, :-1], x[:, :, 1:] - x[:, :, :-1]


def loss_of(model, images):
    posterior = model.encode(images).latent_dist
    made = model.decode(posterior.sample()).sample.float()
    sharp = sum(F.l1_loss(a, b) for a, b in zip(edges(made), edges(images)))
    divergence = 0.5 * (posterior.mean.float() ** 2 + posterior.var.float() - 1 - posterior.logvar.float()).mean()
    return F.l1_loss(made, images) + 2 * F.mse_loss(made, images) + 0.5 * sharp + 1e-4 * divergence


def train(arguments):
    torch.set_num_threads(arguments.threads)
    scenes = Scenes(arguments.data, "foundation")
    model = new_autoencoder()
    average = Average(model)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3, betas=(0.9, 0.99), weight_decay=1e-4)
    budget, step = Budget(arguments.minutes), 0
    checkpoint = Checkpoint(f"{arguments.work}/autoencoder.pt")
    if state := checkpoint.load():
        model.load_state_dict(state["model"])
        average.values = state["average"]
        optimizer.load_state_dict(state["optimizer"])
        step, budget.before = step + state["step"], state["elapsed"]

    def save():
        checkpoint.save({
            "model": model.state_dict(), "average": average.values, "optimizer": optimizer.state_dict(), "step": step,
            "elapsed": budget.elapsed})

    run = torch.compile(loss_of) if arguments.compile else loss_of
    for indices in shuffled_batches(len(scenes), 32, seed=step):
        if budget.progress >= 1:
            break
        set_rate(optimizer, budget.rate(step, 1.5e-3, warmup=100))
        images = scenes.images(indices)
        with torch.autocast("cpu", torch.bfloat16):
            loss = run(model, images)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average.update(model, step)
        step += 1
        if step % 50 == 0:
            print(f"autoencoder step {step} {budget.elapsed:.0f} s loss {loss.item():.4f}", flush=True)
        if checkpoint.due():
            save()
        if checkpoint.asked_to_stop:
            raise SystemExit
    save()
    model.load_state_dict(average.values)
    model.eval()
    return model, scenes


@torch.no_grad()
def cache_latents(model, scenes, arguments):
    """Writes posterior means and deviations of every scene and sets the scaling factor to one over their deviation."""
    rows = []
    for start in range(0, len(scenes), 250):
        with torch.autocast("cpu", torch.bfloat16):
            latent = model.encode(scenes.images(range(start, min(start + 250, len(scenes))))).latent_dist
        rows.append(torch.stack([latent.mean.float(), latent.std.float()], 1).half())
        if start % 10000 == 0:
            print(f"latents {start}", flush=True)
    latents = torch.cat(rows)
    spread = (latents[:, 0].float() + latents[:, 1].float() * torch.randn(latents[:, 0].shape)).std().item()
    model.register_to_config(scaling_factor=1 / spread)
    np.save(f"{arguments.work}/latents.npy", latents.numpy())
    model.save_pretrained(f"{arguments.work}/vae")
    print(f"latents {tuple(latents.shape)} deviation {spread:.4f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="/tmp/wardrobe")
    parser.add_argument("--work", default="/tmp/starter")
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--compile", action="store_true")
    arguments = parser.parse_args()
    cache_latents(*train(arguments), arguments)
