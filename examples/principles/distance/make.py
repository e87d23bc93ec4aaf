"""Constructs the models of distance/: python examples/principles/distance/make.py"""

import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent))
from layout import attention, block, encoder, save  # noqa: E402

POSITIONS, KINDS = 64, 8
FLAG, ONE, WIDTH = KINDS, KINDS + 1, KINDS + 2
SHARP = 128  # between a token with a message and one without: exp(-128) is 0 in f32


def model(layers, **more):
    """Columns: the message as one of eight, whether there is one, a constant 1. Token 0 has none."""
    one = np.eye(KINDS + 1, dtype=np.float32)
    embed = block(KINDS + 1, WIDTH, [(1, 0, one[:KINDS, :KINDS])])
    embed[1:, FLAG] = embed[:, ONE] = 1
    tensors = {"embed.weight": embed,
               "output.weight": block(KINDS, WIDTH, [(0, 0, one[:KINDS, :KINDS])])}
    for layer in range(layers):
        tensors |= attention(
            f"layers.{layer}.attention",
            query=block(1, WIDTH, [(0, ONE, [[SHARP]])]),
            key=block(1, WIDTH, [(0, FLAG, [[1]])]),
            value=block(KINDS + 1, WIDTH, [(0, 0, one)]),
            output=block(WIDTH, KINDS + 1, [(0, 0, one)]))
    config = encoder(width=WIDTH, layers=layers, key_width=1, value_width=KINDS + 1,
                     vocabulary_size=KINDS + 1, max_tokens=POSITIONS, **more)
    return config, tensors


save(HERE / "global", *model(1))
for count in (1, 5, 6):
    save(HERE / f"local_{count}", *model(count, window=8))
