"""The encoder-decoder transformer; its state dict has the file's names."""

import math

import torch
import torch.nn.functional as F
from torch import nn


def sinusoids(count, width):
    """The position table of Vaswani et al.: [count, width]."""
    position = torch.arange(count, dtype=torch.float64)[:, None]
    even = torch.arange(0, width, 2, dtype=torch.float64)
    angle = position / 10000 ** (even / width)
    return torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(1)


class Attention(nn.Module):
    """Multi-head attention with four biased projections."""

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

    def forward(self, x, memory, mask=None, causal=False):
        """Lets every row of x look at the rows of memory."""
        q, k, v = (self.split(p) for p in
                   (self.query(x), self.key(memory), self.value(memory)))
        # Written out: the fused CPU kernel trains 1.5 times slower at these sizes.
        scores = q * q.shape[-1] ** -0.5 @ k.transpose(-1, -2)
        if causal:
            mask = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
        if mask is not None:
            scores = scores.masked_fill(~mask, -math.inf)
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


class EncoderLayer(nn.Module):
    """Self-attention and feed-forward, each normed before."""

    def __init__(self, width, heads, inner, eps):
        super().__init__()
        self.attention_norm = nn.LayerNorm(width, eps)
        self.attention = Attention(width, heads)
        self.ffn_norm = nn.LayerNorm(width, eps)
        self.ffn = FeedForward(width, inner)

    def forward(self, x, mask=None):
        """[batch, source, width] to the same."""
        normed = self.attention_norm(x)
        x = x + self.attention(normed, normed, mask)
        return x + self.ffn(self.ffn_norm(x))


class DecoderLayer(EncoderLayer):
    """An encoder layer, causal, with cross-attention in the middle."""

    def __init__(self, width, heads, inner, eps):
        super().__init__(width, heads, inner, eps)
        self.cross_attention_norm = nn.LayerNorm(width, eps)
        self.cross_attention = Attention(width, heads)

    def forward(self, x, memory, mask):
        """[batch, target, width] to the same, looking at memory."""
        normed = self.attention_norm(x)
        x = x + self.attention(normed, normed, causal=True)
        x = x + self.cross_attention(self.cross_attention_norm(x), memory, mask)
        return x + self.ffn(self.ffn_norm(x))


class Encoder(nn.Module):
    """Characters to memory rows; positions are sinusoids."""

    def __init__(self, config):
        super().__init__()
        width = config["width"]
        self.scale = math.sqrt(width) if config["scale_embedding"] else 1.0
        self.embed = nn.Embedding(len(config["source_vocabulary"]), width)
        self.register_buffer("table", sinusoids(config["max_source"], width).float(),
                             persistent=False)
        self.layers = nn.ModuleList(
            EncoderLayer(width, config["heads"], config["ffn_width"], config["norm_eps"])
            for _ in range(config["encoder_layers"]))
        self.norm = nn.LayerNorm(width, config["norm_eps"])

    def forward(self, source, mask):
        """[batch, source] ids to [batch, source, width]."""
        x = self.embed(source) * self.scale + self.table[:source.shape[1]]
        for layer in self.layers:
            x = layer(x, mask)
        return self.norm(x)


class Decoder(nn.Module):
    """Target prefix to hidden rows; positions are learned."""

    def __init__(self, config):
        super().__init__()
        width = config["width"]
        self.scale = math.sqrt(width) if config["scale_embedding"] else 1.0
        self.embed = nn.Embedding(len(config["target_vocabulary"]), width)
        self.positions = nn.Embedding(config["max_target"], width)
        self.layers = nn.ModuleList(
            DecoderLayer(width, config["heads"], config["ffn_width"], config["norm_eps"])
            for _ in range(config["decoder_layers"]))
        self.norm = nn.LayerNorm(width, config["norm_eps"])

    def forward(self, target, memory, mask):
        """[batch, target] ids to [batch, target, width]."""
        x = self.embed(target) * self.scale + self.positions.weight[:target.shape[1]]
        for layer in self.layers:
            x = layer(x, memory, mask)
        return self.norm(x)


class EncoderDecoder(nn.Module):
    """The whole model of one config.json."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.output = nn.Linear(config["width"], len(config["target_vocabulary"]))
        self.reset()

    def reset(self):
        """Initial weights: rows of unit size, small projections."""
        spread = 1 / self.encoder.scale
        for embed in (self.encoder.embed, self.decoder.embed):
            nn.init.normal_(embed.weight, std=spread)
        nn.init.normal_(self.decoder.positions.weight, std=0.5)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)

    def double(self):
        """Float64 throughout, the sinusoids included (not widened floats)."""
        super().double()
        self.encoder.table = sinusoids(self.config["max_source"], self.config["width"])
        return self

    def mask(self, source):
        """Which source rows may be looked at: [batch, 1, 1, source]."""
        return (source != self.config["pad_token_id"])[:, None, None, :]

    def forward(self, source, target):
        """Logits [batch, target, vocabulary] of every target step."""
        mask = self.mask(source)
        memory = self.encoder(source, mask)
        return self.output(self.decoder(target, memory, mask))

    @torch.no_grad()
    def greedy(self, source):
        """Token ids [batch, steps] written from <bos> until all have <eos>."""
        mask = self.mask(source)
        memory = self.encoder(source, mask)
        tokens = torch.full((len(source), 1), self.config["bos_token_id"])
        ended = torch.zeros(len(source), dtype=torch.bool)
        while tokens.shape[1] < self.config["max_target"] and not ended.all():
            rows = self.decoder(tokens, memory, mask)[:, -1]
            chosen = self.output(rows).argmax(-1)
            ended |= chosen == self.config["eos_token_id"]
            tokens = torch.cat((tokens, chosen[:, None]), dim=1)
        return tokens[:, 1:]
