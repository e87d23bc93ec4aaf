"""What foresees: PatchTST, Chronos-Bolt."""

import inspect

import numpy
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


def chronos_bolt(config):
    """The model, whose instance norm is otherwise in single precision whatever the model's."""
    from chronos import chronos_bolt as package
    source = inspect.getsource(package.InstanceNorm).replace("float32", "float64")
    names = dict(vars(package))
    exec(source, names)
    model = package.ChronosBoltModelForForecasting(config)
    model.instance_norm = names["InstanceNorm"]()
    model.main_input_name = "past_values"
    return model


def gaps(values):
    """Numbers that are missing: all over, a whole piece, those before a short series, and all but one value of it."""
    values[0, 3::7] = numpy.nan
    values[1, 8:21] = numpy.nan
    values[2, :19] = numpy.nan
    values[3] = 2.7
    values[3, ::5] = numpy.nan


def quantiles():
    small = dict(d_model=16, d_kv=6, d_ff=20, num_layers=2, num_heads=2, decoder_start_token_id=0, is_encoder_decoder=True,
                 feed_forward_proj="relu", relative_attention_num_buckets=8, relative_attention_max_distance=12,
                 attn_implementation="eager")
    said = dict(context_length=24, input_patch_size=4, input_patch_stride=4, prediction_length=5,
                quantiles=[0.1, 0.25, 0.5, 0.9], use_reg_token=True)
    hub = dict(config=lambda c: c.update(chronos_pipeline_class="ChronosBoltPipeline", n_positions=512))

    def case(chronos, samples, **more):
        return dict(config=t.T5Config(**dict(small, **more.pop("t5", {})), vocab_size=2, chronos_config=dict(said, **chronos)),
                    model=chronos_bolt, spread=1.0, encoder=True, samples=(samples, 1), gaps=gaps,
                    unread=[f"decoder.block.{i}.layer.0.SelfAttention.{name}.weight" for i in range(3)
                            for name in ("q", "k", "relative_attention_bias")], **more)

    return {
        "chronos-bolt-1": case({}, 24, old=hub),
        # Without the token behind the pieces; a series shorter than the context, which is no number of whole pieces.
        "chronos-bolt-2": case(dict(use_reg_token=False, context_length=37, input_patch_size=5, input_patch_stride=5,
                                    quantiles=[0.5], prediction_length=7), 33, dtype=torch.bfloat16,
                               t5=dict(feed_forward_proj="gated-gelu", num_layers=1, num_decoder_layers=3)),
    }
