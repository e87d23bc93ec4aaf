"""Decoders after GPT-2 and GPT-NeoX."""

import torch
import transformers as t

from .common import LABELS, SMALL, drop, rename, with_old_rope


def hub_neox(tensors):
    """Pythia as it lies on the hub: masks and frequencies in every layer."""
    for i in range(2):
        name = f"gpt_neox.layers.{i}.attention."
        tensors[name + "bias"] = torch.ones(1, 1, 20, 20, dtype=torch.bool).tril()
        tensors[name + "masked_bias"] = torch.tensor(-1e9)
        tensors[name + "rotary_emb.inv_freq"] = 1 / 10000 ** (torch.arange(0, 4, 2).float() / 4)
    return tensors


def old_neox(config):
    rope = config.pop("rope_parameters")
    config.update(rotary_pct=rope["partial_rotary_factor"], rotary_emb_base=10000, rope_scaling=None)


def old_bloom(config):
    config["n_embed"] = config.pop("hidden_size")
    config["num_attention_heads"] = config.pop("n_head")
    drop("tie_word_embeddings")(config)
    config.update(attention_softmax_in_fp32=True, bias_dropout_fusion=True, masked_softmax_fusion=True,
                  n_inner=None, offset_alibi=100, seq_length=64, skip_bias_add=True,
                  skip_bias_add_qkv=False, unk_token_id=0, pretraining_tp=4)


def old_masks(tensors):
    for i in range(2):
        tensors[f"transformer.h.{i}.attn.bias"] = torch.ones(1, 1, 20, 20, dtype=torch.uint8).tril()
        tensors[f"transformer.h.{i}.attn.masked_bias"] = torch.tensor(-1e9)
    return tensors


TOKENS = dict(pad_token_id=0, bos_token_id=1, eos_token_id=2)
GPT = dict(TOKENS, vocab_size=40, n_embd=16, n_layer=2, n_head=2, n_positions=20)


def gpts():
    neox = dict(SMALL, **TOKENS)
    bloom = dict(TOKENS, vocab_size=40, hidden_size=18, n_layer=2)
    falcon = dict(TOKENS, vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=4,
                  max_position_embeddings=20, ffn_hidden_size=24)
    gpt = GPT
    return {
        "gpt2-1": dict(config=t.GPT2Config(**gpt, scale_attn_by_inverse_layer_idx=True),
                       model=t.GPT2LMHeadModel),
        "gpt2-2": dict(config=t.GPT2Config(**gpt, n_inner=24, **LABELS), dtype=torch.float16,
                       model=t.GPT2ForSequenceClassification),
        "gpt2-3": dict(config=t.GPT2Config(**gpt, n_inner=24, **LABELS), dtype=torch.float16,
                       model=t.GPT2ForTokenClassification),
        "gpt_neox-1": dict(config=t.GPTNeoXConfig(**neox, use_parallel_residual=False),
                           model=t.GPTNeoXForCausalLM),
        "gpt_neox-2": dict(config=t.GPTNeoXConfig(**neox, rotary_pct=0.5), model=t.GPTNeoXForCausalLM,
                           old=dict(config=old_neox, tensors=hub_neox), dtype=torch.float16),
        "gpt_neox-3": dict(config=t.GPTNeoXConfig(**neox, attention_bias=False, **LABELS),
                           model=t.GPTNeoXForSequenceClassification, dtype=torch.bfloat16),
        "bloom-1": dict(config=t.BloomConfig(**dict(bloom, hidden_size=16), n_head=4),
                        model=t.BloomForCausalLM),
        # Heads that are no power of two have slopes between the others'.
        "bloom-2": dict(config=t.BloomConfig(**bloom, n_head=6), model=t.BloomForCausalLM,
                        dtype=torch.float16, old=dict(config=old_bloom, tensors=rename(("transformer.", "")))),
        "falcon-1": dict(config=t.FalconConfig(**falcon), model=t.FalconForCausalLM),
        "falcon-2": dict(config=t.FalconConfig(**falcon, new_decoder_architecture=True, num_kv_heads=2),
                         model=t.FalconForCausalLM, old=with_old_rope("tie_word_embeddings"),
                         dtype=torch.bfloat16),
        "falcon-3": dict(config=t.FalconConfig(**falcon, alibi=True, parallel_attn=False,
                                               multi_query=False, bias=True),
                         model=t.FalconForCausalLM, dtype=torch.float16),
        "falcon-4": dict(config=t.FalconConfig(**falcon, new_decoder_architecture=True, num_kv_heads=2,
                                               num_ln_in_parallel_attn=1, **LABELS),
                         model=t.FalconForSequenceClassification),
        "gpt_bigcode-1": dict(config=t.GPTBigCodeConfig(**gpt), model=t.GPTBigCodeForCausalLM),
        "gpt_bigcode-2": dict(config=t.GPTBigCodeConfig(**gpt, multi_query=False, n_inner=24,
                                                        scale_attn_weights=False),
                              model=t.GPTBigCodeForCausalLM, spread=1.2, dtype=torch.float16,
                              old=dict(config=lambda c: c.update(
                                  inference_runner=0, max_batch_size=None, pad_key_length=True,
                                  pre_allocate_kv_cache=False, validate_runner_input=True))),
    }


def gptjs_to_mpts():
    gpt = GPT
    neo = dict(TOKENS, vocab_size=40, hidden_size=16, num_layers=2, num_heads=2,
               max_position_embeddings=20)
    opt = dict(TOKENS, vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
               ffn_dim=24, max_position_embeddings=20)
    mpt = dict(TOKENS, vocab_size=40, n_layers=2, max_seq_len=20)
    keys = tuple(f"model.decoder.layers.{i}.self_attn.k_proj.bias" for i in range(2))
    return {
        "gptj-1": dict(config=t.GPTJConfig(**gpt, rotary_dim=4), model=t.GPTJForCausalLM),
        "gptj-2": dict(config=t.GPTJConfig(**gpt, rotary_dim=8, n_inner=24), model=t.GPTJForCausalLM,
                       dtype=torch.float16,
                       old=dict(config=lambda c: c.update(rotary=True, scale_attn_weights=True,
                                                          summary_type="cls_index"),
                                tensors=old_masks)),
        "codegen-1": dict(config=t.CodeGenConfig(**dict(gpt, n_head=4), rotary_dim=4),
                          model=t.CodeGenForCausalLM),
        # Heads as wide as two processors' shares.
        "codegen-2": dict(config=t.CodeGenConfig(**gpt, rotary_dim=6, n_inner=24),
                          model=t.CodeGenForCausalLM, dtype=torch.bfloat16,
                          old=dict(tensors=old_masks)),
        "gpt_neo-1": dict(config=t.GPTNeoConfig(**neo, window_size=4,
                                                attention_types=[[["global", "local"], 1]]),
                          model=t.GPTNeoForCausalLM, spread=1.2),
        "gpt_neo-2": dict(config=t.GPTNeoConfig(**dict(neo, num_layers=3), window_size=3,
                                                intermediate_size=24,
                                                attention_types=[[["local"], 2], [["global"], 1]]),
                          model=t.GPTNeoForCausalLM, spread=1.2, dtype=torch.float16,
                          old=dict(config=drop("attention_layers", "tie_word_embeddings"))),
        "opt-1": dict(config=t.OPTConfig(**opt), model=t.OPTForCausalLM, unread=keys),
        "opt-2": dict(config=t.OPTConfig(**opt, do_layer_norm_before=False, word_embed_proj_dim=8),
                      model=t.OPTForCausalLM, unread=keys, dtype=torch.float16,
                      old=dict(config=drop("tie_word_embeddings", "enable_bias"),
                               tensors=rename(("model.decoder", "decoder")))),
        "opt-3": dict(config=t.OPTConfig(**opt, enable_bias=False, layer_norm_elementwise_affine=False,
                                         word_embed_proj_dim=8, **LABELS),
                      model=t.OPTForSequenceClassification),
        "mpt-1": dict(config=t.MptConfig(**mpt, d_model=16, n_heads=2), model=t.MptForCausalLM),
        "mpt-3": dict(config=t.MptConfig(**mpt, d_model=16, n_heads=2, attn_config=dict(clip_qkv=1.5)),
                      model=t.MptForCausalLM),
        "mpt-2": dict(config=t.MptConfig(**mpt, d_model=18, n_heads=3,
                                         attn_config=dict(softmax_scale=0.2)),
                      model=t.MptForCausalLM, dtype=torch.bfloat16,
                      old=dict(tensors=rename(("transformer.", "")))),
    }
