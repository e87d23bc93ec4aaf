"""Small models of speech with random weights, recordings, and what transformers writes in float64.

    python3 tests/speech/make.py [FOLDER...]

Needs transformers 5, torch and tokenizers. The folders whisper, timed and ctc get what a Hugging Face folder
has, short.wav and long.wav (two windows), and expected.json: a list of calls, each with the recording,
options of `fovea transcribe`, ids and text, of timed also segments. The random weights are those of the first seed with which times
are given, some texts end, and all of them differ.
"""

import json
import math
import pathlib
import shutil
import struct
import sys

import numpy
import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

HERE = pathlib.Path(__file__).parent
RATE, POSITIONS = 1200, 10
WORDS = 40
END, START, EN, FR, TRANSCRIBE, TRANSLATE, NO_TIMES, TIME = range(WORDS, WORDS + 8)
VOCABULARY = TIME + POSITIONS + 1


def write_wav(path, samples, bits):
    """PCM of 16 bits, or floats of 32."""
    tag, dtype = (1, "<i2") if bits == 16 else (3, "<f4")
    data = (numpy.round(samples * 32768) if bits == 16 else samples).astype(dtype).tobytes()
    form = struct.pack("<HHIIHH", tag, 1, RATE, RATE * bits // 8, bits // 8, bits)
    body = b"WAVE" + b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)


def recordings(folder, random):
    made = {}
    for name, count, bits in (("short.wav", 900, 16), ("long.wav", 2000, 32)):
        t = numpy.arange(count) / RATE
        tone = 0.3 * numpy.sin(2 * numpy.pi * (90 + 200 * t) * t) + 0.1 * random.standard_normal(count)
        samples = numpy.round(tone * 32768).clip(-32768, 32767) / 32768
        write_wav(folder / name, samples, bits)
        made[name] = samples.astype(numpy.float32)
    return made


def tokenizer():
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    letters = [c for c in alphabet if c.isascii() and c.isalpha()][26:] + ["Ġ"]
    pieces = letters + ["Ġa", "Ġb", "th", "in", "er", "Ġc", "Ġd", "an", "on", "or", "is", "it", "en"]
    merges = [(p[0], p[1]) for p in pieces[len(letters):]]
    made = Tokenizer(models.BPE({p: i for i, p in enumerate(pieces)}, merges))
    assert len(pieces) == WORDS
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    names = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|fr|>", "<|transcribe|>", "<|translate|>",
             "<|notimestamps|>"]
    made.add_special_tokens([AddedToken(n, special=True) for n in names])
    made.add_tokens([AddedToken(f"<|{i / POSITIONS:.2f}|>", special=False) for i in range(POSITIONS + 1)])
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<|endoftext|>",
                                                bos_token="<|endoftext|>")


def whisper(seed):
    config = transformers.WhisperConfig(
        vocab_size=VOCABULARY, num_mel_bins=12, d_model=16, encoder_layers=1, decoder_layers=2,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=24, decoder_ffn_dim=24,
        max_source_positions=POSITIONS, max_target_positions=24, pad_token_id=END, bos_token_id=END,
        eos_token_id=END, decoder_start_token_id=START, suppress_tokens=[3, 4], begin_suppress_tokens=[0, END])
    torch.manual_seed(seed)
    model = transformers.WhisperForConditionalGeneration(config).eval()
    random = torch.Generator().manual_seed(seed)
    for name, value in model.named_parameters():
        if value.dim() > 1:
            value.data = torch.randn(value.shape, generator=random) * (1.5 if "embed" in name else 0.5)
            if name.endswith("embed_tokens.weight"):
                often = 32  # a token that this model likes, so that texts end
                value.data[[END, often]] = value.data[[often, END]]
            value.data = value.data.half().float()
    settings = dict(suppress_tokens=[3, 4], begin_suppress_tokens=[0, END], no_timestamps_token_id=NO_TIMES,
                    max_initial_timestamp_index=4, is_multilingual=True, max_length=24,
                    lang_to_id={"<|en|>": EN, "<|fr|>": FR},
                    task_to_id={"transcribe": TRANSCRIBE, "translate": TRANSLATE})
    for key, value in settings.items():
        setattr(model.generation_config, key, value)
    return model


def windows(samples, size):
    return [samples[i:i + size] for i in range(0, len(samples), size)]


def said(model, extractor, samples, **options):
    """Ids of one window."""
    padded = numpy.zeros(extractor.n_samples, numpy.float32)
    padded[:len(samples)] = samples
    features = torch.tensor(extractor._np_extract_fbank_features(padded[None].astype(numpy.float64), "cpu"))
    return model.generate(input_features=features.double(), **options)[0].tolist()


def hearing():
    return transformers.WhisperFeatureExtractor(feature_size=12, sampling_rate=RATE, hop_length=60, chunk_length=1,
                                                n_fft=180)


def save_whisper(folder, model, extractor, words, calls):
    model.half().save_pretrained(folder)
    extractor.save_pretrained(folder)
    path = folder / "preprocessor_config.json"  # older files hold the filters, too
    values = dict(json.loads(path.read_text()), mel_filters=extractor.mel_filters.T.astype("f4").tolist())
    path.write_text(json.dumps(values))
    words.save_pretrained(folder)
    (folder / "expected.json").write_text(json.dumps(calls, indent=1))


def make_whisper():
    folder = HERE / "whisper"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    made = recordings(folder, numpy.random.default_rng(5))
    extractor = hearing()
    words = tokenizer()
    for seed in range(200):
        model = whisper(seed).double()
        calls = []
        for name in ("short.wav", "long.wav"):
            for options in ({}, {"language": "fr"}, {"task": "translate"}, {"language": "en", "task": "translate"},
                            {"language": "en", "return_timestamps": True}, {"language": "fr", "return_timestamps": True},
                            {"task": "translate", "return_timestamps": True}):
                timed = options.get("return_timestamps", False)
                if timed and name == "long.wav":
                    continue
                parts = [said(model, extractor, s, **options)
                         for s in windows(made[name], extractor.n_samples)]
                ids = [i for part in parts for i in part]
                # Behind two times that follow each other transformers reads the features that are left anew.
                if any(a >= TIME and b >= TIME for a, b in zip(ids, ids[1:])):
                    continue
                texts = [words.decode([i for i in part if i < TIME], skip_special_tokens=True) for part in parts]
                begun = 3 + ("language" in options or "task" in options) - timed
                calls.append({"recording": name, "options": options, "max_tokens": 24 - begun, "tokens": ids,
                              "texts": texts})
        lengths = {len(c["tokens"]) for c in calls}
        times = sum(i >= TIME for c in calls for i in c["tokens"] if "return_timestamps" in c["options"])
        ended = sum(len(c["tokens"]) < c["max_tokens"] for c in calls)
        if ended >= 4 and times >= 3:
            break
    print(seed, lengths, times, ended)
    save_whisper(folder, model, extractor, words, calls)


def kinds_of(ids, parts):
    """How a window ends: behind a closed segment, within one that was begun or not, without any that is closed."""
    is_time = [i >= TIME for i in ids]
    if not any(a and b for a, b in zip(is_time, is_time[1:])):
        return {"one time" if sum(is_time) < 2 else "two times"}
    return {"closed" if is_time[-2:] == [False, True] else "open"} | ({"several"} if parts > 1 else set())


def timed(model, extractor, words, samples, **options):
    """Ids and segments, window by window: one begins where transformers says that the one before it is done. Features
    are those of each window, so of what transformers generates only the first round counts. Its steps of time
    are 0.02 s whatever the model's are."""
    ids, segments, kinds, at = [], [], set(), 0
    inner = transformers.WhisperForConditionalGeneration._retrieve_segment
    step = 1 / POSITIONS
    while at < len(samples):
        window = samples[at:at + extractor.n_samples]
        rounds = []

        def look(**given):
            result = inner(**given)
            rounds.append((given["seek_sequence"].tolist(), *result))
            return result

        model._retrieve_segment = look
        said(model, extractor, window, return_timestamps=True, **options)
        made, parts, frames = rounds[0]
        ids += made
        kinds |= kinds_of(made, len(parts))
        for part in parts:
            start, end = (round(float(part[key]) / 0.02) * step for key in ("start", "end"))
            if not any(i > TIME for i in made):  # until the window ends, which silence fills up
                end = min(end, len(window) / RATE)
            text = words.decode([i for i in part["tokens"].tolist() if i < TIME], skip_special_tokens=True)
            segments.append({"start": at / RATE + start, "end": at / RATE + end, "text": text})
        done = int(frames) * extractor.hop_length
        at += done if 0 < done < len(window) else len(window)
    return ids, segments, kinds


def make_timed():
    folder = HERE / "timed"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    made = recordings(folder, numpy.random.default_rng(7))
    extractor, words = hearing(), tokenizer()
    for seed in range(2000):
        model = whisper(seed).double()
        for index in range(TIME, VOCABULARY):
            model.model.decoder.embed_tokens.weight.data[index] *= 1.25
        model.half().double()
        calls, kinds = [], set()
        for name in made:
            for options in ({"language": "en"}, {"language": "fr"}, {"language": "en", "task": "translate"},
                            {"language": "fr", "task": "translate"}):
                ids, segments, found = timed(model, extractor, words, made[name], **options)
                calls.append({"recording": name, "options": {**options, "return_timestamps": True},
                              "max_tokens": 21, "tokens": ids, "segments": segments})
                kinds |= found
        if len(kinds) == 5:
            break
    print(seed, kinds)
    save_whisper(folder, model, extractor, words, calls)


def make_ctc():
    folder = HERE / "ctc"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    made = recordings(folder, numpy.random.default_rng(6))
    letters = ["<pad>", "<s>", "</s>", "<unk>", "|", "a", "b", "c", "d", "e", "'"]
    (folder / "vocab.json").write_text(json.dumps({letter: i for i, letter in enumerate(letters)}))
    words = transformers.Wav2Vec2CTCTokenizer(folder / "vocab.json")
    words.save_pretrained(folder)
    extractor = transformers.Wav2Vec2FeatureExtractor(sampling_rate=RATE)
    extractor.save_pretrained(folder)
    config = transformers.Wav2Vec2Config(
        vocab_size=len(letters), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=20,
        conv_dim=[8, 8, 8], conv_kernel=[8, 3, 2], conv_stride=[4, 2, 2], num_feat_extract_layers=3,
        num_conv_pos_embeddings=6, num_conv_pos_embedding_groups=4, feat_extract_norm="group")
    for seed in range(100):
        torch.manual_seed(seed)
        model = transformers.Wav2Vec2ForCTC(config).eval()
        random = torch.Generator().manual_seed(seed)
        for value in model.parameters():
            if value.dim() > 1:
                value.data = (torch.randn(value.shape, generator=random) * 0.6).half().float()
        model.lm_head.bias.data[1:4] = -16  # no special tokens
        model.double()
        calls = []
        for name, samples in made.items():
            x = extractor(samples, sampling_rate=RATE)["input_values"][0]
            with torch.no_grad():
                ids = model(torch.tensor(x)[None].double()).logits[0].argmax(-1).tolist()
            texts = [words.decode(ids)]
            kept = [i for n, i in enumerate(ids) if i != 0 and (n == 0 or ids[n - 1] != i)]
            calls.append({"recording": name, "options": {}, "tokens": kept, "texts": texts})
        text = calls[0]["texts"][0]
        twice = any(len(set(ids[n:n + 3])) == 2 and ids[n] == ids[n + 2] and ids[n + 1] == 0
                    for n in range(len(ids) - 2))
        if " " in text and len(set(text)) > 4 and "<" not in text and twice:
            break
    print(seed, calls)
    model.half().save_pretrained(folder)
    (folder / "expected.json").write_text(json.dumps(calls, indent=1))


def signal():
    """A second whose pitch rises while it fades, with a little noise, as whole numbers of 16 bits."""
    made = []
    for t in range(16000):
        s = t / 16000
        tone = 0.5 * math.exp(-4 * s) * math.sin(2 * math.pi * (200 * s + 1500 * s * s))
        made.append(math.floor(32768 * (tone + (t * 7919 % 1009 - 504) / 504000) + 0.5) / 32768)
    return numpy.array(made)


def make_features():
    """Each 9th frame of what feature extractors make of that signal."""
    from safetensors.torch import save_file
    for bands in (80, 128):
        folder = HERE / f"features-{bands}"
        shutil.rmtree(folder, ignore_errors=True)
        extractor = transformers.WhisperFeatureExtractor(feature_size=bands, chunk_length=1)
        extractor.save_pretrained(folder)
        features = extractor._np_extract_fbank_features(signal()[None], "cpu")[0].T
        save_file({"features": torch.tensor(features[::9].copy(), dtype=torch.float32)},
                  folder / "reference.safetensors")
    folder = HERE / "filter-banks"
    shutil.rmtree(folder, ignore_errors=True)
    extractor = transformers.ASTFeatureExtractor(max_length=98)
    extractor.save_pretrained(folder)
    features = extractor(signal(), sampling_rate=16000)["input_values"][0]
    save_file({"features": torch.tensor(features[::9].copy(), dtype=torch.float32)},
              folder / "reference.safetensors")


if __name__ == "__main__":
    makers = {"features": make_features, "ctc": make_ctc, "whisper": make_whisper, "timed": make_timed}
    for name in sys.argv[1:] or makers:
        makers[name]()
