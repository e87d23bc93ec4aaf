"""What an encoder reads and a decoder writes: T5, BART."""

import torch
import transformers as t

from .common import drop


def old_t5(config):
    drop("scale_decoder_outputs", "dense_act_fn", "is_gated_act", "classifier_dropout")(config)
    config.update(n_positions=512, output_past=True, decoder_start_token_id=0,
                  task_specific_params=dict(summarization=dict(num_beams=4)))


def hub_t5(tensors):
    """t5-small as it lies on the hub: each use of the embedding, and a bias that nobody reads."""
    made = dict(tensors)
    for name in "encoder.embed_tokens", "decoder.embed_tokens", "lm_head":
        made[f"{name}.weight"] = tensors["shared.weight"].clone()
    made["decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"] = torch.zeros(8, 2)
    return made


def t5s():
    small = dict(vocab_size=40, d_model=16, d_kv=6, d_ff=24, num_layers=2, num_heads=2,
                 relative_attention_num_buckets=8, relative_attention_max_distance=10)
    return {
        "t5-1": dict(config=t.T5Config(**small), model=t.T5ForConditionalGeneration, spread=1.0),
        "t5-2": dict(config=t.T5Config(**dict(small, num_layers=1), num_decoder_layers=2),
                     model=t.T5ForConditionalGeneration, spread=1.0, dtype=torch.float16,
                     old=dict(config=old_t5, tensors=hub_t5)),
        # Version 1.1, Flan-T5: a head of its own.
        "t5-3": dict(config=t.T5Config(**small, feed_forward_proj="gated-gelu",
                                       tie_word_embeddings=False, decoder_start_token_id=0),
                     model=t.T5ForConditionalGeneration, spread=1.0, own_head=True,
                     dtype=torch.bfloat16,
                     old=dict(config=lambda c: (drop("scale_decoder_outputs")(c),
                                                c.update(tie_word_embeddings=False)))),
        "t5-4": dict(config=t.T5Config(**small), model=t.T5EncoderModel, spread=1.0, encoder=True,
                     modules=dict(pooling="mean", normalize=True)),
        "t5-5": dict(config=t.T5Config(**small, feed_forward_proj="gated-silu"), model=t.T5Model,
                     spread=1.0),
        "mt5-1": dict(config=t.MT5Config(**dict(small, d_ff=20)), model=t.MT5ForConditionalGeneration, spread=1.0),
        "mt5-2": dict(config=t.MT5Config(**dict(small, d_kv=10, relative_attention_num_buckets=12)),
                      model=t.MT5ForConditionalGeneration, spread=1.0, own_head=True, sharded=True, dtype=torch.bfloat16,
                      old=dict(config=lambda c: c.update(tie_word_embeddings=False,
                                                         num_decoder_layers=None))),
        "mt5-3": dict(config=t.MT5Config(**dict(small, num_layers=1)), model=t.MT5EncoderModel,
                      spread=1.0, encoder=True, dtype=torch.float16),
    }


def hub_uses(tensors):
    """Every use of the embedding by its own name, as PyTorch saves them."""
    made = dict(tensors)
    for name in "model.encoder.embed_tokens", "model.decoder.embed_tokens", "lm_head":
        made[f"{name}.weight"] = tensors["model.shared.weight"].clone()
    return made


def one_use(name):
    return lambda tensors: {n.replace("model.shared", name): v for n, v in tensors.items()}


def old_bart(config):
    drop("tie_word_embeddings")(config)
    config.update(normalize_before=False, add_final_layer_norm=False, normalize_embedding=True,
                  static_position_embeddings=False, add_bias_logits=False, extra_pos_embeddings=2,
                  num_hidden_layers=1, classif_dropout=0.0, _num_labels=3, num_beams=4,
                  force_bos_token_to_be_generated=True, no_repeat_ngram_size=3)


def with_bias(model):
    """final_logits_bias is a buffer, of zeros unless somebody trained it."""
    random = torch.Generator().manual_seed(3)
    bias = torch.randn(model.final_logits_bias.shape, generator=random)
    model.final_logits_bias = bias.to(torch.bfloat16).float()  # stored in whatever type


def own_positions(model):
    """A table of sinusoids that was trained on."""
    random = torch.Generator().manual_seed(4)
    for side in model.model.encoder, model.model.decoder:
        table = side.embed_positions.weight
        table.data = torch.randn(table.shape, generator=random)


def barts():
    small = dict(vocab_size=40, d_model=16, encoder_layers=1, decoder_layers=2, encoder_attention_heads=2,
                 decoder_attention_heads=4, encoder_ffn_dim=20, decoder_ffn_dim=16,
                 max_position_embeddings=20)
    keys = [f"model.{side}.layers.{i}.{kind}.k_proj.bias" for side in ("encoder", "decoder")
            for i in range(2) for kind in ("self_attn", "encoder_attn")]
    keys += [k.removeprefix("model.") for k in keys]

    cases = {
        "bart-1": dict(config=t.BartConfig(**small), model=t.BartForConditionalGeneration),
        "bart-2": dict(config=t.BartConfig(**small, scale_embedding=True, activation_function="gelu_new"),
                       model=t.BartForConditionalGeneration, prepare=with_bias, dtype=torch.float16,
                       old=dict(config=old_bart, tensors=hub_uses)),
        "bart-3": dict(config=t.BartConfig(**dict(small, decoder_layers=1)), model=t.BartModel),
        "mbart-1": dict(config=t.MBartConfig(**dict(small, decoder_layers=1), scale_embedding=True),
                        model=t.MBartForConditionalGeneration),
        "mbart-2": dict(config=t.MBartConfig(**small, activation_function="relu"), prepare=with_bias,
                        model=t.MBartForConditionalGeneration, dtype=torch.bfloat16,
                        old=dict(config=lambda c: c.update(
                            normalize_before=True, add_final_layer_norm=True, normalize_embedding=True,
                            static_position_embeddings=False), tensors=one_use("lm_head"))),
        "marian-1": dict(config=t.MarianConfig(**small, pad_token_id=39, decoder_start_token_id=39,
                                               scale_embedding=True, activation_function="swish"),
                         model=t.MarianMTModel, prepare=with_bias,
                         old=dict(config=lambda c: (drop("tie_word_embeddings")(c), c.update(
                             bad_words_ids=[[39]], num_beams=6, max_length=512,
                             static_position_embeddings=True, normalize_before=False)))),
        # Two languages' own embeddings.
        "marian-2": dict(config=t.MarianConfig(**dict(small, encoder_layers=2, decoder_layers=1),
                                               pad_token_id=36, decoder_start_token_id=36,
                                               share_encoder_decoder_embeddings=False,
                                               tie_word_embeddings=False, decoder_vocab_size=37),
                         model=t.MarianMTModel, prepare=with_bias, dtype=torch.float16, vocabulary=37),
        "pegasus-1": dict(config=t.PegasusConfig(**small, scale_embedding=True),
                          model=t.PegasusForConditionalGeneration, prepare=own_positions,
                          dtype=torch.float16),
        "pegasus-2": dict(config=t.PegasusConfig(**dict(small, decoder_layers=1),
                                                 activation_function="relu"),
                          model=t.PegasusForConditionalGeneration, prepare=with_bias,
                          old=dict(config=lambda c: c.update(static_position_embeddings=True,
                                                             normalize_before=True,
                                                             add_final_layer_norm=True),
                                   tensors=lambda made: {n: v for n, v in made.items()
                                                         if "embed_positions" not in n})),
        "m2m_100-1": dict(config=t.M2M100Config(**dict(small, decoder_layers=1)),
                          model=t.M2M100ForConditionalGeneration),
        "m2m_100-2": dict(config=t.M2M100Config(**small, pad_token_id=0, scale_embedding=False),
                          model=t.M2M100ForConditionalGeneration, dtype=torch.bfloat16,
                          old=dict(config=drop("tie_word_embeddings"),
                                   tensors=one_use("model.encoder.embed_tokens"))),
    }
    for case in cases.values():
        case["unread"] = keys
    return cases
