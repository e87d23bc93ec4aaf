"""Writes kinds.npz: small tokenizers of all kinds, and checksums of the ids that texts have by the `tokenizers` library; models of
SentencePiece, and its ids.

usage: kinds.py OUT.npz [LINES [SEED [CHARSMAP.model]]]    LINES: 10000; CHARSMAP.model: its rules of normalisation, for others

Lines are made by `Lines`, which tests/tools/import/text/kinds_test.cc has, too; a checksum is that of the ids of ten.
"""

import base64
import io
import json
import os
import sys
import tempfile
import unicodedata
import zlib

import numpy
import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from splits import ALPHABETS, PATTERNS, WORDS

BLOCK = 10  # lines of one checksum
MORE_WORDS = ["the quick brown fox", "▁▁a ▁b", "<s>", "</s>", "<mask>", " <mask> ", "<unk>", "[MASK]", "New York", "``x''", "ﷺ", "½ ⅓",
              "ｆｕｌｌ", "e\u0301\u0302", "n\u0303a", "\u00a0\u0301x", "\r\n\r\n", "①②", "㌀㎏", "한글", "각\u0301", "©\u200d©", "\u0600e\u0301"]
STRAY = [b"\xff", b"\xe2\x82", b"\xf0\x9f\x98", b"\x80\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xc3"]


class Lines:
    """Texts of bytes from a linear congruential generator."""

    def __init__(self, seed):
        self.state = seed
        self.words = [word.encode() for word in WORDS + MORE_WORDS] + STRAY
        self.alphabets = [[c.encode() for c in alphabet] for alphabet in ALPHABETS]

    def below(self, count):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % count

    def line(self):
        made = b""
        for _ in range(1 + self.below(11)):
            if self.below(10) < 4:
                made += self.words[self.below(len(self.words))]
            else:
                alphabet = self.alphabets[self.below(len(self.alphabets))]
                for _ in range(1 + self.below(5)):
                    made += alphabet[self.below(len(alphabet))]
            if self.below(10) < 4:
                made += b" " * (1 + self.below(3) // 2)
        return made


def texts(seed, count):
    lines = Lines(seed)
    return [lines.line().decode(errors="replace") for _ in range(count)]


def rules():
    """Rules of normalisation in the manner of SentencePiece's nmt_nfkc: parts of NFKC, and spaces."""
    made = {point: 0x20 for point in (0x09, 0x0A, 0x0D, 0xA0, 0x3000, 0x2028, 0x200B, 0xFEFF)}
    for point in list(range(0xA0, 0x250)) + list(range(0x2460, 0x2480)) + list(range(0x3300, 0x33A0)) + list(range(0xFF01, 0xFF60)) + [0xFDFA]:
        text = unicodedata.normalize("NFKC", chr(point))
        if text != chr(point):
            made[point] = text
    found = {chr(key): chr(value) if isinstance(value, int) else value for key, value in made.items()}
    for letter in "aeiounycszAEIOU":
        for mark in "\u0300\u0301\u0302\u0303\u0308\u030c":
            text = unicodedata.normalize("NFC", letter + mark)
            if len(text) == 1:
                found[letter + mark] = text
    found["\u00ad"] = ""
    found["..."] = "\u2026"
    found["\u00a0\u0301"] = "?"  # begins with another
    return found


def spm(kind, lines, charsmap=True, **more):
    """A model by SentencePiece, as fields of its ModelProto."""
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", delete=False) as file:
        for key, value in rules().items():
            show = lambda text: " ".join(f"{ord(c):X}" for c in text)
            file.write(f"{show(key)}\t{show(value)}\n")
    out = io.BytesIO()
    options = {"normalization_rule_tsv": file.name} if charsmap else {"normalization_rule_name": "identity"}
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=out, model_type=kind, hard_vocab_limit=False, minloglevel=2, num_threads=1,
        **options, **{"vocab_size": 500, "character_coverage": 0.98} | more)
    os.unlink(file.name)
    return out.getvalue()


def fields(data):
    """(number, value) of a message of protocol buffers."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        else:
            size = {1: 8, 5: 4}.get(key & 7) or varint()
            yield key >> 3, data[at:at + size]
            at += size


def pieces_of(model):
    found = []
    for number, value in fields(model):
        if number == 1:
            piece = dict(fields(value))
            found.append((piece[1].decode(), float(numpy.frombuffer(piece.get(2, b"\0\0\0\0"), "<f4")[0])))
    return found


def charsmap_of(model):
    return dict(fields(dict(fields(model))[3]))[2]


def unigram(vocab, normalizer, pre_tokenizer, unknown=0, byte_fallback=False):
    tokenizer = Tokenizer(models.Unigram(vocab, unknown, byte_fallback))
    if normalizer is not None:
        tokenizer.normalizer = normalizers.Sequence(normalizer)
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.add_special_tokens([AddedToken("<s>"), AddedToken("</s>"), AddedToken("<mask>", lstrip=True)])
    return tokenizer


def unigrams(lines, charsmap):
    vocab = pieces_of(spm("unigram", lines))
    precompiled = normalizers.Precompiled(charsmap)
    words = pre_tokenizers.WhitespaceSplit()
    tokenizer = unigram(vocab, [precompiled], pre_tokenizers.Sequence([words, pre_tokenizers.Metaspace()]))
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(single=["$A", "</s>"], pair=["$A", "</s>", "$B", "</s>"],
                                                             special_tokens=[("</s>", tokenizer.token_to_id("</s>"))])
    yield "t5", tokenizer
    # As the converter of transformers makes them.
    steps = [precompiled, normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), "▁")]
    yield "xlm-roberta", unigram(vocab + [("<unk>NOTUSED", -100.0)], steps, pre_tokenizers.Metaspace())
    lowered = [(piece, score - 100) if piece[:1] == "▁" and piece[1:].isdigit() else (piece, score) for piece, score in vocab]
    steps = [normalizers.Replace("``", '"'), normalizers.Replace("''", '"'), normalizers.NFKD(), normalizers.StripAccents(),
             normalizers.Lowercase(), precompiled, normalizers.Replace(Regex(" {2,}"), " ")]
    yield "albert", unigram(lowered, steps, pre_tokenizers.Metaspace())
    deberta = pre_tokenizers.Sequence([pre_tokenizers.Punctuation("isolated"), pre_tokenizers.Metaspace()])
    yield "deberta-v2", unigram(vocab, [normalizers.Strip(), precompiled, normalizers.Replace(Regex(" {2,}"), " ")], deberta)
    bytes_too = [(f"<0x{byte:02X}>", 0.0) for byte in range(256)] + vocab
    yield "bytes", unigram(bytes_too, None, pre_tokenizers.Metaspace(prepend_scheme="never", split=False), 256, True)
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=500, unk_token="<unk>", special_tokens=["<unk>"], show_progress=False, max_piece_length=8)
    tokenizer.train_from_iterator(lines, trainer)
    yield "fine scores", tokenizer


def merges_of(vocab):
    known = dict((piece, score) for piece, score in vocab)
    merges = [(-score, piece[:i], piece[i:]) for piece, score in vocab for i in range(1, len(piece)) if piece[:i] in known and piece[i:] in known]
    return [(first, second) for _, first, second in sorted(merges)]


def character_merges(lines):
    found = pieces_of(spm("bpe", lines, charsmap=False, byte_fallback=True, vocab_size=900, allow_whitespace_only_pieces=True,
                          remove_extra_whitespaces=False, split_digits=True))
    vocab = {piece: i for i, (piece, _) in enumerate(found)}
    merges = merges_of([(piece, score) for piece, score in found[3:] if not piece.startswith("<0x")])

    def made(normalizer, pre_tokenizer, strips, merges=merges, **more):
        tokenizer = Tokenizer(models.BPE(vocab, merges, **{"unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True} | more))
        if normalizer is not None:
            tokenizer.normalizer = normalizer
        if pre_tokenizer is not None:
            tokenizer.pre_tokenizer = pre_tokenizer
        steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
        tokenizer.decoder = decoders.Sequence(steps + ([decoders.Strip(" ", 1, 0)] if strips else []))
        tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in ("<unk>", "<s>", "</s>")])
        return tokenizer

    replace = normalizers.Replace(" ", "▁")
    yield "llama2", made(normalizers.Sequence([normalizers.Prepend("▁"), replace]), None, True)
    yield "mistral", made(None, pre_tokenizers.Metaspace(prepend_scheme="first", split=False), True)
    yield "gemma", made(replace, pre_tokenizers.Split(" ", "merged_with_previous"), False)
    # Words that are pieces although merges do not make them.
    yield "words", made(None, pre_tokenizers.Metaspace(), True, merges[::2], byte_fallback=False, fuse_unk=False, ignore_merges=True)


def word_piece(lines, normalizer):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(lines, trainers.WordPieceTrainer(vocab_size=700, special_tokens=special, show_progress=False))
    return tokenizer


def byte_level(lines, pre_tokenizer, **more):
    tokenizer = Tokenizer(models.BPE(**more))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=500, initial_alphabet=alphabet, special_tokens=["<s>", "</s>", "<mask>"], show_progress=False)
    tokenizer.train_from_iterator(lines, trainer)
    return tokenizer


def clip(lines):
    """CLIP's: pieces that end words are written with </w>, and there is one for each byte."""
    tokenizer = Tokenizer(models.BPE(unk_token="<|endoftext|>", continuing_subword_prefix="", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    pattern = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), "removed", invert=True), pre_tokenizers.ByteLevel(False)])
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=700, initial_alphabet=alphabet, end_of_word_suffix="</w>", show_progress=False,
                                  special_tokens=["<|startoftext|>", "<|endoftext|>"])
    tokenizer.train_from_iterator(lines, trainer)
    made = json.loads(tokenizer.to_str())
    vocab = made["model"]["vocab"]
    for character in alphabet:
        vocab.setdefault(character + "</w>", len(vocab))
    return Tokenizer.from_str(json.dumps(made))


def word_level(lines):
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordLevelTrainer(vocab_size=400, special_tokens=["<unk>", "<pad>"], show_progress=False)
    tokenizer.train_from_iterator(lines, trainer)
    return tokenizer


def models_of_sentence_piece(lines):
    user = {"user_defined_symbols": ["<sep>", "ab", "é", "\n"], "control_symbols": ["<cls>"]}
    whole = {"remove_extra_whitespaces": False, "allow_whitespace_only_pieces": True, "split_digits": True}
    yield "unigram", spm("unigram", lines)
    yield "unigram, bytes", spm("unigram", lines, byte_fallback=True, control_symbols=["<cls>"])
    yield "unigram, bytes, no prefix", spm("unigram", lines, charsmap=False, byte_fallback=True, add_dummy_prefix=False)
    yield "bpe", spm("bpe", lines, vocab_size=700)
    yield "bpe, bytes, all spaces", spm("bpe", lines, charsmap=False, byte_fallback=True, vocab_size=900, **whole)
    yield "unigram, user-defined", spm("unigram", lines, **user)
    yield "unigram, bytes, user-defined", spm("unigram", lines, charsmap=False, byte_fallback=True, remove_extra_whitespaces=False, **user)
    yield "bpe, user-defined", spm("bpe", lines, byte_fallback=True, vocab_size=900, **user)


def tokenizers(lines, charsmap):
    yield "bert", word_piece(lines, normalizers.BertNormalizer())
    yield "bert cased", word_piece(lines, normalizers.BertNormalizer(lowercase=False))
    yield "gpt2", byte_level(lines, pre_tokenizers.ByteLevel(False))
    split = pre_tokenizers.Split(Regex(PATTERNS["llama3"]), "isolated")
    level = pre_tokenizers.ByteLevel(False, use_regex=False)
    yield "llama3", byte_level(lines, pre_tokenizers.Sequence([split, level]), ignore_merges=True)
    yield from unigrams(lines, charsmap)
    yield from character_merges(lines)
    yield "clip", clip(lines)
    yield "word level", word_level(lines)


CODES = [b">>fra<< ", b">>fra<<", b">>deu_Latn<<", b">>xyz<< ", b">>a b<<", b">> <"]  # of which lines may begin with


def coded(lines):
    """Every third line begins with a language, or with what looks like one."""
    return [CODES[i // 3 % len(CODES)].decode() + line if i % 3 == 0 else line for i, line in enumerate(lines)]


def two_sides(training):
    """Marian's files: two models, whose pieces have other ids, some none; and pieces that only the vocabulary has."""
    models = {"source": spm("unigram", training[::2]), "target": spm("unigram", training[1::2], vocab_size=400)}
    texts = sorted({text for model in models.values() for text, _ in pieces_of(model)} - {"<s>", "</s>", "<unk>"})
    seen = {c for line in training for c in line}
    rare = sorted(c for c in seen if c not in texts and c.isalpha())[:8]
    listed = ["</s>", "<unk>"] + [text for i, text in enumerate(texts) if i % 17] + rare + [rare[0] + rare[1], ">>fra<<", ">>deu_Latn<<", "<pad>"]
    return models, {text: i for i, text in enumerate(listed)}


def marian_ids(models, vocab, lines):
    """Checksums of the ids that MarianTokenizer gives, of both sides; and what it makes of the first ones again."""
    from transformers import MarianTokenizer
    with tempfile.TemporaryDirectory() as folder:
        for name, model in models.items():
            with open(f"{folder}/{name}.spm", "wb") as file:
                file.write(model)
        with open(f"{folder}/vocab.json", "w") as file:
            json.dump(vocab, file)
        tokenizer = MarianTokenizer(f"{folder}/source.spm", f"{folder}/target.spm", f"{folder}/vocab.json")
        source = [tokenizer(line).input_ids for line in lines]
        target = [tokenizer(text_target=line).input_ids for line in lines]
        shown = [[one, tokenizer.decode(one, skip_special_tokens=True)] for one in target[:200]]
    return source, target, shown


def checksums(ids):
    blocks = [sum((one + [-1] for one in ids[i:i + BLOCK]), []) for i in range(0, len(ids), BLOCK)]
    return [zlib.crc32(numpy.array(block, "<i4").tobytes()) for block in blocks]


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    training = texts(0, 3000)
    with open(sys.argv[4], "rb") if len(sys.argv) > 4 else io.BytesIO(spm("unigram", training)) as file:
        charsmap = charsmap_of(file.read())
    lines = texts(seed, count)
    found, sums, shown = [], [], []
    for name, tokenizer in tokenizers(training, charsmap):
        ids = [tokenizer.encode(line, add_special_tokens=False).ids for line in lines]
        sums.append(checksums(ids))
        # What the library makes of the ids again, of the first lines.
        shown.append([[one, tokenizer.decode(one, skip_special_tokens=False)] for one in ids[:BLOCK]])
        text = tokenizer.to_str().replace(json.dumps(base64.b64encode(charsmap).decode()), '"CHARSMAP"')
        found.append({"name": name, "tokenizer": json.loads(text)})
    names, files, model_sums = [], {}, []
    for name, model in models_of_sentence_piece(training):
        files[f"model{len(names)}"] = numpy.frombuffer(model, "u1")
        names.append(name)
        processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        model_sums.append(checksums([processor.encode(line) for line in lines]))
    sides, vocab = two_sides(training)
    source, target, decoded = marian_ids(sides, vocab, coded(lines))
    model_sums += [checksums(source), checksums(target)]
    for name, model in sides.items():
        files[name] = numpy.frombuffer(model, "u1")
    maker = Lines(seed)
    words, alphabets = [list(word) for word in maker.words], [[list(c) for c in alphabet] for alphabet in maker.alphabets]
    made = {"tokenizers": found, "first": shown, "models": names, "seed": seed, "lines": count, "vocab": vocab, "decoded": decoded,
            "codes": [list(code) for code in CODES], "words": words, "alphabets": alphabets}
    text = json.dumps(made, separators=(",", ":"), ensure_ascii=False).encode()
    numpy.savez_compressed(sys.argv[1], json=numpy.frombuffer(text, "u1"), charsmap=numpy.frombuffer(charsmap, "u1"),
                           sums=numpy.array(sums, "u4").view("i4"), model_sums=numpy.array(model_sums, "u4").view("i4"), **files)


if __name__ == "__main__":
    main()
