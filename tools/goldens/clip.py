"""CLIP's encoders: small random checkpoints as transformers saves them, and every intermediate of one forward."""

import torch
from PIL import Image
from transformers import (
    CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection,
    CLIPVisionConfig, CLIPVisionModelWithProjection)

from fixtures import FIXTURES, randomize, record, report, save_golden

END = 39
# The end in the middle, at the end, at the beginning; what follows the first end must not matter.
TOKENS = [[38, 4, 7, END, END, END], [38, 1, 22, 9, 30, END], [END, 5, 5, END, 2, 0]]

TEXT = dict(
    vocab_size=40, hidden_size=16, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
    max_position_embeddings=8, projection_dim=10, bos_token_id=38, eos_token_id=END, pad_token_id=END)
VISION = dict(
    hidden_size=12, intermediate_size=30, num_hidden_layers=2, num_attention_heads=3, image_size=12, patch_size=4,
    projection_dim=10)

# Each differs from the others in what published configurations differ in.
MODELS = {
    # As OpenAI's: quick_gelu, and the end token that configurations had by mistake (2), so that the features are
    # read at the greatest token.
    "legacy": dict(
        build=lambda: CLIPModel(CLIPConfig(
            text_config=dict(TEXT, bos_token_id=0, pad_token_id=1, eos_token_id=2), vision_config=VISION,
            projection_dim=10)),
        seed=21),
    # As LAION's: gelu, one head, an end token that is not the greatest; an image size that the patches do not
    # divide; a projection width that the parts' own configurations do not know.
    "gelu": dict(
        build=lambda: CLIPModel(CLIPConfig(
            text_config=dict(
                TEXT, hidden_act="gelu", vocab_size=64, num_attention_heads=1, intermediate_size=17,
                layer_norm_eps=1e-3),
            vision_config=dict(
                VISION, hidden_act="gelu", hidden_size=20, num_attention_heads=4, image_size=17, patch_size=5,
                num_hidden_layers=3),
            projection_dim=7)),
        seed=22, tokens=[[60, 4, 7, END, 63], [61, END, 22, 9, 30]]),
    # The text encoder of a latent-diffusion pipeline, which transformers 5 saves without the prefix text_model.
    "text": dict(build=lambda: CLIPTextModel(CLIPTextConfig(**TEXT)), seed=23),
    # The second text encoder of larger pipelines; the tanh form of gelu.
    "text-projection": dict(
        build=lambda: CLIPTextModelWithProjection(
            CLIPTextConfig(**dict(TEXT, hidden_act="gelu_pytorch_tanh", projection_dim=9))),
        seed=24),
    # The image encoder of image variations.
    "vision-projection": dict(
        build=lambda: CLIPVisionModelWithProjection(CLIPVisionConfig(**dict(VISION, projection_dim=5))), seed=25),
}

def observed(model):
    """The submodules whose outputs are recorded, each with the name it has in the golden."""
    for name, _ in model.named_modules():
        short = name.removeprefix("text_model.").removeprefix("vision_model.")
        kind = "vision" if "vision_model" in name else "text"
        is_block = short.startswith("encoder.layers.") and short.count(".") == 2
        if is_block or short in ("embeddings", "pre_layrnorm", "final_layer_norm"):
            yield name, f"{kind}.{short}"


# What the image processor does with pictures of several shapes. None shrinks in height while it grows in width, where
# Pillow 13 changed the order of its two passes (ImageCodecs keeps the one order that all earlier versions have).
PROCESSORS = {
    "processor": dict(size={"shortest_edge": 12}, crop_size={"height": 12, "width": 12}),
    "processor-square": dict(
        size={"height": 48, "width": 10}, do_center_crop=False, resample=2, image_mean=[0.5, 0.4, 0.3],
        image_std=[0.5, 0.6, 0.7]),
    "processor-crop": dict(do_resize=False, crop_size={"height": 16, "width": 15}, do_normalize=False),
}
PICTURES = [(20, 33), (41, 9), (12, 12), (15, 17), (3, 2)]


def process_pictures():
    for name, options in PROCESSORS.items():
        processor = CLIPImageProcessor(**options)
        golden = {}
        for height, width in PICTURES:
            generator = torch.Generator().manual_seed(height)
            picture = torch.randint(0, 256, (height, width, 3), generator=generator).to(torch.uint8)
            golden[f"picture.{height}x{width}"] = picture
            pixels = processor(Image.fromarray(picture.numpy()), return_tensors="pt").pixel_values
            golden[f"pixels.{height}x{width}"] = pixels
        folder = FIXTURES / "CLIP" / name
        save_golden(golden, folder / "golden.safetensors")
        processor.save_pretrained(folder)


def main():
    process_pictures()
    for name, case in MODELS.items():
        model = randomize(case["build"](), case["seed"])
        names = dict(observed(model))
        outputs = record(model, names)
        config = model.config
        text = getattr(config, "text_config", config)
        vision = getattr(config, "vision_config", config)
        golden = {}
        inputs = {}
        if hasattr(text, "vocab_size"):
            inputs["input_ids"] = torch.tensor(case.get("tokens", TOKENS))
            golden["tokens"] = inputs["input_ids"]
        if hasattr(vision, "image_size"):
            generator = torch.Generator().manual_seed(case["seed"] + 100)
            size = (2, vision.num_channels, vision.image_size, vision.image_size)
            inputs["pixel_values"] = torch.randn(size, generator=generator)
            golden["pixels"] = inputs["pixel_values"]
        result = model(**inputs)
        golden.update({names[module]: tensor for module, tensor in outputs.items()})
        if isinstance(model, CLIPModel):
            golden["text.pooler_output"] = model.text_model(inputs["input_ids"]).pooler_output
            golden["vision.pooler_output"] = model.vision_model(inputs["pixel_values"]).pooler_output
            golden["text.text_projection"] = model.get_text_features(inputs["input_ids"]).pooler_output
            golden["vision.visual_projection"] = model.get_image_features(inputs["pixel_values"]).pooler_output
            golden["logits"] = result.logits_per_text
        elif isinstance(model, CLIPTextModel):
            golden["text.pooler_output"] = result.pooler_output
        elif isinstance(model, CLIPTextModelWithProjection):
            golden["text.text_projection"] = result.text_embeds
        else:
            golden["vision.visual_projection"] = result.image_embeds
        folder = FIXTURES / "CLIP" / name
        save_golden(golden, folder / "golden.safetensors")
        model.half().save_pretrained(folder)
        report(folder / "model.safetensors")


if __name__ == "__main__":
    main()
