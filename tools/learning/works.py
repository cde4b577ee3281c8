"""What is learnt in PyTorch and in Figment alike: the networks, the data of every step, and how a step is made."""

import json
import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import timm
import torch
import torch.nn.functional as F
import torchvision
from diffusers import UNet2DConditionModel
from safetensors.torch import save_file

SMALL = dict(
    sample_size=8, in_channels=4, out_channels=4, block_out_channels=(64, 128), cross_attention_dim=128,
    layers_per_block=1, down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
    up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"))
STABLE_DIFFUSION = dict(
    sample_size=64, cross_attention_dim=768, attention_head_dim=8, block_out_channels=(320, 640, 1280, 1280))


class Diffusion:
    """A UNet that learns to find noise or, where it `inverts`, a conditioning that learns to explain latents."""

    def __init__(self, options, batch, side, tokens, inverts, rate, decay):
        self.options, self.batch, self.side, self.tokens, self.inverts = options, batch, side, tokens, inverts
        self.rate, self.decay, self.program = rate, decay, "inversion" if inverts else "unet"

    def make(self, folder):
        """A network with random weights, stored in float16 where there are many."""
        module = UNet2DConditionModel(**self.options)
        if self.inverts:
            for parameter in module.parameters():
                parameter.data = parameter.data.half().float()
            module.requires_grad_(False)
        module.save_config(folder)
        kind = torch.float16 if self.inverts else torch.float32
        save_file(
            {name: tensor.to(kind).contiguous() for name, tensor in module.state_dict().items()},
            folder / "diffusion_pytorch_model.safetensors")
        return module

    def record(self, steps):
        shape = (steps, self.batch, 4, self.side, self.side)
        width = self.options["cross_attention_dim"]
        data = dict(
            sample=torch.randn(shape), noise=torch.randn(shape),
            timesteps=torch.randint(0, 1000, (steps, self.batch)).float())
        if self.inverts:
            return data | dict(conditioning=torch.randn(1, self.tokens, width))
        return data | dict(context=torch.randn(steps, self.batch, self.tokens, width))

    def learnt(self, module, data):
        if not self.inverts:
            return dict(module.named_parameters())
        return {"conditioning": data["conditioning"].clone().requires_grad_()}

    def loss(self, module, data, learnt, step):
        context = learnt["conditioning"].repeat(self.batch, 1, 1) if self.inverts else data["context"][step]
        output = module(data["sample"][step], data["timesteps"][step].long(), context).sample
        return F.mse_loss(output, data["noise"][step])

    def optimizer(self, parameters):
        return torch.optim.AdamW(parameters, lr=self.rate, weight_decay=self.decay)


class Classification:
    """A network that learns to tell ten classes of images of 32 × 32 pixels."""

    def __init__(self, program, build, configuration, optimizer, batch, rate, decay):
        self.program, self.build, self.configuration = program, build, configuration
        self.make_optimizer, self.batch, self.rate, self.decay = optimizer, batch, rate, decay
        self.inverts = False

    def make(self, folder):
        module = draw_vectors(self.build()).train()
        (folder / "config.json").write_text(json.dumps(self.configuration, indent=2) + "\n")
        save_file({name: tensor.clone() for name, tensor in module.state_dict().items()}, folder / "model.safetensors")
        return module

    def record(self, steps):
        """Noise before a picture of each class, so that there is something to learn."""
        labels = torch.randint(0, 10, (steps, self.batch))
        images = torch.randn(10, 3, 32, 32)[labels] + torch.randn(steps, self.batch, 3, 32, 32)
        return dict(images=images, labels=labels.float())

    def learnt(self, module, _data):
        moments = {name: buffer for name, buffer in module.named_buffers() if "running" in name}
        return dict(module.named_parameters()) | moments

    def loss(self, module, data, _learnt, step):
        images = data["images"][step]
        if self.program == "resnet" and next(module.parameters()).is_contiguous(memory_format=torch.channels_last):
            images = images.contiguous(memory_format=torch.channels_last)
        return F.cross_entropy(module(images), data["labels"][step].long())

    def optimizer(self, parameters):
        return self.make_optimizer(parameters, lr=self.rate, weight_decay=self.decay)


def draw_vectors(module):
    """Draws scales and biases, which an untrained network has at one and zero: it is then as one that has learnt.

    A bias that begins at zero is after ten steps no more than the sum of ten gradients, in which float32 and float64
    differ by parts in ten in PyTorch itself.
    """
    for name, parameter in module.named_parameters():
        if parameter.dim() == 1:
            parameter.data = 0.1 * torch.randn(parameter.shape) + (1 if name.endswith("weight") else 0)
    return module


def small_image_resnet():
    """torchvision's ResNet-18 as it is for images of 32 × 32 pixels (He et al., section 4.2)."""
    module = torchvision.models.resnet18(num_classes=10)
    module.conv1 = torch.nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    module.maxpool = torch.nn.Identity()
    torch.nn.init.kaiming_normal_(module.conv1.weight, mode="fan_out", nonlinearity="relu")
    return module


VIT = dict(img_size=32, patch_size=4, embed_dim=192, depth=12, num_heads=3)
WORKS = {
    "unet": Diffusion(SMALL, batch=128, side=8, tokens=8, inverts=False, rate=1e-4, decay=0.01),
    "inversion": Diffusion(STABLE_DIFFUSION, batch=1, side=32, tokens=77, inverts=True, rate=1e-2, decay=0.0),
    "resnet": Classification(
        "resnet", small_image_resnet, dict(architecture="resnet18", num_classes=10, stem="cifar"),
        lambda parameters, **options: torch.optim.SGD(parameters, momentum=0.9, **options), batch=128, rate=1e-3,
        decay=5e-4),
    "vit": Classification(
        "vit", lambda: timm.models.VisionTransformer(**VIT, num_classes=10),
        dict(architecture="vit_tiny_patch4_32", num_classes=10, model_args=VIT), torch.optim.AdamW, batch=128,
        rate=1e-3, decay=0.05),
}
