"""Constructs doubt/votes: python examples/principles/doubt/make.py"""

import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent))
from layout import attention, block, encoder, save  # noqa: E402

VOTES, KINDS = 16, 2
ASK, FEATURES = KINDS, KINDS + 1


def model():
    """Who asks looks at all votes alike. Columns: the vote, whether it is the one that asks, the answer."""
    width, one = FEATURES + KINDS, np.eye(FEATURES, dtype=np.float32)
    two = one[:KINDS, :KINDS]
    tensors = {"features.weight": block(width, FEATURES, [(0, 0, one)]),
               "output.weight": block(KINDS, width, [(0, FEATURES, two)])}
    tensors |= attention(
        "layers.0.attention", query=block(1, width, [(0, ASK, [[1]])]),
        key=block(1, width, [(0, ASK, [[-1e4]])]),  # not at itself
        value=block(KINDS, width, [(0, 0, two)]), output=block(width, KINDS, [(FEATURES, 0, two)]))
    config = encoder(width=width, layers=1, key_width=1, value_width=KINDS, input="features",
                     features=FEATURES, max_tokens=VOTES + 1, pooling="first")
    return config, tensors


save(HERE / "votes", *model())
