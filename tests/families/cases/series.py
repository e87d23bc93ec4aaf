"""What foresees: PatchTST."""

import torch
import transformers as t

from .common import LABELS


def trained_norms(model):
    """Means and variances of batch norms, which any type of numbers holds."""
    random = torch.Generator().manual_seed(5)
    for name, value in model.named_buffers():
        if name.endswith("running_mean"):
            value.data = torch.randn(value.shape, generator=random).bfloat16().float() / 2
        if name.endswith("running_var"):
            value.data = (0.5 + torch.rand(value.shape, generator=random)).bfloat16().float()


def series():
    small = dict(num_input_channels=3, context_length=21, patch_length=6, patch_stride=4, num_hidden_layers=2,
                 d_model=16, num_attention_heads=2, ffn_dim=24, prediction_length=5)
    cases = {
        "patchtst-1": dict(config=t.PatchTSTConfig(**small, pooling_type=None), model=t.PatchTSTForPrediction),
        # Norms of rows, behind parts; channels see each other.
        "patchtst-2": dict(config=t.PatchTSTConfig(**small, norm_type="layernorm", pre_norm=False, bias=False,
                                                   channel_attention=True, positional_encoding_type="random"),
                           model=t.PatchTSTForPrediction, dtype=torch.float16),
        "patchtst-3": dict(config=t.PatchTSTConfig(**dict(small, patch_stride=6), pre_norm=False, pooling_type="max",
                                                   num_targets=3, activation_function="relu", **LABELS),
                           model=t.PatchTSTForClassification, dtype=torch.bfloat16),
        "patchtst-4": dict(config=t.PatchTSTConfig(**dict(small, num_input_channels=1), num_targets=2, norm_eps=1e-3),
                           model=t.PatchTSTForRegression, dtype=torch.float16, old={}),
        "patchtst-5": dict(config=t.PatchTSTConfig(**dict(small, num_hidden_layers=1), do_mask_input=False),
                           model=t.PatchTSTModel),
    }
    for case in cases.values():
        config = case["config"]
        keys = [f"{base}encoder.layers.{i}.self_attn.k_proj.bias" for i in range(2) for base in ("model.", "")]
        case.update(samples=(config.context_length, config.num_input_channels), unread=keys, prepare=trained_norms,
                    spread=0.7)
    return cases
