"""Writes splits.json: what patterns and pre-tokenizers find in texts, by the `tokenizers` library.

usage: splits.py [LINES [SEED]] > splits.json
"""

import json
import random
import sys

from tokenizers import Regex, pre_tokenizers

CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
SPACES = r"\s*[\r\n]+|\s+(?!\S)|\s+"
PATTERNS = {
    "gpt2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "llama3": CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + SPACES,
    "qwen2": CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + SPACES,
    "qwen3.5": CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|" + SPACES,
    "gpt4o": rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+{CONTRACTIONS}?|"
             rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*{CONTRACTIONS}?|\p{{N}}{{1,3}}|"
             rf" ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|" + SPACES,
    "deepseek3 digits": r"\p{N}{1,3}",
    "deepseek3 han": "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
    "deepseek3": r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|"""
                 r""" ?[\p{P}\p{S}]+[\r\n]*|""" + SPACES,
    "deepseek coder": r"\s?\p{P}+",
    "clip": r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+",
    "bloom": " ?[^(\\s|[.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c])]+",
    "possessive": r"[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}|\s++$|\s*[\r\n]| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s",
    "line ends": r"\s+$",
    "lazy": r"\w+?(?!\w)|\W{2}",
    "sets": r"[\w&&[^\d_]]+|[[a-c]x-z]|\x{1F600}|[^\P{L}aeiou]",
    "cases": r"(?i:k|stop|[à-ö])+",
}

ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", " ", "  \t", "\n", "\r\n", "\u00a0\u3000\u2028",
    "'", "'sS'tT'rReE'vV'mM'lL'dD\u017f\u212a", ".,;:!?()[]{}<>@#$%^&*-_=+/\\|`~\"", "éàöüßñçøÅÉÖ", "абвгдеёжАБВ", "αβγδσςΣΩ",
    "אבגדשׁוֹ", "ابتثجحمُّ", "हिन्दीभाषाक़", "ไทยภาษาที่", "中文字漢語", "ひらがなカタカナー", "한국어글자", "é̂ỗ",
    "²³½Ⅷ٣४๓①", "😀👍🏽👩‍👩‍👧🇩🇪❤️", "€£¥§©®™…“”‘’—–", "\u200b\u200d\ufeff\u00ad", "ǅǈʰˤᵃ", "\ufffd\x00\x01\x7f", "𝒜𝔅𐐀𐐨𓀀",
]
WORDS = ["it's", "I'LL", "they've", "don't", "WE'RE", "camelCase", "HTTPServer", "3.14159", "1234567", "x=y+1;", "  if (a) {\n",
         "\n\n\n", "\r\n", "   ", "\t\t", "Grüße", "naïve", "e.g.", "http://a.b/c?d=e", "user@example.com", "日本語テキスト", "привет"]


def pre_tokenizers_of_all_kinds():
    yield pre_tokenizers.ByteLevel(add_prefix_space=False)
    yield pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    digit, run = Regex(r"\p{N}"), Regex(r"\s+")
    for behavior in ("removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"):
        for invert in (False, True):
            yield pre_tokenizers.Split(digit, behavior, invert)
        yield pre_tokenizers.Punctuation(behavior)
    yield pre_tokenizers.Split(run, "removed")
    yield pre_tokenizers.Split("e.", "contiguous")
    yield pre_tokenizers.Split(" ", "merged_with_next")
    yield pre_tokenizers.Digits(individual_digits=True)
    yield pre_tokenizers.Digits(individual_digits=False)
    yield pre_tokenizers.Whitespace()
    yield pre_tokenizers.WhitespaceSplit()
    yield pre_tokenizers.BertPreTokenizer()
    yield pre_tokenizers.CharDelimiterSplit("-")
    yield pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(False)])
    deepseek = [pre_tokenizers.Split(Regex(PATTERNS[name]), "isolated") for name in PATTERNS if name.startswith("deepseek3")]
    yield pre_tokenizers.Sequence(deepseek + [pre_tokenizers.ByteLevel(False, use_regex=False)])


def line(random):
    parts = []
    for _ in range(random.randrange(1, 12)):
        if random.random() < 0.4:
            parts.append(random.choice(WORDS))
        else:
            alphabet = random.choice(ALPHABETS)
            parts.append("".join(random.choice(alphabet) for _ in range(random.randrange(1, 6))))
        if random.random() < 0.4:
            parts.append(" ")
    return "".join(parts)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    generator = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    lines = [line(generator) for _ in range(count)]
    found = []
    for name, pattern in PATTERNS.items():
        # Words and what lies between, each by its code points.
        split = pre_tokenizers.Split(Regex(pattern), "isolated")
        ends = [[end for _, (_, end) in split.pre_tokenize_str(text)] for text in lines]
        kept = pre_tokenizers.Split(Regex(pattern), "removed", invert=True)
        words = [[list(where) for _, where in kept.pre_tokenize_str(text)] for text in lines]
        found.append({"name": name, "pattern": pattern, "ends": ends, "words": words})
    kinds = []
    for kind in pre_tokenizers_of_all_kinds():
        words = [[list(where) for _, where in kind.pre_tokenize_str(text)] for text in lines]
        kinds.append({"pre_tokenizer": json.loads(kind.__getstate__()), "words": words})
    json.dump({"lines": lines, "patterns": found, "pre_tokenizers": kinds}, sys.stdout, separators=(",", ":"))


if __name__ == "__main__":
    main()
