"""Characters to ids and back."""

import itertools

import torch


class Codec:
    """Characters to ids and back, by the tables of a config."""

    def __init__(self, config):
        self.config = config
        self.source = {c: i for i, c in enumerate(config["source_vocabulary"])}
        self.target = {c: i for i, c in enumerate(config["target_vocabulary"])}

    def encode(self, texts):
        """Padded ids [batch, longest text]."""
        unknown = self.config["unk_token_id"]
        rows = [torch.tensor([self.source.get(c, unknown) for c in t]) for t in texts]
        return torch.nn.utils.rnn.pad_sequence(
            rows, batch_first=True, padding_value=self.config["pad_token_id"])

    def targets(self, isos):
        """Ids [batch, 12] of <bos>, the date and <eos>."""
        bos, eos = self.config["bos_token_id"], self.config["eos_token_id"]
        return torch.tensor([[bos, *(self.target[c] for c in iso), eos] for iso in isos])

    def decode(self, row):
        """The text before <eos>."""
        ids = itertools.takewhile(lambda i: i != self.config["eos_token_id"], row)
        return "".join(self.config["target_vocabulary"][i] for i in ids)
