"""Writes bpe.json: small byte-level BPE tokenizers and the ids of texts, by the `tokenizers` library.

usage: bpe.py [LINES [SEED [TOKENIZER.JSON...]]] > bpe.json
"""

import json
import random
import sys

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from splits import PATTERNS, line


def trained(pre_tokenizer, ignore_merges, alphabet):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    generator = random.Random(0)
    trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([line(generator) for _ in range(3000)], trainer)
    return tokenizer


def split(name):
    pattern = pre_tokenizers.Split(Regex(PATTERNS[name]), "isolated")
    return pre_tokenizers.Sequence([pattern, pre_tokenizers.ByteLevel(False, use_regex=False)])


def tokenizers():
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    digits = pre_tokenizers.Digits(individual_digits=True)
    yield "gpt2", trained(pre_tokenizers.ByteLevel(False), False, alphabet)
    yield "gpt2, prefix", trained(pre_tokenizers.ByteLevel(True), False, alphabet)
    yield "llama3", trained(split("llama3"), True, alphabet)
    yield "qwen2", trained(split("qwen2"), False, alphabet)
    yield "smollm", trained(pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(False)]), False, alphabet)
    yield "without all bytes", trained(pre_tokenizers.ByteLevel(False), False, ["a", "b"])
    for path in sys.argv[3:]:
        yield path, Tokenizer.from_file(path)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 24
    generator = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    lines = [line(generator) for _ in range(count)] + ["", " "]
    found = []
    for name, tokenizer in tokenizers():
        made = json.loads(tokenizer.to_str())
        model = made["model"]
        # A word that is a piece although its merges do not make it.
        if model["ignore_merges"]:
            model["merges"] = model["merges"][::2]
            tokenizer = Tokenizer.from_str(json.dumps(made))
        model["merges"] = [" ".join(merge) for merge in model["merges"]]
        ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in lines]
        kept = {key: made[key] for key in ("model", "pre_tokenizer", "added_tokens")}
        found.append({"name": name, "ids": ids} | kept)
    json.dump({"lines": lines, "tokenizers": found}, sys.stdout, separators=(",", ":"))


if __name__ == "__main__":
    main()
