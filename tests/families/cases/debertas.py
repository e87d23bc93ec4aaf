"""DeBERTa of both versions."""

import torch
import transformers as t

from .common import LABELS, SMALL, drop


def joined_types(config):
    """Of the hub: a word for both types, and what the first releases wrote."""
    config["pos_att_type"] = "|".join(config["pos_att_type"])
    drop("tie_word_embeddings", "legacy")(config)
    config["padding_idx"] = 0


def hub_deberta(tensors):
    """deberta-v3 as it lies on the hub: positions that nothing adds, heads of pretraining."""
    tensors["deberta.embeddings.position_embeddings.weight"] = torch.ones(20, 16)
    tensors["lm_predictions.lm_head.bias"] = torch.ones(40)
    tensors["mask_predictions.dense.weight"] = torch.ones(16, 16)
    return tensors


def debertas():
    both = dict(SMALL, relative_attention=True, pos_att_type=["c2p", "p2c"])
    one, two = t.DebertaConfig, t.DebertaV2Config
    # What adds the same to all scores of a query shows nowhere.
    silent = tuple(f"deberta.encoder.layer.{i}.attention.self.{name}.bias" for i in range(2)
                   for name in ("pos_key_proj", "key_proj"))
    return {
        "deberta-1": dict(config=one(**both, max_relative_positions=5, position_biased_input=False),
                          model=t.DebertaForMaskedLM),
        "deberta-2": dict(config=one(**dict(both, pos_att_type=["p2c"]), type_vocab_size=2,
                                     embedding_size=8, **LABELS),
                          model=t.DebertaForSequenceClassification, dtype=torch.float16,
                          old=dict(config=joined_types)),
        # Scores are divided as though there were positions.
        "deberta-3": dict(config=one(**dict(both, relative_attention=False), **LABELS),
                          model=t.DebertaForTokenClassification, dtype=torch.bfloat16),
        "deberta-4": dict(config=one(**dict(both, pos_att_type=["c2p"]), legacy=False,
                                     position_biased_input=False),
                          model=t.DebertaForMaskedLM),
        "deberta-v2-1": dict(config=two(**both, position_buckets=6, max_relative_positions=10,
                                        share_att_key=True, norm_rel_ebd="layer_norm", legacy=False,
                                        position_biased_input=False),
                             model=t.DebertaV2ForMaskedLM),
        "deberta-v2-2": dict(config=two(**dict(both, pos_att_type=["p2c"]), type_vocab_size=2,
                                        max_relative_positions=4, **LABELS),
                             model=t.DebertaV2ForSequenceClassification, dtype=torch.float16),
        "deberta-v2-3": dict(config=two(**both, position_buckets=8, share_att_key=True,
                                        norm_rel_ebd="layer_norm", conv_kernel_size=3, conv_act="gelu",
                                        attention_head_size=8, position_biased_input=False),
                             model=t.DebertaV2Model, dtype=torch.bfloat16,
                             old=dict(config=joined_types,
                                      tensors=lambda x: hub_deberta({"deberta." + k: v
                                                                     for k, v in x.items()})),
                             modules=dict(pooling="mean", normalize=True)),
        "deberta-v2-4": dict(config=two(**dict(both, relative_attention=False), embedding_size=8),
                             model=t.DebertaV2ForQuestionAnswering, unread=silent),
        "deberta-v2-5": dict(config=two(**dict(both, pos_att_type=["c2p"]), **LABELS),
                             model=t.DebertaV2ForTokenClassification, unread=silent,
                             dtype=torch.float16),
        "deberta-v2-6": dict(config=two(**both, position_biased_input=False),
                             model=t.DebertaV2ForMaskedLM,
                             unread=tuple(x for x in silent if "pos_key" in x)),
    }
