"""What every golden script needs: random weights, recorded intermediates, and files with their provenance.

Weights are drawn in float16 and used in float32, so that a checkpoint takes half the room and still holds
exactly the numbers the reference computed with. Norms and biases are drawn too: an untrained network's
ones and zeros would hide a mistake in them.
"""

import math
import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from safetensors.torch import save_file

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Tests" / "Fixtures"

torch.set_grad_enabled(False)
torch.set_num_threads(1)


def randomize(module, seed):
    """Draws every parameter of `module` from `seed`, on values that float16 holds exactly."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in module.named_parameters():
        drawn = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() > 1:
            drawn = drawn / math.sqrt(parameter[0].numel())
        elif name.endswith("weight"):
            drawn = 1 + 0.2 * drawn
        else:
            drawn = 0.1 * drawn
        parameter.copy_(drawn.half().float())
    return module.eval()


def record(module, names):
    """Records the output of each named submodule on every later forward; returns the dictionary it fills."""
    outputs = {}

    def recorder(name):
        def hook(_module, _inputs, output):
            first = output if torch.is_tensor(output) else output[0]
            outputs[name] = first.detach().clone().contiguous()

        return hook

    for name in names:
        module.get_submodule(name).register_forward_hook(recorder(name))
    return outputs


def save_half(module, folder):
    """Saves `module` in diffusers' layout, with weights in float16, and its configuration beside them."""
    path = folder / "diffusion_pytorch_model.safetensors"
    folder.mkdir(parents=True, exist_ok=True)
    module.save_config(folder)
    save_file({name: tensor.half().contiguous() for name, tensor in module.state_dict().items()}, path)
    report(path)


def save_golden(tensors, path):
    """Saves float32 tensors that the tests compare with."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.float().contiguous() for name, tensor in tensors.items()}, path)
    report(path)


def report(path):
    print(f"{path.stat().st_size:8d}  {path.relative_to(ROOT)}")
