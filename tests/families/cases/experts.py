"""Decoders with experts."""

import torch
import transformers as t

from .common import LABELS, SMALL, drop, old_rope


def fuse_experts(where, gate, up, down, to=None):
    """Experts as memory of transformers 5 has them: one tensor of all gates and what they gate."""
    def change(tensors):
        made, parts = {}, {}
        for name, value in tensors.items():
            at = name.find(f".{where}.experts.")
            if at < 0:
                made[name.replace(f".{where}.", f".{to or where}.")] = value
                continue
            number, kind, _ = name[at + len(f".{where}.experts."):].split(".")
            layer = parts.setdefault(name[:at], {})
            layer[kind, int(number)] = value
        for layer, all_of in parts.items():
            count = len(all_of) // 3
            name = f"{layer}.{to or where}.experts."
            made[name + "gate_up_proj"] = torch.stack(
                [torch.cat([all_of[gate, e], all_of[up, e]]) for e in range(count)])
            made[name + "down_proj"] = torch.stack([all_of[down, e] for e in range(count)])
        return made
    return change


def old_qwen_moe(config):
    old_rope(config)
    if "num_local_experts" in config:
        config["num_experts"] = config.pop("num_local_experts")
    config.update(max_window_layers=48, sliding_window=4096)


def old_gpt_oss(config):
    layers = config["layer_types"]
    old_rope(config)
    drop("swiglu_alpha")(config)
    config.update(layer_types=layers, experts_per_token=2, initial_context_length=8,
                  quantization_config=dict(quant_method="mxfp4", modules_to_not_convert=["lm_head"]))


SPARSE = dict(SMALL, pad_token_id=0, bos_token_id=1, eos_token_id=2, num_key_value_heads=1,
              num_experts_per_tok=2, intermediate_size=14)


def mixtrals_and_qwens():
    moe = SPARSE
    qwen = dict(moe, num_experts=4, moe_intermediate_size=10)
    return {
        "mixtral-1": dict(config=t.MixtralConfig(**moe, num_local_experts=4), model=t.MixtralForCausalLM),
        "mixtral-2": dict(config=t.MixtralConfig(**moe, num_local_experts=3, sliding_window=4),
                          model=t.MixtralForCausalLM, dtype=torch.bfloat16, old=dict(config=old_rope)),
        # What transformers 5 has in memory, and whoever saves that.
        "mixtral-3": dict(config=t.MixtralConfig(**moe, num_local_experts=3, **LABELS),
                          model=t.MixtralForSequenceClassification, dtype=torch.float16,
                          old=dict(tensors=fuse_experts("block_sparse_moe", "w1", "w3", "w2", "mlp"))),
        "qwen3_moe-1": dict(config=t.Qwen3MoeConfig(**qwen, head_dim=8, norm_topk_prob=True),
                            model=t.Qwen3MoeForCausalLM),
        "qwen3_moe-2": dict(config=t.Qwen3MoeConfig(**dict(qwen, num_hidden_layers=3), head_dim=8,
                                                    mlp_only_layers=[0]),
                            model=t.Qwen3MoeForCausalLM, dtype=torch.bfloat16,
                            old=dict(config=old_qwen_moe)),
        "qwen3_moe-3": dict(config=t.Qwen3MoeConfig(**dict(qwen, num_hidden_layers=2), head_dim=8,
                                                    decoder_sparse_step=2, attention_bias=True,
                                                    use_sliding_window=True, sliding_window=4),
                            model=t.Qwen3MoeForCausalLM, dtype=torch.float16,
                            old=dict(tensors=fuse_experts("mlp", "gate_proj", "up_proj", "down_proj"))),
        "qwen2_moe-1": dict(config=t.Qwen2MoeConfig(**qwen, shared_expert_intermediate_size=12),
                            model=t.Qwen2MoeForCausalLM),
        "qwen2_moe-2": dict(config=t.Qwen2MoeConfig(**qwen, shared_expert_intermediate_size=12,
                                                    norm_topk_prob=True, qkv_bias=False,
                                                    decoder_sparse_step=2),
                            model=t.Qwen2MoeForCausalLM, dtype=torch.bfloat16,
                            old=dict(config=lambda c: (old_qwen_moe(c), c.update(qkv_bias=False)))),
    }


def olmoes_and_granites():
    moe = SPARSE
    return {
        "olmoe-1": dict(config=t.OlmoeConfig(**moe, num_experts=4), model=t.OlmoeForCausalLM),
        "olmoe-2": dict(config=t.OlmoeConfig(**dict(moe, num_key_value_heads=2), num_experts=3,
                                             norm_topk_prob=True),
                        model=t.OlmoeForCausalLM, dtype=torch.bfloat16, old=dict(config=old_rope)),
        "granitemoe-1": dict(config=t.GraniteMoeConfig(**moe, num_local_experts=3, embedding_multiplier=3.0,
                                                       logits_scaling=5.0, residual_multiplier=0.4,
                                                       attention_multiplier=0.15),
                             model=t.GraniteMoeForCausalLM),
        "granitemoe-2": dict(config=t.GraniteMoeConfig(**moe, num_local_experts=4, attention_bias=True,
                                                       tie_word_embeddings=True),
                             model=t.GraniteMoeForCausalLM, dtype=torch.float16, old=dict(config=old_rope)),
        "granitemoeshared-1": dict(config=t.GraniteMoeSharedConfig(**moe, num_local_experts=3, shared_intermediate_size=9,
                                                                   residual_multiplier=0.6, attention_multiplier=0.2),
                                   model=t.GraniteMoeSharedForCausalLM),
        "granitemoeshared-2": dict(config=t.GraniteMoeSharedConfig(**moe, num_local_experts=4, shared_intermediate_size=20,
                                                                   tie_word_embeddings=True, logits_scaling=3.0),
                                   model=t.GraniteMoeSharedForCausalLM, dtype=torch.bfloat16, old=dict(config=old_rope)),
    }


def gpt_osses():
    oss = dict(SPARSE, num_local_experts=3, head_dim=8, sliding_window=4)
    # Some pairs turn slower, some stay, and the ramp between them has no whole ends.
    yarn = dict(rope_type="yarn", rope_theta=500.0, factor=2.5, beta_fast=3.0, beta_slow=0.5,
                truncate=False, original_max_position_embeddings=8)
    return {
        "gpt_oss-1": dict(config=t.GptOssConfig(**oss, rope_parameters=dict(yarn), swiglu_limit=1.0),
                          model=t.GptOssForCausalLM, dtype=torch.bfloat16),
        # Matrices in blocks of 32 columns, which is the least that MXFP4 has.
        "gpt_oss-2": dict(config=t.GptOssConfig(**dict(oss, hidden_size=32, intermediate_size=32,
                                                       vocab_size=24, num_attention_heads=2),
                                                rope_parameters=dict(yarn), swiglu_limit=1.5),
                          model=t.GptOssForCausalLM, dtype=torch.bfloat16, mxfp4=True,
                          old=dict(config=old_gpt_oss)),
        "gpt_oss-3": dict(config=t.GptOssConfig(**dict(oss, num_hidden_layers=3), attention_bias=False,
                                                rope_parameters=dict(yarn, truncate=True),
                                                swiglu_alpha=2.5,
                                                layer_types=["full_attention", "sliding_attention",
                                                             "sliding_attention"]),
                          model=t.GptOssForCausalLM, dtype=torch.float16),
    }


def experts():
    cases = {**mixtrals_and_qwens(), **olmoes_and_granites(), **gpt_osses()}
    for case in cases.values():
        case["config"]._experts_implementation = "eager"
        case["config"]._attn_implementation = "eager"
    return cases
