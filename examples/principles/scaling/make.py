"""Constructs the models of scaling/: python examples/principles/scaling/make.py"""

import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent))
from layout import attention, encoder, save  # noqa: E402

TOKENS = 8


def sign(index):
    """Signs without a pattern, the same as in scaling.cc."""
    x = np.asarray(index, np.uint64)
    for shift, factor in ((15, 0x85EBCA77), (13, 0xC2B2AE3D), (16, 0x9E3779B1)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor) & np.uint64(0xFFFFFFFF)
    return 1 - 2.0 * (x >> np.uint64(31))


def model(width, **more):
    """Tokens 0 to 7 are as they are; 8 to 15 are so much larger that nothing is left of 1/sqrt(d)."""
    index = 1 + np.arange(2 * width * TOKENS, dtype=np.uint64).reshape(2, width, TOKENS)
    query, key = sign(index).astype(np.float16)
    one = np.eye(TOKENS, dtype=np.float32)
    tensors = {"embed.weight": np.concatenate([one, width ** 0.25 * one]).astype(np.float32)}
    tensors |= attention(
        "layers.0.attention", query=query, key=key,
        value=np.zeros((1, TOKENS), np.float16), output=np.zeros((TOKENS, 1), np.float16))
    config = encoder(width=TOKENS, layers=1, key_width=width, value_width=1,
                     vocabulary_size=2 * TOKENS, max_tokens=TOKENS, **more)
    return config, tensors


for width in (16, 32, 64, 128, 256, 512, 1024):
    save(HERE / f"d{width}", *model(width))
# Queries and keys divided by their lengths, then scores multiplied by sqrt(d).
save(HERE / "unit", *model(256, qk_norm="l2", attention_scale=16))
