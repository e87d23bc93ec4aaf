"""Constructs heads/sharp: python examples/principles/heads/make.py"""

import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent))
from layout import attention, encoder, save, signs  # noqa: E402

POSITIONS, BITS = 16, 4
SHARP = 3  # a right bit adds this to a score, a wrong one subtracts it


def model():
    """Head h looks at the position whose bit h is the other one."""
    one = np.eye(BITS, dtype=np.float32)
    flips = [one - 2 * np.outer(one[h], one[h]) for h in range(BITS)]
    tensors = {"embed.weight": np.zeros((1, BITS), np.float32),
               "positions.weight": signs(range(POSITIONS), BITS)}
    tensors |= attention(
        "layers.0.attention",
        query=(SHARP * np.sqrt(BITS) * np.concatenate(flips)).astype(np.float32),
        key=np.concatenate([one] * BITS), value=np.concatenate([one] * BITS),
        output=np.concatenate([one] * BITS, axis=1))
    config = encoder(width=BITS, heads=BITS, key_width=BITS, value_width=BITS, layers=1,
                     positions="learned", vocabulary_size=1, max_tokens=POSITIONS)
    return config, tensors


save(HERE / "sharp", *model())
