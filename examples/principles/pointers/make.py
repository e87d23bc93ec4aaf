"""Constructs pointers/three and pointers/two: python examples/principles/pointers/make.py"""

import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent))
from layout import attention, block, encoder, save, signs  # noqa: E402

POSITIONS, BITS = 64, 6
SHARP = 64  # a wrong bit costs twice this: exp(-128) is 0 in f32


def model(layers):
    """Columns: the position, the pointer, then what each layer read, each as six signs."""
    width = BITS * (2 + layers)
    codes = signs(range(POSITIONS), BITS)
    one = np.eye(BITS, dtype=np.float32)
    tensors = {
        "embed.weight": block(POSITIONS, width, [(0, BITS, codes)]),
        "positions.weight": block(POSITIONS, width, [(0, 0, codes)]),
        "output.weight": block(POSITIONS, width, [(0, width - BITS, codes)]),
    }
    for layer in range(layers):
        read = BITS * (1 + layer)  # what the layer before read, at first the pointer
        tensors |= attention(
            f"layers.{layer}.attention",
            query=block(BITS, width, [(0, read, SHARP * np.sqrt(BITS) * one)]),
            key=block(BITS, width, [(0, 0, one)]),
            value=block(BITS, width, [(0, BITS, one)]),
            output=block(width, BITS, [(read + BITS, 0, one)]))
    config = encoder(width=width, layers=layers, key_width=BITS, value_width=BITS,
                     positions="learned", vocabulary_size=POSITIONS, max_tokens=POSITIONS)
    return config, tensors


for name, layers in {"three": 3, "two": 2}.items():
    save(HERE / name, *model(layers))
