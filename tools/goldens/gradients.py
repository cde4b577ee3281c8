"""What PyTorch's autograd makes of the small random checkpoints: samples of every parameter's gradient.

It reads the checkpoints and inputs that diffusion_networks.py and clip.py wrote. Of each gradient up to 48 values,
evenly spaced, are kept, and the norms of all, in the order of the parameters' names.
"""

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file
from transformers import CLIPTextModelWithProjection, CLIPVisionModelWithProjection

from fixtures import FIXTURES, save_golden


def sampled(gradient):
    flat = gradient.flatten()
    return flat[:: -(-flat.numel() // 48)]


def save(folder, module, inputs, loss):
    """Differentiates `loss` with respect to inputs, whose gradients are kept whole, and parameters."""
    loss.backward()
    gradients = {
        # What no loss reaches has no gradient.
        name: torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        for name, parameter in module.named_parameters()
    }
    golden = {f"parameter.{name}": sampled(gradient) for name, gradient in gradients.items()}
    golden["norms"] = torch.stack([gradients[name].norm() for name in sorted(gradients)])
    golden.update({f"input.{name}": tensor.grad for name, tensor in inputs.items()})
    golden["loss"] = loss.detach()
    save_golden(golden, folder / "gradients.safetensors")


def unet(name):
    folder = FIXTURES / "DiffusionUNet" / name
    module = UNet2DConditionModel.from_pretrained(folder, torch_dtype=torch.float32).eval()
    golden = load_file(folder / "golden.safetensors")
    sample, context = golden["sample"].requires_grad_(), golden["context"].requires_grad_()
    output = module(sample, golden["timesteps"].long(), encoder_hidden_states=context).sample
    inputs = {"sample": sample}
    if any("attn2" in parameter for parameter, _ in module.named_parameters()):
        inputs["context"] = context
    save(folder, module, inputs, F.mse_loss(output, sample.detach()))


def autoencoder(name):
    """Images through their latents, drawn with the noise that the golden calls latents, and back."""
    folder = FIXTURES / "DiffusionAutoencoder" / name
    module = AutoencoderKL.from_pretrained(folder, torch_dtype=torch.float32).eval()
    golden = load_file(folder / "golden.safetensors")
    pixels = golden["pixels"].requires_grad_()
    posterior = module.encode(pixels).latent_dist
    decoded = module.decode(posterior.mean + posterior.std * golden["latents"]).sample
    save(folder, module, {"pixels": pixels}, F.mse_loss(decoded, pixels.detach()))


def text(name):
    folder = FIXTURES / "CLIP" / name
    module = CLIPTextModelWithProjection.from_pretrained(folder, torch_dtype=torch.float32).eval()
    golden = load_file(folder / "golden.safetensors")
    features = module(golden["tokens"].long()).text_embeds
    save(folder, module, {}, features.square().mean())


def vision(name):
    folder = FIXTURES / "CLIP" / name
    module = CLIPVisionModelWithProjection.from_pretrained(folder, torch_dtype=torch.float32).eval()
    pixels = load_file(folder / "golden.safetensors")["pixels"].requires_grad_()
    features = module(pixels).image_embeds
    save(folder, module, {"pixels": pixels}, features.square().mean())


def main():
    torch.set_grad_enabled(True)
    for name in ("sd1", "uneven", "rare", "bare"):
        unet(name)
    for name in ("sd", "plain"):
        autoencoder(name)
    text("text-projection")
    vision("vision-projection")


if __name__ == "__main__":
    main()
