"""ViT and ResNet: small random checkpoints, every intermediate of one forward, and a step's gradients."""

import json

import timm
import torch
import torchvision
from safetensors.torch import save_file
from transformers import ViTConfig, ViTForImageClassification

from fixtures import FIXTURES, randomize, record, report, save_golden

VIT = dict(
    hidden_size=12, intermediate_size=20, num_hidden_layers=2, num_attention_heads=3, image_size=8, patch_size=4,
    num_labels=5)
TIMM = dict(img_size=8, patch_size=2, embed_dim=12, depth=2, num_heads=3)


def timm_vit(**options):
    return lambda: timm.models.VisionTransformer(**TIMM, **options, num_classes=5)


def resnet(block, depths, cifar, width, classes=5):
    """torchvision's network, narrow: its stages are as wide as those of the 64-channel one are in proportion."""
    def build():
        model = torchvision.models.ResNet(block, depths, num_classes=classes, width_per_group=64)
        model.inplanes = width
        model.conv1 = torch.nn.Conv2d(3, width, 3, 1, 1, bias=False) if cifar else torch.nn.Conv2d(
            3, width, 7, 2, 3, bias=False)
        model.bn1 = torch.nn.BatchNorm2d(width)
        if cifar:
            model.maxpool = torch.nn.Identity()
        for stage in range(4):
            layer = model._make_layer(block, width << stage, depths[stage], stride=2 if stage else 1)
            setattr(model, f"layer{stage + 1}", layer)
        model.fc = torch.nn.Linear((width << 3) * block.expansion, classes)
        return model
    return build


BASIC, BOTTLENECK = torchvision.models.resnet.BasicBlock, torchvision.models.resnet.Bottleneck
MODELS = {
    "vit": dict(
        build=lambda: ViTForImageClassification(ViTConfig(**VIT)), blocks="vit.layers", recorded="vit.encoder.layer",
        norm="vit.layernorm", head="classifier", seed=61, size=8),
    "timm-token": dict(
        build=timm_vit(), blocks="blocks", norm="norm", head="head", seed=62, size=8,
        config=dict(architecture="vit_tiny_patch16_224", num_classes=5, model_args=TIMM)),
    # The mean of the patches, which have no class token beside them.
    "timm-mean": dict(
        build=timm_vit(global_pool="avg", class_token=False, qkv_bias=False), blocks="blocks", norm="fc_norm",
        head="head", seed=63, size=8,
        config=dict(
            architecture="vit_tiny_patch16_224", num_classes=5, global_pool="avg",
            model_args=dict(TIMM, class_token=False, qkv_bias=False))),
    "resnet18": dict(
        build=resnet(BASIC, [2, 2, 2, 2], True, 4), seed=64, size=16,
        config=dict(architecture="resnet18", num_classes=5, width=4, stem="cifar")),
    # Its gradients are those of evaluation: through fifty norms of batches this small, float32 and float64 differ by
    # parts in ten.
    "resnet50": dict(
        build=resnet(BOTTLENECK, [3, 4, 6, 3], False, 2), seed=65, size=37, evaluates=True,
        config=dict(architecture="resnet50", num_classes=5, width=2)),
}


def learn(model, images, labels, resnets, evaluates):
    """The logits, loss, gradients and, of batch norms, the running moments of one step of training."""
    model.train(not evaluates)
    with torch.enable_grad():
        result = model(images)
        logits = result if torch.is_tensor(result) else result.logits
        loss = torch.nn.functional.cross_entropy(logits, labels)
        loss.backward()
    golden = {"learning.logits": logits.detach(), "loss": loss.detach().reshape(1)}
    for name, parameter in model.named_parameters():
        golden[f"gradient.{stored(name)}"] = parameter.grad
    if resnets:
        for name, buffer in model.named_buffers():
            if "running" in name:
                golden[f"statistic.{name}"] = buffer
    return golden


# transformers 5 has other names in memory than in files.
RENAMED = [
    ("vit.layers.", "vit.encoder.layer."), ("attention.q_proj", "attention.attention.query"),
    ("attention.k_proj", "attention.attention.key"), ("attention.v_proj", "attention.attention.value"),
    ("attention.o_proj", "attention.output.dense"), ("mlp.fc1", "intermediate.dense"), ("mlp.fc2", "output.dense")]


def stored(name):
    if name.startswith("vit."):
        for old, new in RENAMED:
            name = name.replace(old, new)
    return name


def main():
    for name, case in MODELS.items():
        is_resnet = name.startswith("resnet")
        model = randomize(case["build"](), case["seed"])
        generator = torch.Generator().manual_seed(case["seed"])
        for part, buffer in model.named_buffers():
            drawn = torch.randn(buffer.shape, generator=generator) * 0.3
            if "running" in part:
                buffer.copy_((drawn if "mean" in part else 1 + drawn.abs()).half().float())
        if is_resnet:
            blocks = [f"layer{stage + 1}.{index}" for stage in range(4)
                      for index in range(len(getattr(model, f"layer{stage + 1}")))]
            names = {part: part for part in [*blocks, "avgpool", "fc"]}
            if "stem" not in case["config"]:
                names["maxpool"] = "maxpool"
        else:
            recorded = case.get("recorded", case["blocks"])
            names = {f"{case['blocks']}.{index}": f"{recorded}.{index}" for index in range(2)}
            names |= {case["norm"]: case["norm"], case["head"]: case["head"]}
        outputs = record(model, names)
        images = torch.randn(2, 3, case["size"], case["size"], generator=generator)
        model(images)
        golden = {"images": images} | {names[part]: tensor for part, tensor in outputs.items()}
        if "avgpool" in golden:
            golden["avgpool"] = golden["avgpool"].flatten(1)
        if name == "vit":
            golden["vit.layernorm"] = golden["vit.layernorm"][:, 0].contiguous()
        if name == "timm-token":
            golden["norm"] = golden["norm"][:, 0].contiguous()
        folder = FIXTURES / "VisionModels" / name
        folder.mkdir(parents=True, exist_ok=True)
        weights = {part: tensor.clone() for part, tensor in model.state_dict().items()}
        labels = torch.tensor([1, 3])
        golden |= {"labels": labels} | learn(
            model, images, labels, is_resnet, case.get("evaluates", False))
        save_golden(golden, folder / "golden.safetensors")
        if "config" in case:
            (folder / "config.json").write_text(json.dumps(case["config"], indent=2) + "\n")
            half = {part: tensor.half() if tensor.is_floating_point() else tensor for part, tensor in weights.items()}
            save_file(half, folder / "model.safetensors")
        else:
            model.load_state_dict(weights)
            model.half().save_pretrained(folder)
        report(folder / "model.safetensors")


if __name__ == "__main__":
    main()
