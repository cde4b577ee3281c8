"""Trains the starter CLIP: contrastive, zero-shot and hard-negative losses on the foundation split."""

import argparse
import random

import numpy as np
import torch
import torch.nn.functional as F
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

from tokenizer import LENGTH, Texts
from training import Average, Budget, Checkpoint, set_rate
from wardrobe import (
    ADJECTIVES, BACKGROUNDS, CAPTION_TEMPLATES, COLORS, GARMENTS, PLAIN_TEMPLATES, Scenes, caption, shuffled_batches)

BATCH = 96
HARD = 12  # one scene of so many is also shown beside a wrong caption


def new_clip(tokenizer):
    special = dict(
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.eos_token_id)
    text = dict(
        vocab_size=len(tokenizer), hidden_size=128, intermediate_size=384, num_hidden_layers=3, num_attention_heads=4,
        max_position_embeddings=LENGTH, projection_dim=128, hidden_act="quick_gelu", **special)
    vision = dict(
        hidden_size=128, intermediate_size=512, num_hidden_layers=6, num_attention_heads=4, image_size=32, patch_size=4,
        projection_dim=128, hidden_act="quick_gelu")
    # Explicit attention: PyTorch's fused one is slow backwards on CPUs.
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=128, attn_implementation="eager")
    return CLIPModel(config)


class QuickGELU(torch.nn.Module):
    """The same function as transformers' quick_gelu, by a fused kernel."""

    def forward(self, x):
        return F.silu(1.702 * x) * (1 / 1.702)


class Helpers(torch.nn.Module):
    """Linear heads on the pooled vision state, which speed the vision tower up and are thrown away."""

    def __init__(self, width=128):
        super().__init__()
        self.garment = torch.nn.Linear(width, len(GARMENTS))
        self.color = torch.nn.Linear(width, len(COLORS))
        self.background = torch.nn.Linear(width, len(BACKGROUNDS))

    def loss(self, state, garment, color, background, alone):
        garments = F.cross_entropy(self.garment(state[alone]), garment[alone])
        colors = F.cross_entropy(self.color(state[alone]), color[alone])
        return garments + 0.5 * colors + 0.5 * F.cross_entropy(self.background(state), background)


def features(projected):
    """Unit vectors, from either version of transformers' return value."""
    projected = getattr(projected, "pooler_output", projected)
    return F.normalize(projected.float(), dim=-1)


def agreement(texts, garment, color, background, alone):
    """Texts × scenes: which captions are true of which single-garment scenes."""
    said = torch.tensor([attributes_of(text) for text in texts])[:, :, None]
    shown = torch.stack([garment, color, background])[None]
    return ((said == shown) | (said < 0)).all(1) & alone[None] & alone[:, None]


def attributes_of(text):
    """Garment, colour and background that a caption of one garment names, -1 for what it leaves unsaid."""
    def first(words):
        longest = sorted(range(len(words)), key=lambda place: -len(words[place]))
        return next((place for place in longest if f" {words[place]}" in f" {text}"), -1)

    by_adjective = [f"{adjective} background" for adjective in ADJECTIVES]
    return first(GARMENTS), first(COLORS), max(first(BACKGROUNDS), first(by_adjective))


def hard_negative(garment, color, background, generator):
    """A caption with another colour or another background, and the true one in the same words."""
    template = generator.choice(CAPTION_TEMPLATES)
    if generator.random() < 0.5:
        wrong = ((color + generator.randrange(1, len(COLORS))) % len(COLORS), background)
    else:
        wrong = (color, (background + generator.randrange(1, len(BACKGROUNDS))) % len(BACKGROUNDS))
    return caption(template, garment, color, background), caption(template, garment, *wrong)


def loss_of(model, helpers, texts, scenes, indices, generator):
    garment, color, background = (
        getattr(scenes, name)[indices] for name in ("garment", "color", "background"))
    alone = scenes.alone[indices]
    images = scenes.images(indices)
    said = [generator.choice(scenes.captions[i]) for i in indices]
    pairs = [hard_negative(g, c, b, generator) for g, c, b in zip(*map(torch.Tensor.tolist, (garment, color, background)))]
    pairs = [pairs[i] for i in range(0, len(indices), HARD)]
    template = generator.choice(PLAIN_TEMPLATES)
    classes = [template.replace("{}", name) for name in GARMENTS]
    everything = said + [t for pair in pairs for t in pair] + classes
    distinct = {text: place for place, text in enumerate(dict.fromkeys(everything))}
    text = features(model.get_text_features(input_ids=texts(list(distinct))))
    text = text[[distinct[t] for t in everything]]
    state = model.vision_model(pixel_values=images).pooler_output
    image = features(model.visual_projection(state))
    scale = model.logit_scale.exp().clamp(max=60)

    count = len(said)
    logits = scale * text[:count] @ image.T
    also = agreement(said, garment, color, background, alone)
    also |= same(said)
    also.fill_diagonal_(False)
    logits = logits.masked_fill(also, -100)
    target = torch.arange(count)
    contrastive = (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2

    some = torch.arange(0, count, HARD)
    pair = text[count : count + 2 * len(pairs)].view(-1, 2, text.shape[1])
    wrong = scale * (pair @ image[some, :, None])[..., 0]
    hard = F.cross_entropy(wrong[alone[some]], torch.zeros(int(alone[some].sum()), dtype=torch.long))

    zero = scale * image @ text[-len(GARMENTS) :].T
    zero_shot = F.cross_entropy(zero[alone], garment[alone], label_smoothing=0.02)
    right = (zero[alone].argmax(1) == garment[alone]).float().mean()
    help = helpers.loss(state, garment, color, background, alone)
    return contrastive + hard + 2 * zero_shot + help, (contrastive.item(), hard.item(), zero_shot.item(), right.item())


def same(texts):
    number = {text: place for place, text in enumerate(texts)}
    numbers = torch.tensor([number[text] for text in texts])
    return numbers[:, None] == numbers[None]


def train(arguments):
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    scenes = Scenes(arguments.data, "foundation")
    tokenizer = CLIPTokenizer.from_pretrained(f"{arguments.work}/tokenizer")
    texts, model = Texts(tokenizer), new_clip(tokenizer)
    print("parameters", sum(p.numel() for p in model.parameters()), flush=True)
    with torch.no_grad():
        model.logit_scale.fill_(2.66)
    for module in model.modules():
        if hasattr(module, "activation_fn"):
            module.activation_fn = QuickGELU()
    helpers = Helpers()
    average = Average(model)
    decayed = [p for p in [*model.parameters(), *helpers.parameters()] if p.ndim > 1]
    plain = [p for p in [*model.parameters(), *helpers.parameters()] if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0}], betas=(0.9, 0.98))
    budget, step = Budget(arguments.minutes), 0
    checkpoint = Checkpoint(f"{arguments.work}/clip.pt")
    if state := checkpoint.load():
        model.load_state_dict(state["model"])
        average.values = state["average"]
        helpers.load_state_dict(state["helpers"])
        optimizer.load_state_dict(state["optimizer"])
        step, budget.before = state["step"], state["elapsed"]

    def save():
        checkpoint.save({
            "model": model.state_dict(), "helpers": helpers.state_dict(), "average": average.values, "optimizer": optimizer.state_dict(), "step": step,
            "elapsed": budget.elapsed})

    generator, seen = random.Random(step), []
    # Scenes of one garment are what classifiers are asked about: of the others, a third takes part.
    pool = np.flatnonzero(scenes.alone.numpy() | (np.arange(len(scenes)) % 3 == 0))
    for places in shuffled_batches(len(pool), BATCH, seed=step):
        if budget.progress >= 1:
            break
        set_rate(optimizer, budget.rate(step, 1e-3))
        with torch.autocast("cpu", torch.bfloat16):
            loss, parts = loss_of(model, helpers, texts, scenes, pool[places].tolist(), generator)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average.update(model, step)
        step += 1
        seen.append(parts)
        if step % 50 == 0:
            contrastive, hard, zero, right = (sum(column) / len(seen) for column in zip(*seen))
            seen.clear()
            print(f"clip step {step} {budget.elapsed:.0f} s contrastive {contrastive:.3f} hard {hard:.3f} "
                  f"zero-shot {zero:.3f} right {right:.3f}", flush=True)
        if checkpoint.due():
            save()
        if checkpoint.asked_to_stop:
            raise SystemExit
    save()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="/tmp/wardrobe")
    parser.add_argument("--work", default="/tmp/starter")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--threads", type=int, default=1)
    train(parser.parse_args())
