"""Ten steps of training in PyTorch: a small UNet, a conditioning alone, a ResNet, a ViT, and the optimizers' formulas."""

import json

import timm
import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel
from safetensors.torch import save_file
from torch.optim.swa_utils import get_ema_multi_avg_fn
from transformers import get_scheduler

from fixtures import FIXTURES, randomize, report, save_golden, save_half
from vision_models import BASIC, resnet

FOLDER = FIXTURES / "Learning"
STEPS = 10
BATCH = 3
OPTIONS = dict(
    sample_size=8, block_out_channels=(4, 8), layers_per_block=1, attention_head_dim=2, cross_attention_dim=6,
    down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    norm_num_groups=2)
CLASSES = 5
VIT = dict(img_size=8, patch_size=2, embed_dim=24, depth=2, num_heads=3)


def drawn(module, seed):
    """The module with every parameter drawn: of a bias that begins at zero nothing would be left but ten gradients."""
    with torch.no_grad():
        return randomize(module, seed).train()


def small_unet():
    return drawn(UNet2DConditionModel(**OPTIONS), 31)


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
    save_golden({**data, "losses": torch.tensor(losses), **learnt(module)}, folder / "learning.safetensors")


def learnt(module):
    """Every parameter, and what batch norms keep."""
    kept = {name: buffer for name, buffer in module.named_buffers() if "running" in name}
    return {f"learnt.{name}": tensor.detach().clone() for name, tensor in [*module.named_parameters(), *kept.items()]}


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


def classifiers():
    """A ResNet by SGD with Nesterov's momentum and a ViT by AdamW, each with a warm-up before half a cosine."""
    torch.manual_seed(34)
    classify(
        "resnet", resnet(BASIC, [2, 2, 2, 2], True, 3, CLASSES)(),
        dict(architecture="resnet18", num_classes=CLASSES, width=3, stem="cifar"), side=16, batch=6,
        make=lambda parameters: torch.optim.SGD(parameters, lr=0.02, momentum=0.9, nesterov=True, weight_decay=5e-4))
    classify(
        "vit", timm.models.VisionTransformer(**VIT, num_classes=CLASSES),
        dict(architecture="vit_tiny_patch2_8", num_classes=CLASSES, model_args=VIT), side=8, batch=4,
        # The keys' bias has a gradient of nothing but rounding, which the usual epsilon would turn into whole steps.
        make=lambda parameters: torch.optim.AdamW(parameters, lr=3e-3, eps=1e-5, weight_decay=0.05))


def classify(name, module, configuration, side, batch, make):
    """Noise before a picture of each class is told apart."""
    module = drawn(module, 35)
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(configuration, indent=2) + "\n")
    stored = {part: tensor.clone() for part, tensor in module.state_dict().items()}
    half = {part: tensor.half() if tensor.is_floating_point() else tensor for part, tensor in stored.items()}
    save_file(half, folder / "model.safetensors")
    report(folder / "model.safetensors")
    labels = torch.randint(0, CLASSES, (STEPS, batch))
    pictures = torch.randn(CLASSES, 3, side, side)[labels] + torch.randn(STEPS, batch, 3, side, side)
    images = pictures.half()
    optimizer = make(module.parameters())
    scheduler = get_scheduler("cosine", optimizer, num_warmup_steps=3, num_training_steps=STEPS)
    losses = []
    for step in range(STEPS):
        loss = F.cross_entropy(module(images[step].float()), labels[step])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    print(name, losses)
    golden = dict(images=images, labels=labels.float(), losses=torch.tensor(losses), **learnt(module))
    save_file({part: tensor.contiguous() for part, tensor in golden.items()}, folder / "learning.safetensors")
    report(folder / "learning.safetensors")


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
    classifiers()
    optimizers()


if __name__ == "__main__":
    main()
