"""The vision transformer of the digits, in PyTorch.

Attention and FeedForward stand in ../dates/model.py, too: each example is whole by itself.
"""

import torch
import torch.nn.functional as F
from torch import nn


class Attention(nn.Module):
    """Multi-head self-attention with four biased projections."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)

    def split(self, x):
        """[batch, length, width] to [batch, heads, length, head width]."""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, x):
        """Lets every row look at every row."""
        q, k, v = (self.split(p) for p in (self.query(x), self.key(x), self.value(x)))
        scores = q * q.shape[-1] ** -0.5 @ k.transpose(-1, -2)
        return self.output((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    """Two projections with an exact (erf) GELU between them."""

    def __init__(self, width, inner):
        super().__init__()
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)

    def forward(self, x):
        """Applies it to every row."""
        return self.down(F.gelu(self.up(x)))


class Layer(nn.Module):
    """Self-attention and feed-forward, each normed before."""

    def __init__(self, config):
        super().__init__()
        width, eps = config["width"], config["norm_eps"]
        self.attention_norm = nn.LayerNorm(width, eps)
        self.attention = Attention(width, config["heads"])
        self.ffn_norm = nn.LayerNorm(width, eps)
        self.ffn = FeedForward(width, config["ffn_width"])

    def forward(self, x, dropout=0.0):
        """[batch, tokens, width] to the same."""
        x = x + F.dropout(self.attention(self.attention_norm(x)), dropout)
        return x + F.dropout(self.ffn(self.ffn_norm(x)), dropout)


class VisionTransformer(nn.Module):
    """The whole model of one config; its state dict has the file's names."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        width, side = config["width"], config["patch"]
        tokens = 1 + config["image_height"] * config["image_width"] // side ** 2
        self.patch = nn.Linear(side * side * config["channels"], width)
        self.class_token = nn.Parameter(torch.randn(width) * 0.5)
        self.positions = nn.Embedding(tokens, width)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config["layers"]))
        self.norm = nn.LayerNorm(width, config["norm_eps"])
        self.output = nn.Linear(width, len(config["labels"]))
        nn.init.normal_(self.positions.weight, std=0.5)

    def patches(self, images):
        """[batch, height * width] to [batch, patches, patch pixels], by rows."""
        side, height, width = (self.config[k] for k in
                               ("patch", "image_height", "image_width"))
        grid = images.reshape(-1, height // side, side, width // side, side)
        return grid.transpose(2, 3).reshape(len(images), -1, side * side)

    def forward(self, images, dropout=0.0):
        """Logits [batch, labels] of images scaled to 0..1."""
        x = self.patch(self.patches(images))
        first = self.class_token.expand(len(images), 1, -1)
        x = torch.cat((first, x), dim=1) + self.positions.weight
        for layer in self.layers:
            x = layer(x, dropout)
        return self.output(self.norm(x)[:, 0])
