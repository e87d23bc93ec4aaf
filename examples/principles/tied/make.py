"""Constructs tied/apart and tied/shared: python examples/principles/tied/make.py"""

import pathlib
import string
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent))
from layout import attention, block, save, signs  # noqa: E402

PIECES = ["<bos>", "<eos>", *string.ascii_lowercase]
SIZE, MOST, BITS = len(PIECES), 17, 5
HEAD = 32   # columns of keys and of values: the place, padded; the letter, padded
SHARP = 64  # a wrong bit of a place costs twice this: exp(-128) is 0 in f32


def model(shared):
    """Columns: the place as signs, the letter, and a slot for the letter that was read."""
    width, half = BITS + 2 * SIZE, np.float16
    one = np.eye(SIZE, dtype=half)
    letters = block(SIZE, width, [(0, BITS, one)], half)
    places = block(MOST, width, [(0, 0, signs(range(MOST), BITS))], half)
    key = block(HEAD, width, [(0, 0, np.eye(BITS))], half)
    value = block(HEAD, width, [(0, BITS, one)], half)
    query = block(HEAD, width, [(0, 0, SHARP * np.sqrt(HEAD) * np.eye(BITS))], half)
    read = block(width, HEAD, [(BITS + SIZE, 0, one)], half)
    nothing = {"query": 0 * query, "key": 0 * key, "value": 0 * value, "output": 0 * read}
    tensors = {"encoder.embed.weight": letters, "decoder.embed.weight": letters,
               "encoder.positions.weight": places, "decoder.positions.weight": places,
               "output.weight": block(SIZE, width, [(0, BITS + SIZE, one)], half)}
    # The encoder's attention makes keys and values as the decoder needs them, and adds nothing.
    tensors |= attention("encoder.layers.0.attention", 0 * query, key, value, 0 * read)
    tensors |= attention("decoder.layers.0.attention", **nothing)
    tensors |= attention("decoder.layers.0.cross_attention", query, key, value, read)
    config = {"model_type": "fovea-encoder-decoder", "width": width, "heads": 1,
              "key_width": HEAD, "value_width": HEAD, "norm": "none", "feed_forward": False,
              "encoder_layers": 1, "decoder_layers": 1, "max_source": MOST, "max_target": MOST,
              "bos_token_id": 0, "eos_token_id": 1, "source_vocabulary": PIECES,
              "target_vocabulary": PIECES}
    if shared:
        config["tie_encoder"] = "cross"
        for name in ("key", "value"):
            del tensors[f"decoder.layers.0.cross_attention.{name}.weight"]
    return config, tensors


for name in ("apart", "shared"):
    save(HERE / name, *model(name == "shared"))
