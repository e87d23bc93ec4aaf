"""Encoders of texts: BERT, its descendants, ESM."""

import torch
import transformers as t

from .common import LABELS, SMALL, drop, rename


def hub_bert(tensors):
    """bert-base-uncased as it lies on the hub: gamma and beta, positions, a pooler and a second head."""
    made = rename(("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias", "LayerNorm.beta"))(tensors)
    made["bert.embeddings.position_ids"] = torch.arange(20)[None]
    made["cls.seq_relationship.weight"] = torch.zeros(2, 16)
    made["cls.seq_relationship.bias"] = torch.zeros(2)
    return made


def old_modern(config):
    rope = config.pop("rope_parameters")
    config["global_rope_theta"] = rope["full_attention"]["rope_theta"]
    config["local_rope_theta"] = rope["sliding_attention"]["rope_theta"]
    drop("layer_types", "tie_word_embeddings")(config)
    config.update(global_attn_every_n_layers=2, layer_norm_eps=1e-5, reference_compile=False,
                  position_embedding_type="absolute", repad_logits_with_grad=False)


def encoders():
    roberta = dict(SMALL, type_vocab_size=1, max_position_embeddings=22, layer_norm_eps=1e-5)
    return {
        "bert-1": dict(config=t.BertConfig(**SMALL), model=t.BertModel),
        "bert-2": dict(config=t.BertConfig(**dict(SMALL, hidden_act="gelu_new", num_hidden_layers=1)),
                       model=t.BertForMaskedLM,
                       old=dict(config=drop("tie_word_embeddings", "is_decoder", "add_cross_attention"),
                                tensors=hub_bert)),
        "bert-3": dict(config=t.BertConfig(**SMALL, **LABELS), model=t.BertForSequenceClassification,
                       dtype=torch.float16),
        "bert-4": dict(config=t.BertConfig(**SMALL, **LABELS), model=t.BertForTokenClassification,
                       sharded=True),
        "bert-5": dict(config=t.BertConfig(**SMALL), model=t.BertForQuestionAnswering,
                       dtype=torch.bfloat16),
        "bert-6": dict(config=t.BertConfig(**SMALL), model=t.BertModel,
                       modules=dict(pooling="mean", normalize=True)),
        "bert-7": dict(config=t.BertConfig(**SMALL), model=t.BertModel,
                       modules=dict(pooling="max", dense=["Tanh"])),
        "roberta-1": dict(config=t.RobertaConfig(**roberta), model=t.RobertaForMaskedLM),
        "roberta-2": dict(config=t.RobertaConfig(**roberta, **LABELS),
                          model=t.RobertaForSequenceClassification,
                          old=dict(tensors=lambda x: dict(
                              x, **{"roberta.embeddings.position_ids": torch.arange(22)[None]}))),
        "roberta-3": dict(config=t.RobertaConfig(**dict(roberta, type_vocab_size=2)),
                          model=t.RobertaModel, dtype=torch.float16,
                          modules=dict(pooling="lasttoken", normalize=True)),
        "xlm-roberta-1": dict(config=t.XLMRobertaConfig(**roberta), model=t.XLMRobertaModel,
                              modules=dict(pooling="cls", normalize=True)),
        "xlm-roberta-2": dict(config=t.XLMRobertaConfig(**roberta, **LABELS),
                              model=t.XLMRobertaForTokenClassification, dtype=torch.bfloat16),
        "camembert-1": dict(config=t.CamembertConfig(**roberta), model=t.CamembertForMaskedLM),
        "camembert-2": dict(config=t.CamembertConfig(**roberta, **LABELS),
                            model=t.CamembertForSequenceClassification, dtype=torch.float16),
        "electra-1": dict(config=t.ElectraConfig(**SMALL, embedding_size=8),
                          model=t.ElectraForMaskedLM),
        "electra-2": dict(config=t.ElectraConfig(**SMALL, embedding_size=16),
                          model=t.ElectraForPreTraining),
        "electra-3": dict(config=t.ElectraConfig(**SMALL, embedding_size=8, **LABELS),
                          model=t.ElectraForSequenceClassification, dtype=torch.float16),
        "albert-1": dict(config=t.AlbertConfig(**dict(SMALL, num_hidden_layers=3), embedding_size=8),
                         model=t.AlbertForMaskedLM, unread=("albert.pooler.weight", "albert.pooler.bias")),
        "albert-2": dict(config=t.AlbertConfig(**dict(SMALL, num_hidden_layers=2), embedding_size=16,
                                               num_hidden_groups=2, inner_group_num=2, **LABELS),
                         spread=1.2, dtype=torch.float16, model=t.AlbertForSequenceClassification),
        "albert-3": dict(config=t.AlbertConfig(**SMALL, embedding_size=8), model=t.AlbertModel,
                         dtype=torch.float16),
    }


def later_encoders():
    distil = dict(vocab_size=40, dim=16, n_layers=2, n_heads=2, hidden_dim=24, max_position_embeddings=20)
    cases = {
        "distilbert-1": dict(config=t.DistilBertConfig(**distil), model=t.DistilBertForMaskedLM),
        "distilbert-2": dict(config=t.DistilBertConfig(**dict(distil, n_layers=3, activation="relu"),
                                                       **LABELS),
                             model=t.DistilBertForSequenceClassification, dtype=torch.float16),
        "mpnet-1": dict(config=t.MPNetConfig(**dict(SMALL, max_position_embeddings=22)),
                        model=t.MPNetForMaskedLM),
        "mpnet-2": dict(config=t.MPNetConfig(**dict(SMALL, max_position_embeddings=22)),
                        model=t.MPNetModel, modules=dict(pooling="mean", normalize=True)),
    }
    modern = dict(SMALL, num_hidden_layers=4, pad_token_id=0, bos_token_id=1, eos_token_id=2,
                  cls_token_id=1, sep_token_id=2, local_attention=6)
    cases.update({
        "modernbert-1": dict(config=t.ModernBertConfig(**modern), model=t.ModernBertForMaskedLM),
        "modernbert-2": dict(config=t.ModernBertConfig(**dict(modern, num_hidden_layers=2),
                                                       attention_bias=True, mlp_bias=True, norm_bias=True,
                                                       classifier_bias=True, classifier_pooling="mean",
                                                       global_attn_every_n_layers=2, **LABELS),
                             model=t.ModernBertForSequenceClassification, dtype=torch.float16,
                             old=dict(config=old_modern)),
        "modernbert-3": dict(config=t.ModernBertConfig(**modern), model=t.ModernBertModel,
                             dtype=torch.bfloat16, modules=dict(pooling="mean", normalize=True)),
        "modernbert-4": dict(config=t.ModernBertConfig(**dict(modern, num_hidden_layers=2), **LABELS),
                             model=t.ModernBertForTokenClassification, dtype=torch.float16),
        "modernbert-5": dict(config=t.ModernBertConfig(**dict(modern, num_hidden_layers=2)),
                             model=t.ModernBertForQuestionAnswering, dtype=torch.bfloat16),
        "nomic_bert-4": dict(config=t.NomicBertConfig(**SMALL, **LABELS), dtype=torch.bfloat16,
                             model=t.NomicBertForTokenClassification),
        "nomic_bert-1": dict(config=t.NomicBertConfig(**SMALL), model=t.NomicBertForMaskedLM),
        "nomic_bert-2": dict(config=t.NomicBertConfig(**SMALL, **LABELS), dtype=torch.float16,
                             model=t.NomicBertForSequenceClassification),
        "nomic_bert-3": dict(config=t.NomicBertConfig(**SMALL), model=t.NomicBertModel,
                             modules=dict(pooling="mean", normalize=True)),
    })
    return cases


def old_esm(tensors):
    """As the hub has ESM-2: frequencies in every layer, positions that nothing adds."""
    for i in range(2):
        name = f"esm.encoder.layer.{i}.attention.self.rotary_embeddings.inv_freq"
        tensors[name] = 1 / 10000 ** (torch.arange(0, 8, 2).float() / 8)
    tensors.pop("esm.rotary_embeddings.inv_freq", None)
    tensors["esm.embeddings.position_ids"] = torch.arange(20)[None]
    tensors["esm.embeddings.position_embeddings.weight"] = torch.ones(20, 16)
    return tensors


def esms():
    # The masked token is one of the texts'.
    small = dict(SMALL, mask_token_id=9, pad_token_id=1, layer_norm_eps=1e-5)
    contacts = tuple(f"{base}contact_head.regression.{end}" for base in ("", "esm.")
                     for end in ("weight", "bias"))
    cases = {
        "esm-1": dict(config=t.EsmConfig(**small, position_embedding_type="rotary", token_dropout=True),
                      model=t.EsmForMaskedLM),
        "esm-2": dict(config=t.EsmConfig(**small, position_embedding_type="rotary", token_dropout=True,
                                         **LABELS),
                      model=t.EsmForTokenClassification, dtype=torch.float16,
                      old=dict(config=lambda c: (drop("tie_word_embeddings", "rope_parameters",
                                                      "rope_theta")(c),
                                                 c.update(hidden_act="gelu", classifier_dropout=None)),
                               tensors=old_esm)),
        "esm-3": dict(config=t.EsmConfig(**dict(small, max_position_embeddings=22),
                                         emb_layer_norm_before=True, token_dropout=True, **LABELS),
                      model=t.EsmForSequenceClassification, dtype=torch.bfloat16),
        "esm-4": dict(config=t.EsmConfig(**dict(small, max_position_embeddings=22)), model=t.EsmModel,
                      modules=dict(pooling="mean", normalize=True)),
    }
    for case in cases.values():
        case["unread"] = contacts
    return cases
