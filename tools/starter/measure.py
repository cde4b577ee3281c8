"""Measures the starter models as they are shipped, and prints one line for each figure."""

import argparse

import numpy as np
import torch
from PIL import Image

from judges import HEADS, trained, verdicts
from wardrobe import BACKGROUNDS, CAPTION_TEMPLATES, COLORS, GARMENTS, PLAIN_TEMPLATES, Scenes, caption


def say(what, right):
    print(f"{what}: {100 * right:.1f} %", flush=True)


@torch.no_grad()
def measure_clip(arguments):
    from transformers import CLIPModel, CLIPTokenizer

    from train_clip import features

    model = CLIPModel.from_pretrained(f"{arguments.models}/clip", dtype=torch.float32).eval()
    tokenizer = CLIPTokenizer.from_pretrained(f"{arguments.models}/clip")
    scenes = Scenes(arguments.data, "test")

    def texts(said):
        ids = tokenizer(said, padding=True, return_tensors="pt")
        return features(model.get_text_features(**ids))

    images = torch.cat([
        features(model.get_image_features(pixel_values=scenes.images(range(start, start + 500))))
        for start in range(0, len(scenes), 500)])
    classes = torch.stack([texts([t.replace("{}", name) for name in GARMENTS]) for t in PLAIN_TEMPLATES]).mean(0)
    named = (images @ torch.nn.functional.normalize(classes, dim=-1).T).argmax(1)
    say(f"zero-shot over the garments, {len(scenes)} test scenes, mean of {len(PLAIN_TEMPLATES)} templates",
        (named == scenes.garment).float().mean().item())
    for index, name in enumerate(GARMENTS):
        say(f"  {name}", (named[scenes.garment == index] == index).float().mean().item())

    draw = np.random.default_rng(0)
    ranked = []
    for what in ("color", "background"):
        true, wrong = [], []
        for g, c, b in zip(*(getattr(scenes, name).tolist() for name in HEADS)):
            template = CAPTION_TEMPLATES[draw.integers(len(CAPTION_TEMPLATES))]
            true.append(caption(template, g, c, b))
            if what == "color":
                c = (c + 1 + draw.integers(len(COLORS) - 1)) % len(COLORS)
            else:
                b = (b + 1 + draw.integers(len(BACKGROUNDS) - 1)) % len(BACKGROUNDS)
            wrong.append(caption(template, g, c, b))
        distinct = sorted(set(true + wrong))
        encoded = torch.cat([texts(distinct[start : start + 500]) for start in range(0, len(distinct), 500)])
        row = {text: place for place, text in enumerate(distinct)}
        score = [(images * encoded[[row[t] for t in said]]).sum(1) for said in (true, wrong)]
        ranked.append((score[0] > score[1]).float().mean().item())
        say(f"true caption above one with a wrong {what}", ranked[-1])
    say("true caption above a wrong one, both together", sum(ranked) / 2)


@torch.no_grad()
def measure_diffusion(arguments):
    from diffusers import StableDiffusionPipeline

    pipe = StableDiffusionPipeline.from_pretrained(f"{arguments.models}/diffusion", safety_checker=None, torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    judge = trained(arguments.data, f"{arguments.work}/judge.pt")
    draw, asked = np.random.default_rng(0), []
    for index in range(arguments.images):
        asked.append((index % len(GARMENTS), draw.integers(len(COLORS)), draw.integers(len(BACKGROUNDS))))
    wanted = dict(zip(HEADS, torch.tensor(asked).T))
    for template in ("a photo of {a color} {} on {background}", "a photo of a {}."):
        made = []
        for start in range(0, len(asked), 50):
            said = [caption(template, *attributes) for attributes in asked[start : start + 50]]
            made.append(pipe(
                said, num_inference_steps=30, guidance_scale=arguments.guidance, output_type="np", height=32, width=32,
                generator=torch.Generator().manual_seed(start)).images)
        made = np.concatenate(made)
        levels = np.round(made * 255).astype(np.uint8)
        said = verdicts(judge, torch.from_numpy(levels).permute(0, 3, 1, 2).float() / 127.5 - 1)
        print(f"{len(asked)} images, '{template}', 30 DDIM steps, guidance {arguments.guidance}")
        for name in HEADS if "color" in template else ["garment"]:
            say(f"  {name} as asked for", (said[name] == wanted[name]).float().mean().item())
        for index, name in enumerate(GARMENTS):
            mine = wanted["garment"] == index
            say(f"    {name}", (said["garment"][mine] == index).float().mean().item())
        sheet = levels[:200].reshape(10, 20, 32, 32, 3).transpose(0, 2, 1, 3, 4).reshape(320, 640, 3)
        Image.fromarray(sheet).resize((1280, 640), 0).save(
            f"{arguments.work}/sheet-{'attributed' if 'color' in template else 'plain'}.png")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="/tmp/wardrobe")
    parser.add_argument("--work", default="/tmp/starter")
    parser.add_argument("--models", default="Sources/StarterModels/Models")
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", choices=["clip", "diffusion"])
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.only != "diffusion":
        measure_clip(arguments)
    if arguments.only != "clip":
        measure_diffusion(arguments)
