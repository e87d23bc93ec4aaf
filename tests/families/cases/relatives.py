"""Families that resemble those of the other files."""

import torch
import transformers as t

from .common import LABELS, SMALL, TOKENS, drop, old_rope, rename

ONE = dict(SMALL, num_hidden_layers=1)


def encoders():
    roberta = dict(ONE, type_vocab_size=1, max_position_embeddings=22, layer_norm_eps=1e-5)
    pages = dict(ONE, max_2d_position_embeddings=12)
    pooler = ("layoutlm.pooler.dense.weight", "layoutlm.pooler.dense.bias")
    euro = dict(SMALL, **TOKENS)
    return {
        "layoutlm-1": dict(config=t.LayoutLMConfig(**SMALL | dict(max_2d_position_embeddings=12)),
                           model=t.LayoutLMForMaskedLM, unread=pooler),
        "layoutlm-2": dict(config=t.LayoutLMConfig(**pages), model=t.LayoutLMForQuestionAnswering, unread=pooler,
                           dtype=torch.float16, old=dict(config=drop("tie_word_embeddings"))),
        "layoutlm-3": dict(config=t.LayoutLMConfig(**pages, **LABELS), dtype=torch.bfloat16,
                           model=t.LayoutLMForSequenceClassification),
        "layoutlm-4": dict(config=t.LayoutLMConfig(**pages, **LABELS), dtype=torch.bfloat16,
                           model=t.LayoutLMForTokenClassification, unread=pooler),
        "data2vec-text-1": dict(config=t.Data2VecTextConfig(**roberta), model=t.Data2VecTextForMaskedLM),
        "data2vec-text-2": dict(config=t.Data2VecTextConfig(**roberta, **LABELS),
                                model=t.Data2VecTextForSequenceClassification, dtype=torch.float16),
        "ernie-1": dict(config=t.ErnieConfig(**ONE, use_task_id=True, task_type_vocab_size=3),
                        model=t.ErnieForMaskedLM),
        "ernie-2": dict(config=t.ErnieConfig(**SMALL, **LABELS), dtype=torch.float16,
                        model=t.ErnieForSequenceClassification),
        "megatron-bert-1": dict(config=t.MegatronBertConfig(**SMALL), model=t.MegatronBertForMaskedLM),
        "megatron-bert-2": dict(config=t.MegatronBertConfig(**ONE, **LABELS), dtype=torch.float16,
                                model=t.MegatronBertForSequenceClassification),
        "roberta-prelayernorm-1": dict(config=t.RobertaPreLayerNormConfig(**roberta),
                                       model=t.RobertaPreLayerNormForMaskedLM),
        "roberta-prelayernorm-2": dict(config=t.RobertaPreLayerNormConfig(**roberta, **LABELS),
                                       model=t.RobertaPreLayerNormForTokenClassification,
                                       dtype=torch.float16),
        "xlm-roberta-xl-1": dict(config=t.XLMRobertaXLConfig(**roberta), model=t.XLMRobertaXLForMaskedLM),
        "xlm-roberta-xl-2": dict(config=t.XLMRobertaXLConfig(**roberta, **LABELS), dtype=torch.float16,
                                 model=t.XLMRobertaXLForSequenceClassification),
        "eurobert-1": dict(config=t.EuroBertConfig(**euro), model=t.EuroBertForMaskedLM),
        "eurobert-2": dict(config=t.EuroBertConfig(**dict(euro, num_hidden_layers=1),
                                                   num_key_value_heads=1, **LABELS),
                           model=t.EuroBertForSequenceClassification, dtype=torch.float16,
                           old=dict(config=old_rope)),
        "eurobert-3": dict(config=t.EuroBertConfig(**dict(euro, num_hidden_layers=1), attention_bias=True,
                                                   mlp_bias=True, classifier_pooling="mean", **LABELS),
                           model=t.EuroBertForSequenceClassification, dtype=torch.float16),
        "eurobert-4": dict(config=t.EuroBertConfig(**dict(euro, num_hidden_layers=1),
                                                   classifier_pooling="bos", **LABELS),
                           model=t.EuroBertForSequenceClassification, dtype=torch.bfloat16),
        # The hub's dialect.
        "nomic_bert-5": dict(config=t.NomicBertConfig(**SMALL), model=t.NomicBertModel,
                             modules=dict(pooling="mean", normalize=True),
                             old=dict(config=hub_nomic, tensors=without_pooler), no_pooled=True),
        "nomic_bert-6": dict(config=t.NomicBertConfig(**dict(ONE, hidden_act="gelu")),
                             model=t.NomicBertForMaskedLM, dtype=torch.float16,
                             old=dict(config=lambda c: (hub_nomic(c), c.update(
                                 activation_function="geglu",
                                 architectures=["NomicBertForPreTraining"])),
                                      tensors=rename(("nomic_bert.", "bert.")))),
    }


def without_pooler(tensors):
    return {k: v for k, v in tensors.items() if "pooler" not in k}


def hub_nomic(config):
    """nomic-embed-text-v1.5's config, in the words of GPT-2."""
    for new, old in (("hidden_size", "n_embd"), ("num_hidden_layers", "n_layer"),
                     ("num_attention_heads", "n_head"), ("intermediate_size", "n_inner"),
                     ("max_position_embeddings", "n_positions"), ("layer_norm_eps", "layer_norm_epsilon")):
        config[old] = config.pop(new)
    rope = config.pop("rope_parameters")
    drop("hidden_act", "head_dim", "hidden_dropout_prob", "attention_probs_dropout_prob",
         "classifier_dropout", "tie_word_embeddings")(config)
    config.update(
        activation_function="swiglu", attn_pdrop=0.0, auto_map={"AutoModel": "modeling.NomicBertModel"},
        causal=False, dense_seq_output=True, embd_pdrop=0.0, fused_bias_fc=True, fused_dropout_add_ln=True,
        max_trained_positions=20, mlp_fc1_bias=False, mlp_fc2_bias=False, pad_vocab_size_multiple=64,
        parallel_block=False, parallel_block_tied_norm=False, prenorm=False, qkv_proj_bias=False,
        reorder_and_upcast_attn=False, resid_pdrop=0.0, rotary_emb_base=rope["rope_theta"],
        rotary_emb_fraction=1.0, rotary_emb_interleaved=False, rotary_emb_scale_base=None,
        rotary_scaling_factor=None, scale_attn_by_inverse_layer_idx=False, scale_attn_weights=True,
        summary_activation=None, summary_first_dropout=0.0, summary_proj_to_labels=True,
        summary_type="cls_index", summary_use_proj=True, use_flash_attn=True, use_rms_norm=False,
        use_xentropy=True)


def answers():
    """Decoders that are asked where an answer is; some call their layers' part otherwise."""
    small = dict(ONE, **TOKENS)
    gpt = dict(TOKENS, vocab_size=40, n_embd=16, n_layer=1, n_head=2, n_positions=20, n_inner=24)
    return {
        "llama-4": dict(config=t.LlamaConfig(**small), model=t.LlamaForQuestionAnswering,
                        dtype=torch.float16),
        "mistral-3": dict(config=t.MistralConfig(**small, num_key_value_heads=1, sliding_window=4),
                          model=t.MistralForQuestionAnswering, dtype=torch.float16),
        "qwen2-3": dict(config=t.Qwen2Config(**small, num_key_value_heads=1), dtype=torch.bfloat16,
                        model=t.Qwen2ForQuestionAnswering),
        "gpt2-4": dict(config=t.GPT2Config(**gpt), model=t.GPT2ForQuestionAnswering,
                       dtype=torch.float16),
    }


def decoders():
    small = dict(SMALL, **TOKENS, num_key_value_heads=1)
    one = dict(small, num_hidden_layers=1)
    four = dict(SMALL, **TOKENS, num_key_value_heads=1, num_hidden_layers=4, intermediate_size=12)
    old = dict(config=old_rope)
    turning = {"full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 300.0},
               "sliding_attention": {"rope_type": "default", "rope_theta": 300.0}}
    cases = {
        "olmo3-1": dict(config=t.Olmo3Config(**four, sliding_window=4, rope_parameters=turning),
                        model=t.Olmo3ForCausalLM, old=dict(config=drop("layer_types"))),
        "olmo3-2": dict(config=t.Olmo3Config(**four, sliding_window=3, attention_bias=True,
                                             layer_types=["full_attention", "sliding_attention"] * 2),
                        model=t.Olmo3ForCausalLM, dtype=torch.bfloat16),
        "arcee-1": dict(config=t.ArceeConfig(**small), model=t.ArceeForCausalLM, spread=1.2),
        "arcee-2": dict(config=t.ArceeConfig(**one, attention_bias=True, mlp_bias=True, **LABELS),
                        model=t.ArceeForSequenceClassification, dtype=torch.float16, spread=1.2, old=old),
        "seed_oss-1": dict(config=t.SeedOssConfig(**small, head_dim=8), model=t.SeedOssForCausalLM),
        "seed_oss-2": dict(config=t.SeedOssConfig(**one, head_dim=12, attention_bias=False,
                                                  attention_out_bias=True, mlp_bias=True),
                           model=t.SeedOssForCausalLM, dtype=torch.bfloat16),
        "ernie4_5-1": dict(config=t.Ernie4_5Config(**small, head_dim=8), model=t.Ernie4_5ForCausalLM,
                           old=dict(config=drop("tie_word_embeddings"))),
        "ernie4_5-2": dict(config=t.Ernie4_5Config(**one, head_dim=12, use_bias=True,
                                                   tie_word_embeddings=False),
                           model=t.Ernie4_5ForCausalLM, dtype=torch.float16),
        "helium-1": dict(config=t.HeliumConfig(**small, head_dim=8), model=t.HeliumForCausalLM),
        "helium-2": dict(config=t.HeliumConfig(**one, head_dim=8, mlp_bias=True, attention_bias=True,
                                               tie_word_embeddings=True),
                         model=t.HeliumForCausalLM, dtype=torch.bfloat16, old=old),
        "cwm-1": dict(config=t.CwmConfig(**four, head_dim=8, sliding_window=4), model=t.CwmForCausalLM,
                      old=dict(config=drop("layer_types"))),
        "cwm-2": dict(config=t.CwmConfig(**small, head_dim=8, sliding_window=3, mlp_bias=True,
                                         layer_types=["sliding_attention", "full_attention"]),
                      model=t.CwmForCausalLM, dtype=torch.float16),
        "exaone4-1": dict(config=t.Exaone4Config(**four, sliding_window=4), model=t.Exaone4ForCausalLM),
        "exaone4-2": dict(config=t.Exaone4Config(**one, sliding_window=None, layer_types=["full_attention"]),
                          model=t.Exaone4ForCausalLM, dtype=torch.bfloat16),
        "exaone4-3": dict(config=t.Exaone4Config(**four, sliding_window=3, sliding_window_pattern=2),
                          model=t.Exaone4ForCausalLM, dtype=torch.float16,
                          old=dict(config=lambda c: (old_rope(c),
                                                     c.update(sliding_window_pattern="LG")))),
        "glm-1": dict(config=t.GlmConfig(**small, head_dim=8), model=t.GlmForCausalLM),
        "glm-2": dict(config=t.GlmConfig(**one, head_dim=8, attention_bias=False, **LABELS),
                      model=t.GlmForSequenceClassification, dtype=torch.bfloat16, old=old),
        "glm4-1": dict(config=t.Glm4Config(**small, head_dim=8), model=t.Glm4ForCausalLM),
        "glm4-2": dict(config=t.Glm4Config(**one, head_dim=16, attention_bias=False),
                       model=t.Glm4ForCausalLM, dtype=torch.float16),
        "nemotron-1": dict(config=t.NemotronConfig(**small), model=t.NemotronForCausalLM, spread=1.2),
        "nemotron-2": dict(config=t.NemotronConfig(**one, head_dim=8, attention_bias=True, mlp_bias=True),
                           model=t.NemotronForCausalLM, spread=1.2, dtype=torch.bfloat16, old=old),
        "ministral-1": dict(config=t.MinistralConfig(**small, head_dim=8, sliding_window=4,
                                                     layer_types=["full_attention", "sliding_attention"]),
                            model=t.MinistralForCausalLM),
        "ministral-2": dict(config=t.MinistralConfig(**one, head_dim=12, sliding_window=3),
                            model=t.MinistralForCausalLM, dtype=torch.float16,
                            old=dict(config=drop("layer_types"))),
    }
    return {**cases, **answers()}
