"""Llama's family and T5: small random checkpoints, every intermediate of one forward, gradients, and greedy texts."""

import torch
from transformers import (
    LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM, Qwen2Config, Qwen2ForCausalLM, T5Config,
    T5ForConditionalGeneration)

from fixtures import FIXTURES, randomize, record, report, save_golden

SIZES = dict(
    vocab_size=48, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=64, bos_token_id=1, eos_token_id=2, pad_token_id=0)
LLAMA3 = dict(
    rope_type="llama3", rope_theta=500.0, factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0,
    original_max_position_embeddings=16)

# Each differs from the others in what published configurations differ in.
LLAMAS = {
    "plain": dict(build=lambda: LlamaForCausalLM(LlamaConfig(**SIZES)), seed=41),
    # As Llama 3.2: tied, frequencies stretched in part, heads wider than the tokens are shared out.
    "llama3": dict(
        build=lambda: LlamaForCausalLM(LlamaConfig(
            **dict(SIZES, head_dim=8, num_key_value_heads=1), tie_word_embeddings=True, rope_parameters=LLAMA3)),
        seed=42),
    "linear": dict(
        build=lambda: LlamaForCausalLM(LlamaConfig(
            **dict(SIZES, num_key_value_heads=4, hidden_act="gelu"), attention_bias=True, mlp_bias=True,
            rope_parameters=dict(rope_type="linear", rope_theta=1000.0, factor=2.5))),
        seed=43),
    # Texts longer than the training's.
    "dynamic": dict(
        build=lambda: LlamaForCausalLM(LlamaConfig(
            **dict(SIZES, max_position_embeddings=8),
            rope_parameters=dict(rope_type="dynamic", rope_theta=100.0, factor=2.0))),
        seed=44),
    # A window of five tokens.
    "mistral": dict(
        build=lambda: MistralForCausalLM(MistralConfig(**SIZES, head_dim=6, sliding_window=5)), seed=45),
    # Biases of queries, keys and values.
    "qwen2": dict(build=lambda: Qwen2ForCausalLM(Qwen2Config(**SIZES)), seed=46),
}

T5 = dict(
    vocab_size=48, d_model=16, d_kv=6, d_ff=20, num_layers=2, num_heads=3, relative_attention_num_buckets=8,
    relative_attention_max_distance=12, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0)
T5S = {
    "plain": dict(build=lambda: T5ForConditionalGeneration(T5Config(**T5)), seed=51),
    # As version 1.1: gated, a head of its own that is not scaled; fewer blocks in the decoder.
    "gated": dict(
        build=lambda: T5ForConditionalGeneration(T5Config(
            **T5, num_decoder_layers=1, feed_forward_proj="gated-gelu", tie_word_embeddings=False)),
        seed=52, untie=True),
}


def tokens(seed, rows, length):
    return torch.randint(3, 48, (rows, length), generator=torch.Generator().manual_seed(seed))


def padded(lengths, ids, side):
    """Rows of `ids` cut to lengths, zeros put before or after; and their masks."""
    width = max(lengths)
    out, mask = torch.zeros(len(lengths), width, dtype=torch.long), torch.zeros(len(lengths), width, dtype=torch.long)
    for row, length in enumerate(lengths):
        place = slice(width - length, width) if side == "left" else slice(0, length)
        out[row, place], mask[row, place] = ids[row, :length], 1
    return out, mask


def gradients(model, loss):
    """The gradient of every parameter, by its name in the checkpoint."""
    with torch.enable_grad():
        model.zero_grad()
        value = loss()
        value.backward()
    return {"loss": value.detach().reshape(1)} | {
        f"gradient.{name}": parameter.grad.clone()
        for name, parameter in model.named_parameters() if parameter.grad is not None}


def llama(name, case):
    model = randomize(case["build"](), case["seed"])
    blocks = [f"model.layers.{index}" for index in range(model.config.num_hidden_layers)]
    outputs = record(model, ["model.embed_tokens", *blocks, "model.norm", "lm_head"])
    ids = tokens(case["seed"], 2, 13)
    model(ids)
    golden = {"tokens": ids} | dict(outputs)
    lengths = [4, 9, 1]
    texts = tokens(case["seed"] + 1, 3, 9)
    for side in ("left", "right"):
        padded_ids, mask = padded(lengths, texts, side)
        places = (mask.cumsum(-1) - 1).clamp(min=0)
        model(padded_ids, attention_mask=mask, position_ids=places)
        golden |= {f"{side}.tokens": padded_ids, f"{side}.mask": mask, f"{side}.states": outputs["model.norm"]}
    written = []
    for row, length in enumerate(lengths):
        ids = texts[row:row + 1, :length]
        # Dynamic angles would remember the longest text so far.
        model.model.rotary_emb = type(model.model.rotary_emb)(model.config)
        # No token ends a text, and none is forbidden.
        model.generation_config.eos_token_id = None
        new = model.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=12, pad_token_id=0)
        written.append(new[0, length:])
    golden["written"] = torch.stack(written)
    if name in ("plain", "llama3", "qwen2"):
        ids, mask = padded(lengths, texts, "right")
        labels = torch.where(mask == 1, ids, -100)
        labels[1, 2] = -100
        golden |= {"labels": labels}
        golden |= gradients(model, lambda: model(ids, attention_mask=mask, labels=labels).loss)
    save(model, golden, FIXTURES / "LanguageModels" / f"llama-{name}")


def t5(name, case):
    model = case["build"]()
    if case.get("untie"):
        # transformers 5 ties the head when it makes a model, and not when it reads one that stores its own.
        model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.lm_head.weight))
    model = randomize(model, case["seed"])
    stacks = [("encoder", model.config.num_layers), ("decoder", model.config.num_decoder_layers)]
    names = [f"{stack}.block.{index}" for stack, count in stacks for index in range(count)]
    outputs = record(model, [*names, "encoder.final_layer_norm", "decoder.final_layer_norm", "lm_head"])
    lengths = [4, 11, 1]
    texts = tokens(case["seed"], 3, 11)
    ids, mask = padded(lengths, texts, "right")
    inputs = tokens(case["seed"] + 1, 3, 15)
    inputs[:, 0] = 0
    model(input_ids=ids, attention_mask=mask, decoder_input_ids=inputs)
    golden = {"tokens": ids, "mask": mask, "inputs": inputs} | dict(outputs)
    written = []
    for row, length in enumerate(lengths):
        ids = texts[row:row + 1, :length]
        new = model.generate(ids, do_sample=False, max_new_tokens=20, min_new_tokens=20)
        written.append(new[0, 1:])
    golden["written"] = torch.stack(written)
    labels = inputs.clone()
    labels[0, 4:] = -100
    ids, mask = padded(lengths, texts, "right")
    golden |= {"labels": labels}
    golden |= gradients(model, lambda: model(input_ids=ids, attention_mask=mask, labels=labels).loss)
    save(model, golden, FIXTURES / "LanguageModels" / f"t5-{name}")


def save(model, golden, folder):
    save_golden(golden, folder / "golden.safetensors")
    model.half().save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    report(folder / "model.safetensors")


def main():
    for name, case in LLAMAS.items():
        llama(name, case)
    for name, case in T5S.items():
        t5(name, case)


if __name__ == "__main__":
    main()
