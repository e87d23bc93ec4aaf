"""Trains noise/plain and noise/sharp: python examples/principles/noise/make.py (a minute)"""

import pathlib
import sys

import numpy as np
import torch

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent))
from layout import attention, block, encoder, save  # noqa: E402

MARKS, KINDS = 8, 4           # numbers that tell a needle from noise; messages
ASK, FEATURES = MARKS + KINDS, MARKS + KINDS + 1
STEPS, PENALTY = 300, 1.0


def draw(count, noise):
    """Keys [count, 1 + noise, marks]: a needle, of which the first mark is 2, then noise."""
    marks = 2 * torch.rand(count, 1 + noise, MARKS) - 1
    marks[:, 0, 0] = 2
    return marks, torch.randint(KINDS, (count, 1 + noise))


def train(penalty):
    """The vector that keys are compared with, and how much the answer is multiplied."""
    torch.manual_seed(1)
    torch.set_num_threads(1)
    asked, gain = torch.zeros(MARKS, requires_grad=True), torch.ones(1, requires_grad=True)
    optimizer = torch.optim.Adam([asked, gain], lr=0.05)
    for _ in range(STEPS):
        marks, kinds = draw(64, 15)
        weights = (marks @ asked).softmax(-1)
        answers = gain * (weights[..., None] * torch.nn.functional.one_hot(kinds, KINDS)).sum(1)
        entropy = -(weights * weights.clamp_min(1e-30).log()).sum(-1).mean()
        loss = torch.nn.functional.cross_entropy(answers, kinds[:, 0]) + penalty * entropy
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return asked.detach().numpy(), gain.item()


def model(asked, gain):
    """Columns: the marks, the message, whether it is the one that asks, the answer."""
    width = FEATURES + KINDS
    one = np.eye(FEATURES, dtype=np.float32)
    query = block(1, width, [(0, ASK, [[1]])])
    key = block(1, width, [(0, 0, asked[None])])
    key[0, ASK] = -1e4  # who asks does not look at itself
    tensors = {"features.weight": block(width, FEATURES, [(0, 0, one)]),
               "output.weight": block(KINDS, width, [(0, FEATURES, gain * one[:KINDS, :KINDS])])}
    tensors |= attention(
        "layers.0.attention", query=query, key=key,
        value=block(KINDS, width, [(0, MARKS, one[:KINDS, :KINDS])]),
        output=block(width, KINDS, [(FEATURES, 0, one[:KINDS, :KINDS])]))
    config = encoder(width=width, layers=1, key_width=1, value_width=KINDS, input="features",
                     features=FEATURES, max_tokens=66, pooling="first")
    return config, tensors


for name, penalty in {"plain": 0.0, "sharp": PENALTY}.items():
    vector, factor = train(penalty)
    print(name, vector, factor)
    save(HERE / name, *model(vector, factor))
