"""Small CLIP tokenizers in every layout people have, and the ids that transformers gives for texts meant to trip.

The byte pairs are learned here, from sentences that a fixed grammar spells out, and the vocabulary has CLIP's
layout: 256 bytes, 256 bytes that end a word, the merges, begin and end.
"""

import itertools
import json
import random
import re
import shutil

import tokenizers
import transformers
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import AddedToken, CLIPTokenizer

from fixtures import FIXTURES, ROOT

FOLDER = FIXTURES / "Tokenizers"
BEGIN, END = "<|startoftext|>", "<|endoftext|>"
MERGES = 286

GRAMMAR = [
    ["a photo of", "a drawing of", "the naïve painting of", "it's", "they've seen", "Ein Foto für", "una foto de"],
    ["a red dress", "two sandals", "the café's bag", "an ankle boot", "10 shirts", "coats from 1987", "a crêpe", "striped trousers",
     "woollen pullovers"],
    ["on the beach", "in the snow", "über Straße 42", "beside a brick wall", "at night ✨", "日本の東京で", "в Москве 🎉"],
]

NASTY = """
|a photo of a dress|A Photo OF A DRESS|  leading and trailing  |tab\there|line\nbreak|cr\r\nlf|nbsp\u00a0space
thin\u2009space|ideographic\u3000space|next\u0085line|line\u2028separator|para\u2029separator|zero\u200bwidth
word\u2060joiner|bom\ufeffinside|vertical\vtab|form\ffeed|file\x1cseparator|unit\x1fseparator|nul\x00byte|\x7f\x1b[0m
it's|IT'S|they're|we've|I'm|you'll|he'd|don't|rock'n'roll|'s|'s's|''s|'S|'ſ|o'clock|l'été|'re've'm'll'd't|!'s|'sun|'tis
'lls|it’s|‘quoted’|"quoted"|`code`|x'|'|''|'''|s'|'9|1's|9'd
0|1|12|1987|3.14|1,000,000|1e-5|²|x²|½ cup|Ⅷ|ⅷ|①②③|٣٤٥|१२३|４２|一二三|𝟘𝟙|42nd|a1b2c3|0x1F|²³
naïve café|nai\u0308ve cafe\u0301|e\u0301\u0302|\u0301|\u0301e|a\u0328\u0301|a\u0301\u0328|ÅÅÅ|A\u030a|\u212b|\u2126 ohm|\u212a
\ufb01ne|ﬀ|ß|ẞ|STRASSE Straße|İstanbul|I\u0307|ı|ΣΑΣ|ΟΔΟΣ|ς|Ǆ ǅ ǆ|ǰ|J\u030c|ŉ|\u1fb3|ᾳ ᾼ|\u0345|ͅα
각|\u1100\u1161\u11a8|가\u11a8|\u1100\u1161|한국어 텍스트|\u1112\u1161\u11ab\u1100\u116e\u11a8|日本語のテキスト|中文字符|繁體中文，標點。|ｶﾞ|か\u3099|が
Привет мир|МОСКВА|Ελληνικά|שלום עולם|שָׁלוֹם|مرحبا بالعالم|مَرْحَبًا|हिन्दी|नमस्ते|தமிழ்|ไทย|ကမ္ဘာ|ქართული|Ა|Ꭰ|ꭰ|𐐀𐐨
🎉|🎉🎉🎉|👩‍👩‍👧‍👦|👍🏽|🇩🇪🇫🇷|❤️|❤|a🎉b|✨sparkle✨|☃|𝓗𝓮𝓵𝓵𝓸|𝕏|🏴󠁧󠁢󠁥󠁮󠁧󠁿|1️⃣|©®™|€£¥|±×÷
!!!|...|?!?!|---|a-b|a--b|a_b|_|snake_case|CamelCase|a/b\\c|C++|C#|@user|#hashtag|$5.00|50%|a&b|(a)|[b]{c}|<d>|<|>|~^*=+
http://example.com/a?b=c&d=e#f|user@example.com|{"json": [1, 2]}|<b>html</b>|&amp;|a|ab|abc|abcdefghijklmnopqrstuvwxyz
zzzzzzzzzzzz|aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa|ofofofofof|dressdress|dressesdressed|photophoto of|a a a a a a a a a
<|endoftext|>|<|startoftext|>|a<|endoftext|>b|a <|endoftext|> b|<|endoftext|><|endoftext|>|<|startoftext|>a<|endoftext|>
<|ENDOFTEXT|>|<|StartOfText|>|<|StartOfText|>!!|!!<|StartOfText|>!!|x<|STARTOFTEXT|>y's|<|endoftext|<|endoftext|>|<| endoftext |>
<|endoftext|>'s|'s<|endoftext|>|e<|endoftext|>\u0301|<|startoftext|> \u3000 <|endoftext|>|</w>|a</w>|Ġ|Ā|ĠaĀ|Ń
<cat-toy>|a <cat-toy> on sand|<CAT-TOY>|<Cat-Toy>s|<cat-toy><cat-toy>|a<cat-toy-2>b|<cat-toy-|ÉCLAIR|e\u0301clair|éclairs|!|!!a!!
\u0378|\ue000|\uffff|\ufffd|\U0010ffff|\U000e0001|\u0897|\ua7da|\ua7ce|\u088f|\U00016d40|\U000323b0|\U00010940|\U00011935\U00011930
\u1dfa\ua9c0|a\u1ac2\u0655|\U0001e004\u0f71\u0f80|\u0f71\u0f72\u0f74|\u0344|\u0958|\u2adc|\u0340\u0341|\u1e9b\u0323|\u0b47\u0b56
\u200d|\u200c\u200d|a\u200db|\u202eRTL\u202c|\u2066isolate\u2069|\u00ad|soft\u00adhyphen|ﷺ|㎏|℡|\U0001f468\u200d\U0001f4bb works
""".replace("<|", "\x02").replace("|>", "\x03")


def sentences():
    return [" ".join(words) for words in itertools.product(*GRAMMAR)]


def nasty():
    """The texts above, each once, some long ones, and random mixtures of them all."""
    separated = [part for line in NASTY.strip("\n").split("\n") for part in line.split("|")]
    texts = [part.replace("\x02", "<|").replace("\x03", "|>") for part in separated]
    texts += ["a photo of " * 40, "word" * 200, "é" * 100, "!" * 300, "7" * 90, " \n\t" * 20]
    generator = random.Random(0)
    for _ in range(120):
        texts.append("".join(generator.choices(texts[:300] + [" "] * 60, k=generator.randint(2, 6))))
    return list(dict.fromkeys(texts))


def learn():
    """Vocabulary and merges, learned as CLIP learned its own."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    words = Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(words, "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    trainer = trainers.BpeTrainer(vocab_size=2000, end_of_word_suffix="</w>", show_progress=False)
    tokenizer.train_from_iterator(sentences(), trainer)
    merges = [tuple(merge) for merge in json.loads(tokenizer.to_str())["model"]["merges"]][:MERGES]
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    alphabet = [chr(byte) for byte in printable] + [chr(256 + n) for n in range(256 - len(printable))]
    tokens = alphabet + [token + "</w>" for token in alphabet] + ["".join(merge) for merge in merges] + [BEGIN, END]
    return {token: number for number, token in enumerate(dict.fromkeys(tokens))}, merges


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, separators=(",", ":")) + "\n")


def legacy(folder, vocabulary, merges, config, special=None, added=None):
    """vocab.json and merges.txt, as OpenAI's checkpoints and diffusers' pipelines have them."""
    write(folder / "vocab.json", vocabulary)
    lines = ["#version: 0.2", *(" ".join(merge) for merge in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    write(folder / "tokenizer_config.json", config)
    if special:
        write(folder / "special_tokens_map.json", special)
    if added:
        write(folder / "added_tokens.json", added)


def content(token, **fields):
    return {"content": token, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False, **fields}


def make():
    vocabulary, merges = learn()
    ordinary = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 24, "pad_token": END}
    legacy(FOLDER / "plain", vocabulary, merges, ordinary)

    # Roles as objects in special_tokens_map.json, which overrides the configuration; tokens of added_tokens.json.
    size = len(vocabulary)
    legacy(
        FOLDER / "mapped", vocabulary, merges, {**ordinary, "model_max_length": 20, "do_lower_case": True},
        special={"bos_token": content(BEGIN), "eos_token": content(END), "unk_token": content(END), "pad_token": "!"},
        added={"<cat-toy>": size, "<cat-toy-2>": size + 1, "Éclair": size + 2},
    )

    # added_tokens_decoder, which has the last word; begin is looked for in the normalized text, as OpenAI's is.
    decoder = {str(size - 2): content(BEGIN, special=True), str(size - 1): content(END, special=True, normalized=False)}
    decoder[str(size)] = content("<Cat-Toy>", special=False)
    legacy(
        FOLDER / "decoder", vocabulary, merges,
        {**ordinary, "model_max_length": 18, "added_tokens_decoder": decoder, "extra_special_tokens": ["<mask>"]},
        special={"pad_token": "!"},
        added={"<cat-toy-2>": size},
    )

    # A vocabulary without the bytes that only other scripts have: they become the unknown token.
    poor = {token for token in vocabulary if re.fullmatch(r"[!-~]+", token)}
    poor_merges = [merge for merge in merges if {*merge, "".join(merge)} <= poor]
    numbered = {token: number for number, token in enumerate(token for token in vocabulary if token in poor)}
    legacy(FOLDER / "ascii", numbered, poor_merges, {**ordinary, "model_max_length": 16})

    # What transformers 5 writes: tokenizer.json and a configuration without a length.
    modern = CLIPTokenizer(vocab=vocabulary, merges=merges, pad_token="!")
    modern.add_tokens([AddedToken("<cat-toy>"), AddedToken("<cat-toy-2>", normalized=False), AddedToken("éclair")])
    modern.save_pretrained(FOLDER / "serialized")


shutil.rmtree(FOLDER, ignore_errors=True)
make()
texts = nasty()
golden = {"transformers": transformers.__version__, "tokenizers": tokenizers.__version__, "texts": texts, "ids": {}}
for folder in sorted(path for path in FOLDER.iterdir() if path.is_dir()):
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    length = min(tokenizer.model_max_length, 24)
    whole = tokenizer(texts)["input_ids"]
    cut = tokenizer(texts, padding="max_length", truncation=True, max_length=length)["input_ids"]
    golden["ids"][folder.name] = {
        "special": [tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id],
        "vocabulary": len(tokenizer),
        "length": length,
        "whole": whole,
        "cut": cut,
    }
write(FOLDER / "ids.json", golden)
for path in sorted(FOLDER.rglob("*")):
    if path.is_file():
        print(f"{path.stat().st_size:8d}  {path.relative_to(ROOT)}")
print(len(texts), "texts")
