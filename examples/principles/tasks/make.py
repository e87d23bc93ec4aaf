"""Trains tasks/worst: python examples/principles/tasks/make.py (seconds)"""

import pathlib
import sys

import numpy as np
import torch

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent))
from layout import attention, block, encoder, save  # noqa: E402

TASKS, TEMPERATURE = 4, 0.25
LOSS, SCORE, CLASS, SUM, WIDTH = 0, 1, 2, 3, 4
NEVER = -1e4  # the class token's own key


def train():
    """The score of a task is slope * loss + its own number. Both ascend the combined loss."""
    torch.manual_seed(1)
    torch.set_num_threads(1)
    slope, own = torch.zeros(1, requires_grad=True), torch.randn(TASKS, requires_grad=True)
    optimizer = torch.optim.Adam([slope, own], lr=0.05)
    for _ in range(2000):
        losses = 2 * torch.rand(64, TASKS)
        weights = (slope * losses + own).softmax(-1)
        spread = -(weights * weights.log()).sum(-1)
        optimizer.zero_grad()
        (-(weights * losses).sum(-1) - TEMPERATURE * spread).mean().backward()
        optimizer.step()
    return slope.item(), (own - own.mean()).detach().numpy()


def model(slope, own):
    """Columns: the loss, the score of a task's own, whether it is the class token, the sum."""
    positions = np.zeros((1 + TASKS, WIDTH), np.float32)
    positions[1:, SCORE] = own
    class_token = np.zeros(WIDTH, np.float32)
    class_token[CLASS] = 1
    tensors = {"features.weight": block(WIDTH, 1, [(LOSS, 0, [[1]])]),
               "class_token": class_token, "positions.weight": positions,
               "output.weight": block(1, WIDTH, [(0, SUM, [[1]])])}
    tensors |= attention(
        "layers.0.attention",
        query=block(1, WIDTH, [(0, CLASS, [[1]])]),
        key=block(1, WIDTH, [(0, 0, [[slope, 1, NEVER]])]),
        value=block(1, WIDTH, [(0, LOSS, [[1]])]), output=block(WIDTH, 1, [(SUM, 0, [[1]])]))
    config = encoder(width=WIDTH, layers=1, key_width=1, value_width=1, input="features",
                     features=1, max_tokens=1 + TASKS, positions="learned", class_token=True,
                     pooling="first")
    return config, tensors


save(HERE / "worst", *model(*train()))
