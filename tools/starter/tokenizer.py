"""Makes the starter models' tokenizer: CLIP's byte-level byte-pair encoding, learnt from the captions' words."""

import json
from collections import Counter
from pathlib import Path

import torch
from transformers import CLIPTokenizer

LENGTH = 28
END = "<|endoftext|>"
START = "<|startoftext|>"


def byte_letters():
    """The 256 letters that stand for bytes: printable Latin-1 for itself, then U+0100 onwards for the others."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + place) for place in range(len(others))]


def learnt(captions, most=1500):
    """Vocabulary and merges: the most frequent pair is joined until every word is one token or `most` is reached."""
    words = Counter(word for text in captions for word in text.lower().replace(".", " . ").replace(",", " , ")
                    .replace(":", " : ").replace("-", " - ").split())
    split = {word: tuple(word[:-1]) + (word[-1] + "</w>",) for word in words}
    alphabet = byte_letters()
    vocabulary = alphabet + [letter + "</w>" for letter in alphabet]
    merges = []
    while len(vocabulary) < most - 2:
        pairs = Counter()
        for word, pieces in split.items():
            for pair in zip(pieces, pieces[1:]):
                pairs[pair] += words[word]
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        vocabulary.append("".join(best))
        for word, pieces in split.items():
            joined, at = [], 0
            while at < len(pieces):
                if pieces[at : at + 2] == best:
                    joined.append("".join(best))
                    at += 2
                else:
                    joined.append(pieces[at])
                    at += 1
            split[word] = tuple(joined)
    return {token: index for index, token in enumerate(vocabulary + [START, END])}, merges


def write(captions, folder):
    """Writes vocab.json, merges.txt, tokenizer.json and tokenizer_config.json; returns transformers' tokenizer."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary, merges = learnt(captions)
    tokenizer = CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=LENGTH)
    tokenizer.save_pretrained(folder)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False) + "\n")
    lines = ["#version: 0.2"] + [" ".join(merge) for merge in merges]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n")
    return CLIPTokenizer.from_pretrained(folder)


class Texts:
    """Captions to token ids, each text encoded once."""

    def __init__(self, tokenizer):
        self.tokenizer = tokenizer
        self.known = {}

    def __call__(self, texts, full=False):
        """Batch × tokens: as long as the longest text, or the model's whole length where `full`."""
        new = [text for text in set(texts) if text not in self.known]
        if new:
            for text, ids in zip(new, self.tokenizer(new).input_ids):
                assert len(ids) <= LENGTH, text
                self.known[text] = ids
        rows = [self.known[text] for text in texts]
        length = LENGTH if full else max(map(len, rows))
        end = self.tokenizer.eos_token_id
        return torch.tensor([row + [end] * (length - len(row)) for row in rows])
