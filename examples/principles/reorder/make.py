"""Constructs reorder/sort: python examples/principles/reorder/make.py"""

import pathlib
import string
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent))
from layout import attention, block, save  # noqa: E402

PIECES = ["<bos>", "<eos>", *string.ascii_lowercase]
SIZE = len(PIECES)
SHARP = 128   # between a letter and the next: exp(-128) is 0 in f32
NEVER = -60000


def order(piece):
    """The place in the alphabet; the end comes after z."""
    return {0: -1, 1: 26}.get(piece, piece - 2)


def scores():
    """[letter of the source, last letter written]: highest for the next one in the alphabet."""
    table = np.full((SIZE, SIZE), NEVER, np.float32)
    for key in range(SIZE):
        for last in range(SIZE):
            ahead = order(key) - order(last)
            if ahead > 0:
                table[key, last] = SHARP * np.sqrt(SIZE) * (1 - ahead)
    return table.astype(np.float16)


def model():
    """Columns: the letter, then the letter that cross-attention read."""
    width, half = 2 * SIZE, np.float16
    one = np.eye(SIZE, dtype=half)
    letters = block(SIZE, width, [(0, 0, one)], half)
    nothing = {"query": (SIZE, width), "key": (SIZE, width), "value": (SIZE, width),
               "output": (width, SIZE)}
    tensors = {"encoder.embed.weight": letters, "decoder.embed.weight": letters,
               "output.weight": block(SIZE, width, [(0, SIZE, one)], half)}
    for side in ("encoder", "decoder"):
        for name, shape in nothing.items():
            tensors[f"{side}.layers.0.attention.{name}.weight"] = np.zeros(shape, half)
    tensors |= attention(
        "decoder.layers.0.cross_attention",
        query=block(SIZE, width, [(0, 0, scores())], half), key=letters, value=letters,
        output=block(width, SIZE, [(SIZE, 0, one)], half))
    config = {"model_type": "fovea-encoder-decoder", "width": width, "heads": 1,
              "key_width": SIZE, "value_width": SIZE, "norm": "none", "feed_forward": False,
              "encoder_layers": 1, "decoder_layers": 1, "source_positions": "none",
              "target_positions": "none", "max_source": 17, "max_target": 17,
              "bos_token_id": 0, "eos_token_id": 1, "source_vocabulary": PIECES,
              "target_vocabulary": PIECES}
    return config, tensors


save(HERE / "sort", *model())
