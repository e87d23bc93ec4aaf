"""The configurations of make.py: name of the folder, ending in its number, and how it is made."""

import torch
import transformers as t

SMALL = dict(vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
             intermediate_size=24, max_position_embeddings=20)


def rename(*pairs):
    def change(tensors):
        made = {}
        for name, value in tensors.items():
            for a, b in pairs:
                name = name.replace(a, b)
            made[name] = value
        return made
    return change


def hub_bert(tensors):
    """bert-base-uncased as it lies on the hub: gamma and beta, positions, a pooler and a second head."""
    made = rename(("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias", "LayerNorm.beta"))(tensors)
    made["bert.embeddings.position_ids"] = torch.arange(20)[None]
    made["cls.seq_relationship.weight"] = torch.zeros(2, 16)
    made["cls.seq_relationship.bias"] = torch.zeros(2)
    return made


def drop(*keys):
    return lambda config: [config.pop(key, None) for key in keys]


def encoders():
    labels = dict(id2label={0: "no", 1: "yes", 2: "perhaps"}, label2id={"no": 0, "yes": 1, "perhaps": 2})
    roberta = dict(SMALL, type_vocab_size=1, max_position_embeddings=22, layer_norm_eps=1e-5)
    cases = {
        "bert-1": dict(config=t.BertConfig(**SMALL), model=t.BertModel),
        "bert-2": dict(config=t.BertConfig(**dict(SMALL, hidden_act="gelu_new", num_hidden_layers=1)),
                       model=t.BertForMaskedLM,
                       old=dict(config=drop("tie_word_embeddings", "is_decoder", "add_cross_attention"),
                                tensors=hub_bert)),
        "bert-3": dict(config=t.BertConfig(**SMALL, **labels), model=t.BertForSequenceClassification,
                       dtype=torch.float16),
        "bert-4": dict(config=t.BertConfig(**SMALL, **labels), model=t.BertForTokenClassification,
                       sharded=True),
        "bert-5": dict(config=t.BertConfig(**SMALL), model=t.BertForQuestionAnswering,
                       dtype=torch.bfloat16),
        "bert-6": dict(config=t.BertConfig(**SMALL), model=t.BertModel,
                       modules=dict(pooling="mean", normalize=True)),
        "bert-7": dict(config=t.BertConfig(**SMALL), model=t.BertModel,
                       modules=dict(pooling="max", dense=True)),
        "roberta-1": dict(config=t.RobertaConfig(**roberta), model=t.RobertaForMaskedLM),
        "roberta-2": dict(config=t.RobertaConfig(**roberta, **labels),
                          model=t.RobertaForSequenceClassification,
                          old=dict(tensors=lambda x: dict(
                              x, **{"roberta.embeddings.position_ids": torch.arange(22)[None]}))),
        "roberta-3": dict(config=t.RobertaConfig(**dict(roberta, type_vocab_size=2)),
                          model=t.RobertaModel, dtype=torch.float16,
                          modules=dict(pooling="lasttoken", normalize=True)),
        "xlm-roberta-1": dict(config=t.XLMRobertaConfig(**roberta), model=t.XLMRobertaModel,
                              modules=dict(pooling="cls", normalize=True)),
        "xlm-roberta-2": dict(config=t.XLMRobertaConfig(**roberta, **labels),
                              model=t.XLMRobertaForTokenClassification, dtype=torch.bfloat16),
        "camembert-1": dict(config=t.CamembertConfig(**roberta), model=t.CamembertForMaskedLM),
        "camembert-2": dict(config=t.CamembertConfig(**roberta, **labels),
                            model=t.CamembertForSequenceClassification, dtype=torch.float16),
        "electra-1": dict(config=t.ElectraConfig(**SMALL, embedding_size=8),
                          model=t.ElectraForMaskedLM),
        "electra-2": dict(config=t.ElectraConfig(**SMALL, embedding_size=16),
                          model=t.ElectraForPreTraining),
        "electra-3": dict(config=t.ElectraConfig(**SMALL, embedding_size=8, **labels),
                          model=t.ElectraForSequenceClassification, dtype=torch.float16),
        "albert-1": dict(config=t.AlbertConfig(**dict(SMALL, num_hidden_layers=3), embedding_size=8),
                         model=t.AlbertForMaskedLM, unread=("albert.pooler.weight", "albert.pooler.bias")),
        "albert-2": dict(config=t.AlbertConfig(**dict(SMALL, num_hidden_layers=2), embedding_size=16,
                                               num_hidden_groups=2, inner_group_num=2, **labels),
                         spread=1.2, dtype=torch.float16, model=t.AlbertForSequenceClassification),
        "albert-3": dict(config=t.AlbertConfig(**SMALL, embedding_size=8), model=t.AlbertModel,
                         dtype=torch.float16),
    }
    distil = dict(vocab_size=40, dim=16, n_layers=2, n_heads=2, hidden_dim=24, max_position_embeddings=20)
    cases.update({
        "distilbert-1": dict(config=t.DistilBertConfig(**distil), model=t.DistilBertForMaskedLM),
        "distilbert-2": dict(config=t.DistilBertConfig(**dict(distil, n_layers=3, activation="relu"),
                                                       **labels),
                             model=t.DistilBertForSequenceClassification, dtype=torch.float16),
        "mpnet-1": dict(config=t.MPNetConfig(**dict(SMALL, max_position_embeddings=22)),
                        model=t.MPNetForMaskedLM),
        "mpnet-2": dict(config=t.MPNetConfig(**dict(SMALL, max_position_embeddings=22)),
                        model=t.MPNetModel, modules=dict(pooling="mean", normalize=True)),
    })
    return cases


def old_rope(config):
    """Of transformers 4: what turns stands beside, a scaling in an object of its own."""
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    partial = rope.pop("partial_rotary_factor", None)
    if partial is not None:
        config["partial_rotary_factor"] = partial
    config["rope_scaling"] = None if rope["rope_type"] == "default" else rope
    for key in ("layer_types", "no_rope_layers"):
        config.pop(key, None)


def decoders():
    small = dict(SMALL, pad_token_id=0, bos_token_id=1, eos_token_id=2, num_key_value_heads=1)
    old = dict(config=old_rope)
    cases = {
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
        "smollm3-2": dict(unread=("model.layers.1.self_attn.k_proj.bias",), config=t.SmolLM3Config(**dict(small, num_hidden_layers=3),
                                                 no_rope_layer_interval=2, attention_bias=True,
                                                 tie_word_embeddings=False),
                          model=t.SmolLM3ForCausalLM, old=old, dtype=torch.float16),
    }
    for case in cases.values():
        case["causal"] = True
    return cases


def all_cases():
    return {**encoders(), **decoders()}
