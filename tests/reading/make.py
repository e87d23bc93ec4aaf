"""A small TrOCR with random weights, pictures, and what transformers reads in them in float64.

    python3 tests/reading/make.py

Needs transformers 5, torch, tokenizers and pillow. The folder trocr gets what a Hugging Face folder has, pictures
of the model's size and of others, and expected.json: a list of calls, each with the picture, options of
`fovea transcribe`, ids and text. The random weights are those of the first seed with which some texts end,
others do not, all pictures have texts of their own, and beams find others.
"""

import json
import pathlib
import shutil

import numpy
import torch
import transformers as t
from PIL import Image
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

HERE = pathlib.Path(__file__).parent
HEIGHT, WIDTH, MOST = 12, 24, 14
START, PAD, END = range(3)
SPECIAL = ["<s>", "<pad>", "</s>"]


def tokenizer():
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    letters = [c for c in alphabet if c.isascii() and c.isalpha()][26:] + ["Ġ"]
    pieces = SPECIAL + letters + ["Ġa", "Ġb", "th", "in", "er", "Ġc", "Ġd", "an", "on", "or"]
    merges = [(p[0], p[1]) for p in pieces[len(SPECIAL) + len(letters):]]
    made = Tokenizer(models.BPE({p: i for i, p in enumerate(pieces)}, merges))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(n, special=True) for n in SPECIAL])
    return t.PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>", eos_token="</s>", pad_token="<pad>")


def pictures(folder):
    random = numpy.random.default_rng(8)

    def colours(height, width, channels):
        y, x = numpy.mgrid[:height, :width]
        waves = [128 + 90 * numpy.sin(x / (2 + c) + y / (3 - c / 2)) + random.integers(-20, 20, (height, width))
                 for c in range(channels)]
        return numpy.stack(waves, -1).clip(0, 255).astype(numpy.uint8)

    Image.fromarray(colours(HEIGHT, WIDTH, 3)).save(folder / "exact.png")
    Image.fromarray(colours(17, 51, 1)[:, :, 0]).save(folder / "grey.png")
    # Wide: of others Pillow 13 resizes columns first, earlier ones lines. Decoders differ where colours are coarser.
    Image.fromarray(colours(21, 64, 3)).save(folder / "photo.jpg", quality=90, subsampling=0)
    return ["exact.png", "grey.png", "photo.jpg"]


def trocr(seed, vocabulary):
    encoder = t.ViTConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=20,
                          image_size=(HEIGHT, WIDTH), patch_size=6)
    decoder = t.TrOCRConfig(vocab_size=vocabulary, d_model=12, decoder_layers=2, decoder_attention_heads=2,
                            decoder_ffn_dim=16, max_position_embeddings=20, cross_attention_hidden_size=16)
    config = t.VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        encoder, decoder, decoder_start_token_id=END, eos_token_id=END, pad_token_id=PAD)
    model = t.VisionEncoderDecoderModel(config).eval()
    random = torch.Generator().manual_seed(seed)
    for name, value in model.named_parameters():
        if value.dim() > 1:
            value.data = torch.randn(value.shape, generator=random) * (1.0 if "embed" in name else 0.7)
        value.data = value.data.half().float()
    settings = dict(decoder_start_token_id=END, eos_token_id=END, pad_token_id=PAD, bos_token_id=START, max_length=MOST,
                    no_repeat_ngram_size=3)
    for key, value in settings.items():
        setattr(model.generation_config, key, value)
    return model


def main():
    folder = HERE / "trocr"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    names = pictures(folder)
    words = tokenizer()
    processor = t.ViTImageProcessorPil(size=dict(height=HEIGHT, width=WIDTH), image_mean=[0.5] * 3, image_std=[0.5] * 3)
    for seed in range(1000):
        model = trocr(seed, len(words)).double()
        calls = []
        for name in names:
            pixels = processor(Image.open(folder / name).convert("RGB"), return_tensors="np")["pixel_values"]
            for options in ({}, {"max_tokens": 5}, {"beams": 3}):
                more = dict(max_length=1 + options["max_tokens"]) if "max_tokens" in options else {}
                with torch.no_grad():
                    ids = model.generate(pixel_values=torch.tensor(pixels).double(),
                                         num_beams=options.get("beams", 1), **more)[0].tolist()[1:]
                while ids[-1] == PAD:
                    ids.pop()
                calls.append({"picture": name, "options": options, "tokens": ids,
                              "text": words.decode(ids, skip_special_tokens=True)})
        plain = [c["tokens"] for c in calls[::3]]
        beams = [c["tokens"] for c in calls[2::3]]
        ended = sum(p[-1] == END for p in plain)
        if len({str(p) for p in plain}) == 3 and 0 < ended < 3 and all(p != b for p, b in zip(plain, beams)):
            break
    print(seed, *(json.dumps(c) for c in calls), sep="\n")
    model.half().save_pretrained(folder)
    processor.save_pretrained(folder)
    words.save_pretrained(folder)
    (folder / "expected.json").write_text(json.dumps(calls, indent=1))


if __name__ == "__main__":
    main()
