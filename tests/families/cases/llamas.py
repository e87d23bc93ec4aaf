"""Decoders after Llama, and Gemma."""

import copy

import torch
import transformers as t

from .common import LABELS, SMALL, drop, old_rope, with_old_rope


def llamas():
    small = dict(SMALL, pad_token_id=0, bos_token_id=1, eos_token_id=2, num_key_value_heads=1)
    old = dict(config=old_rope)
    return {
        "llama-1": dict(config=t.LlamaConfig(**small), model=t.LlamaForCausalLM),
        "llama-2": dict(config=t.LlamaConfig(**small, **LABELS, attention_bias=True),
                        model=t.LlamaForSequenceClassification, old=old, dtype=torch.float16),
        "llama-3": dict(config=t.LlamaConfig(**small, **LABELS), model=t.LlamaForTokenClassification,
                        dtype=torch.bfloat16),
        "mistral-1": dict(config=t.MistralConfig(**small, sliding_window=4), model=t.MistralForCausalLM),
        "mistral-2": dict(config=t.MistralConfig(**small, sliding_window=4, **LABELS),
                          model=t.MistralForSequenceClassification, old=old, dtype=torch.bfloat16),
        "qwen2-1": dict(config=t.Qwen2Config(**small), model=t.Qwen2ForCausalLM, old=old),
        "qwen2-2": dict(config=t.Qwen2Config(**small, **LABELS),
                        model=t.Qwen2ForSequenceClassification, dtype=torch.float16),
        # Qwen3-Embedding: tensors of the base class, a class that continues texts.
        "qwen3-1": dict(config=t.Qwen3Config(**small, head_dim=8), model=t.Qwen3Model,
                        modules=dict(pooling="lasttoken", normalize=True), dtype=torch.bfloat16,
                        old=dict(config=lambda c: (old_rope(c),
                                                   c.update(architectures=["Qwen3ForCausalLM"])))),
        "qwen3-2": dict(config=t.Qwen3Config(**small, head_dim=12, **LABELS),
                        model=t.Qwen3ForSequenceClassification),
        "gemma-1": dict(config=t.GemmaConfig(**small, head_dim=12), model=t.GemmaForCausalLM),
        "gemma-2": dict(config=t.GemmaConfig(**small, head_dim=8), model=t.GemmaForCausalLM,
                        dtype=torch.bfloat16,
                        old=dict(config=lambda c: (old_rope(c), c.pop("tie_word_embeddings"),
                                                   c.update(hidden_act="gelu",
                                                            hidden_activation=None)))),
        "phi3-1": dict(config=t.Phi3Config(**small, sliding_window=4), model=t.Phi3ForCausalLM),
        "phi3-2": dict(config=t.Phi3Config(**small, partial_rotary_factor=0.5),
                       model=t.Phi3ForCausalLM, old=old, dtype=torch.float16),
        "smollm3-1": dict(config=t.SmolLM3Config(**small, no_rope_layers=[1, 0]),
                          model=t.SmolLM3ForCausalLM),
        # Where keys do not turn, their bias changes nothing.
        "smollm3-2": dict(unread=("model.layers.1.self_attn.k_proj.bias",),
                          config=t.SmolLM3Config(**dict(small, num_hidden_layers=3),
                                                 no_rope_layer_interval=2, attention_bias=True,
                                                 tie_word_embeddings=False),
                          model=t.SmolLM3ForCausalLM, old=old, dtype=torch.float16),
        "granite-1": dict(config=t.GraniteConfig(**small, embedding_multiplier=3.0, logits_scaling=5.0,
                                                 residual_multiplier=0.4, attention_multiplier=0.15),
                          model=t.GraniteForCausalLM),
        "granite-2": dict(config=t.GraniteConfig(**small, embedding_multiplier=12, logits_scaling=0.3,
                                                 residual_multiplier=0.22, attention_multiplier=0.5,
                                                 attention_bias=True, mlp_bias=True,
                                                 tie_word_embeddings=True),
                          model=t.GraniteForCausalLM, old=old, dtype=torch.float16),
    }


def olmos_to_starcoders():
    small = dict(SMALL, pad_token_id=0, bos_token_id=1, eos_token_id=2, num_key_value_heads=1)
    old = dict(config=old_rope)
    return {
        "olmo-1": dict(config=t.OlmoConfig(**small), model=t.OlmoForCausalLM),
        "olmo-2": dict(config=t.OlmoConfig(**dict(small, num_key_value_heads=2), attention_bias=True,
                                           tie_word_embeddings=True),
                       model=t.OlmoForCausalLM, old=old, dtype=torch.float16),
        "olmo-3": dict(config=t.OlmoConfig(**small, clip_qkv=1.5), model=t.OlmoForCausalLM),
        "olmo2-1": dict(config=t.Olmo2Config(**small), model=t.Olmo2ForCausalLM),
        "olmo2-2": dict(config=t.Olmo2Config(**dict(small, num_key_value_heads=2), attention_bias=True,
                                             rms_norm_eps=1e-6),
                        model=t.Olmo2ForCausalLM, old=old, dtype=torch.bfloat16),
        "cohere-1": dict(config=t.CohereConfig(**small, logit_scale=0.3), model=t.CohereForCausalLM),
        "cohere-2": dict(config=t.CohereConfig(**dict(small, num_attention_heads=4, num_key_value_heads=2),
                                               use_qk_norm=True, attention_bias=True),
                         model=t.CohereForCausalLM, old=with_old_rope("tie_word_embeddings"),
                         dtype=torch.float16),
        "cohere2-1": dict(config=t.Cohere2Config(**dict(small, num_hidden_layers=3), sliding_window=4,
                                                 sliding_window_pattern=3, logit_scale=0.3),
                          model=t.Cohere2ForCausalLM),
        "cohere2-2": dict(config=t.Cohere2Config(**small, sliding_window=5, sliding_window_pattern=2),
                          model=t.Cohere2ForCausalLM, dtype=torch.bfloat16,
                          old=dict(config=lambda c: (old_rope(c), drop("tie_word_embeddings")(c), c.update(
                              cache_implementation="hybrid", layer_switch=2, rotary_pct=1.0,
                              order_of_interleaved_layers="local_attn_first", sliding_window_pattern=2,
                              position_embedding_type="rope_gptj", use_embedding_sharing=True,
                              use_gated_activation=True, use_parallel_block=True,
                              use_parallel_embedding=False)))),
        "phi-1": dict(config=t.PhiConfig(**small), model=t.PhiForCausalLM),
        "phi-2": dict(config=t.PhiConfig(**dict(small, num_key_value_heads=2), qk_layernorm=True,
                                         partial_rotary_factor=0.75),
                      model=t.PhiForCausalLM, old=old, dtype=torch.float16),
        "phi-3": dict(config=t.PhiConfig(**small, **LABELS), model=t.PhiForSequenceClassification),
        "stablelm-1": dict(config=t.StableLmConfig(**small, use_qkv_bias=True),
                           model=t.StableLmForCausalLM),
        "stablelm-2": dict(config=t.StableLmConfig(**dict(small, num_attention_heads=4,
                                                          num_key_value_heads=2),
                                                   qk_layernorm=True, use_parallel_residual=True,
                                                   partial_rotary_factor=0.5),
                           model=t.StableLmForCausalLM, old=old, dtype=torch.float16),
        "starcoder2-1": dict(config=t.Starcoder2Config(**small, sliding_window=4),
                             model=t.Starcoder2ForCausalLM),
        "starcoder2-2": dict(config=t.Starcoder2Config(**small, use_bias=False, tie_word_embeddings=False),
                             model=t.Starcoder2ForCausalLM, dtype=torch.bfloat16,
                             old=dict(config=lambda c: (old_rope(c), c.update(
                                 mlp_type="default", norm_type="layer_norm", scale_attn_weights=True,
                                 layer_norm_epsilon=1e-5, activation_function="gelu",
                                 attention_softmax_in_fp32=True,
                                 scale_attention_softmax_in_fp32=True)))),
    }


def old_gemma3(config):
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope["full_attention"].pop("rope_theta")
    config["rope_local_base_freq"] = rope["sliding_attention"]["rope_theta"]
    config["rope_scaling"] = rope["full_attention"]
    config["sliding_window_pattern"] = config.pop("_sliding_window_pattern")
    drop("layer_types", "tie_word_embeddings", "use_bidirectional_attention")(config)
    config["cache_implementation"] = "hybrid"


def gemmas():
    small = dict(SMALL, num_key_value_heads=1, num_hidden_layers=3, head_dim=8, sliding_window=4,
                 query_pre_attn_scalar=5)
    two = dict(small, attn_logit_softcapping=4.0, final_logit_softcapping=3.0)
    turning = {"full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 300.0},
               "sliding_attention": {"rope_type": "default", "rope_theta": 50.0}}
    return {
        "gemma2-1": dict(config=t.Gemma2Config(**two), model=t.Gemma2ForCausalLM),
        "gemma2-2": dict(config=t.Gemma2Config(**dict(two, num_hidden_layers=2, attn_logit_softcapping=None,
                                                      attention_bias=True)),
                         model=t.Gemma2ForCausalLM, dtype=torch.bfloat16,
                         old=dict(config=lambda c: (old_rope(c), c.pop("tie_word_embeddings"), c.update(
                             hidden_act="gelu_pytorch_tanh", cache_implementation="hybrid",
                             sliding_window_size=4)))),
        "gemma2-3": dict(config=t.Gemma2Config(**two, **LABELS), model=t.Gemma2ForSequenceClassification,
                         dtype=torch.float16),
        "gemma3_text-1": dict(config=t.Gemma3TextConfig(**small, sliding_window_pattern=2,
                                                        rope_parameters=turning),
                              model=t.Gemma3ForCausalLM),
        "gemma3_text-2": dict(config=t.Gemma3TextConfig(**small, sliding_window_pattern=3,
                                                        rope_parameters=copy.deepcopy(turning)),
                              model=t.Gemma3ForCausalLM, dtype=torch.bfloat16,
                              old=dict(config=old_gemma3)),
        # EmbeddingGemma: both ways, a window about both sides, two linear layers behind the mean.
        "gemma3_text-3": dict(config=t.Gemma3TextConfig(**dict(small, sliding_window=6),
                                                        use_bidirectional_attention=True,
                                                        sliding_window_pattern=2),
                              model=t.Gemma3TextModel,
                              modules=dict(pooling="mean", dense=["Identity", "Identity"],
                                           normalize=True)),
    }
