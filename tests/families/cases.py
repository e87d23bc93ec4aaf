"""The configurations of make.py: name of the folder, ending in its number, and how it is made."""

import copy

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
                       modules=dict(pooling="max", dense=["Tanh"])),
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
    modern = dict(SMALL, num_hidden_layers=4, pad_token_id=0, bos_token_id=1, eos_token_id=2,
                  cls_token_id=1, sep_token_id=2, local_attention=6)
    cases.update({
        "modernbert-1": dict(config=t.ModernBertConfig(**modern), model=t.ModernBertForMaskedLM),
        "modernbert-2": dict(config=t.ModernBertConfig(**dict(modern, num_hidden_layers=2),
                                                       attention_bias=True, mlp_bias=True, norm_bias=True,
                                                       classifier_bias=True, classifier_pooling="mean",
                                                       global_attn_every_n_layers=2, **labels),
                             model=t.ModernBertForSequenceClassification, dtype=torch.float16,
                             old=dict(config=old_modern)),
        "modernbert-3": dict(config=t.ModernBertConfig(**modern), model=t.ModernBertModel,
                             dtype=torch.bfloat16, modules=dict(pooling="mean", normalize=True)),
        "modernbert-4": dict(config=t.ModernBertConfig(**dict(modern, num_hidden_layers=2), **labels),
                             model=t.ModernBertForTokenClassification, dtype=torch.float16),
        "modernbert-5": dict(config=t.ModernBertConfig(**dict(modern, num_hidden_layers=2)),
                             model=t.ModernBertForQuestionAnswering, dtype=torch.bfloat16),
        "nomic_bert-4": dict(config=t.NomicBertConfig(**SMALL, **labels), dtype=torch.bfloat16,
                             model=t.NomicBertForTokenClassification),
        "nomic_bert-1": dict(config=t.NomicBertConfig(**SMALL), model=t.NomicBertForMaskedLM),
        "nomic_bert-2": dict(config=t.NomicBertConfig(**SMALL, **labels), dtype=torch.float16,
                             model=t.NomicBertForSequenceClassification),
        "nomic_bert-3": dict(config=t.NomicBertConfig(**SMALL), model=t.NomicBertModel,
                             modules=dict(pooling="mean", normalize=True)),
    })
    return cases


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
    labels = dict(id2label={0: "no", 1: "yes", 2: "perhaps"}, label2id={"no": 0, "yes": 1, "perhaps": 2})
    both = dict(SMALL, relative_attention=True, pos_att_type=["c2p", "p2c"])
    one, two = t.DebertaConfig, t.DebertaV2Config
    # What adds the same to all scores of a query shows nowhere.
    silent = tuple(f"deberta.encoder.layer.{i}.attention.self.{name}.bias" for i in range(2)
                   for name in ("pos_key_proj", "key_proj"))
    return {
        "deberta-1": dict(config=one(**both, max_relative_positions=5, position_biased_input=False),
                          model=t.DebertaForMaskedLM),
        "deberta-2": dict(config=one(**dict(both, pos_att_type=["p2c"]), type_vocab_size=2,
                                     embedding_size=8, **labels),
                          model=t.DebertaForSequenceClassification, dtype=torch.float16,
                          old=dict(config=joined_types)),
        # Scores are divided as though there were positions.
        "deberta-3": dict(config=one(**dict(both, relative_attention=False), **labels),
                          model=t.DebertaForTokenClassification, dtype=torch.bfloat16),
        "deberta-4": dict(config=one(**dict(both, pos_att_type=["c2p"]), legacy=False,
                                     position_biased_input=False),
                          model=t.DebertaForMaskedLM),
        "deberta-v2-1": dict(config=two(**both, position_buckets=6, max_relative_positions=10,
                                        share_att_key=True, norm_rel_ebd="layer_norm", legacy=False,
                                        position_biased_input=False),
                             model=t.DebertaV2ForMaskedLM),
        "deberta-v2-2": dict(config=two(**dict(both, pos_att_type=["p2c"]), type_vocab_size=2,
                                        max_relative_positions=4, **labels),
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
        "deberta-v2-5": dict(config=two(**dict(both, pos_att_type=["c2p"]), **labels),
                             model=t.DebertaV2ForTokenClassification, unread=silent,
                             dtype=torch.float16),
        "deberta-v2-6": dict(config=two(**both, position_biased_input=False),
                             model=t.DebertaV2ForMaskedLM,
                             unread=tuple(x for x in silent if "pos_key" in x)),
    }


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
    labels = dict(id2label={0: "no", 1: "yes", 2: "perhaps"}, label2id={"no": 0, "yes": 1, "perhaps": 2})
    # The masked token is one of the texts'.
    small = dict(SMALL, mask_token_id=9, pad_token_id=1, layer_norm_eps=1e-5)
    contacts = tuple(f"{base}contact_head.regression.{end}" for base in ("", "esm.")
                     for end in ("weight", "bias"))
    cases = {
        "esm-1": dict(config=t.EsmConfig(**small, position_embedding_type="rotary", token_dropout=True),
                      model=t.EsmForMaskedLM),
        "esm-2": dict(config=t.EsmConfig(**small, position_embedding_type="rotary", token_dropout=True,
                                         **labels),
                      model=t.EsmForTokenClassification, dtype=torch.float16,
                      old=dict(config=lambda c: (drop("tie_word_embeddings", "rope_parameters",
                                                      "rope_theta")(c),
                                                 c.update(hidden_act="gelu", classifier_dropout=None)),
                               tensors=old_esm)),
        "esm-3": dict(config=t.EsmConfig(**dict(small, max_position_embeddings=22),
                                         emb_layer_norm_before=True, token_dropout=True, **labels),
                      model=t.EsmForSequenceClassification, dtype=torch.bfloat16),
        "esm-4": dict(config=t.EsmConfig(**dict(small, max_position_embeddings=22)), model=t.EsmModel,
                      modules=dict(pooling="mean", normalize=True)),
    }
    for case in cases.values():
        case["unread"] = contacts
    return cases


def old_modern(config):
    rope = config.pop("rope_parameters")
    config["global_rope_theta"] = rope["full_attention"]["rope_theta"]
    config["local_rope_theta"] = rope["sliding_attention"]["rope_theta"]
    drop("layer_types", "tie_word_embeddings")(config)
    config.update(global_attn_every_n_layers=2, layer_norm_eps=1e-5, reference_compile=False,
                  position_embedding_type="absolute", repad_logits_with_grad=False)


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


def with_old_rope(*dropped):
    """The same, without keys that transformers 4 had not."""
    return dict(config=lambda c: (old_rope(c), drop(*dropped)(c)))


def llamas():
    small = dict(SMALL, pad_token_id=0, bos_token_id=1, eos_token_id=2, num_key_value_heads=1)
    labels = dict(id2label={0: "no", 1: "yes", 2: "perhaps"}, label2id={"no": 0, "yes": 1, "perhaps": 2})
    old = dict(config=old_rope)
    cases = {
        "llama-1": dict(config=t.LlamaConfig(**small), model=t.LlamaForCausalLM),
        "llama-2": dict(config=t.LlamaConfig(**small, **labels, attention_bias=True),
                        model=t.LlamaForSequenceClassification, old=old, dtype=torch.float16),
        "llama-3": dict(config=t.LlamaConfig(**small, **labels), model=t.LlamaForTokenClassification,
                        dtype=torch.bfloat16),
        "mistral-1": dict(config=t.MistralConfig(**small, sliding_window=4), model=t.MistralForCausalLM),
        "mistral-2": dict(config=t.MistralConfig(**small, sliding_window=4, **labels),
                          model=t.MistralForSequenceClassification, old=old, dtype=torch.bfloat16),
        "qwen2-1": dict(config=t.Qwen2Config(**small), model=t.Qwen2ForCausalLM, old=old),
        "qwen2-2": dict(config=t.Qwen2Config(**small, **labels),
                        model=t.Qwen2ForSequenceClassification, dtype=torch.float16),
        # Qwen3-Embedding: tensors of the base class, a class that continues texts.
        "qwen3-1": dict(config=t.Qwen3Config(**small, head_dim=8), model=t.Qwen3Model,
                        modules=dict(pooling="lasttoken", normalize=True), dtype=torch.bfloat16,
                        old=dict(config=lambda c: (old_rope(c),
                                                   c.update(architectures=["Qwen3ForCausalLM"])))),
        "qwen3-2": dict(config=t.Qwen3Config(**small, head_dim=12, **labels),
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
        "phi-3": dict(config=t.PhiConfig(**small, **labels), model=t.PhiForSequenceClassification),
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
    return cases


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
    labels = dict(id2label={0: "no", 1: "yes", 2: "perhaps"}, label2id={"no": 0, "yes": 1, "perhaps": 2})
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
        "gemma2-3": dict(config=t.Gemma2Config(**two, **labels), model=t.Gemma2ForSequenceClassification,
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


def gpts():
    labels = dict(id2label={0: "no", 1: "yes", 2: "perhaps"}, label2id={"no": 0, "yes": 1, "perhaps": 2})
    tokens = dict(pad_token_id=0, bos_token_id=1, eos_token_id=2)
    neox = dict(SMALL, **tokens)
    bloom = dict(tokens, vocab_size=40, hidden_size=18, n_layer=2)
    falcon = dict(tokens, vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=4,
                  max_position_embeddings=20, ffn_hidden_size=24)
    gpt = dict(tokens, vocab_size=40, n_embd=16, n_layer=2, n_head=2, n_positions=20)
    neo = dict(tokens, vocab_size=40, hidden_size=16, num_layers=2, num_heads=2,
               max_position_embeddings=20)
    opt = dict(tokens, vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
               ffn_dim=24, max_position_embeddings=20)
    mpt = dict(tokens, vocab_size=40, n_layers=2, max_seq_len=20)
    keys = tuple(f"model.decoder.layers.{i}.self_attn.k_proj.bias" for i in range(2))
    rename_bare = rename(("transformer.", ""))
    return {
        "gpt2-1": dict(config=t.GPT2Config(**gpt, scale_attn_by_inverse_layer_idx=True),
                       model=t.GPT2LMHeadModel),
        "gpt2-2": dict(config=t.GPT2Config(**gpt, n_inner=24, **labels), dtype=torch.float16,
                       model=t.GPT2ForSequenceClassification),
        "gpt2-3": dict(config=t.GPT2Config(**gpt, n_inner=24, **labels), dtype=torch.float16,
                       model=t.GPT2ForTokenClassification),
        "gpt_neox-1": dict(config=t.GPTNeoXConfig(**neox, use_parallel_residual=False),
                           model=t.GPTNeoXForCausalLM),
        "gpt_neox-2": dict(config=t.GPTNeoXConfig(**neox, rotary_pct=0.5), model=t.GPTNeoXForCausalLM,
                           old=dict(config=old_neox, tensors=hub_neox), dtype=torch.float16),
        "gpt_neox-3": dict(config=t.GPTNeoXConfig(**neox, attention_bias=False, **labels),
                           model=t.GPTNeoXForSequenceClassification, dtype=torch.bfloat16),
        "bloom-1": dict(config=t.BloomConfig(**dict(bloom, hidden_size=16), n_head=4),
                        model=t.BloomForCausalLM),
        # Heads that are no power of two have slopes between the others'.
        "bloom-2": dict(config=t.BloomConfig(**bloom, n_head=6), model=t.BloomForCausalLM,
                        dtype=torch.float16, old=dict(config=old_bloom, tensors=rename_bare)),
        "falcon-1": dict(config=t.FalconConfig(**falcon), model=t.FalconForCausalLM),
        "falcon-2": dict(config=t.FalconConfig(**falcon, new_decoder_architecture=True, num_kv_heads=2),
                         model=t.FalconForCausalLM, old=with_old_rope("tie_word_embeddings"),
                         dtype=torch.bfloat16),
        "falcon-3": dict(config=t.FalconConfig(**falcon, alibi=True, parallel_attn=False,
                                               multi_query=False, bias=True),
                         model=t.FalconForCausalLM, dtype=torch.float16),
        "falcon-4": dict(config=t.FalconConfig(**falcon, new_decoder_architecture=True, num_kv_heads=2,
                                               num_ln_in_parallel_attn=1, **labels),
                         model=t.FalconForSequenceClassification),
        "gpt_bigcode-1": dict(config=t.GPTBigCodeConfig(**gpt), model=t.GPTBigCodeForCausalLM),
        "gpt_bigcode-2": dict(config=t.GPTBigCodeConfig(**gpt, multi_query=False, n_inner=24,
                                                        scale_attn_weights=False),
                              model=t.GPTBigCodeForCausalLM, spread=1.2, dtype=torch.float16,
                              old=dict(config=lambda c: c.update(
                                  inference_runner=0, max_batch_size=None, pad_key_length=True,
                                  pre_allocate_kv_cache=False, validate_runner_input=True))),
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
                                         word_embed_proj_dim=8, **labels),
                      model=t.OPTForSequenceClassification),
        "mpt-1": dict(config=t.MptConfig(**mpt, d_model=16, n_heads=2), model=t.MptForCausalLM),
        "mpt-3": dict(config=t.MptConfig(**mpt, d_model=16, n_heads=2, attn_config=dict(clip_qkv=1.5)),
                      model=t.MptForCausalLM),
        "mpt-2": dict(config=t.MptConfig(**mpt, d_model=18, n_heads=3,
                                         attn_config=dict(softmax_scale=0.2)),
                      model=t.MptForCausalLM, dtype=torch.bfloat16,
                      old=dict(tensors=rename_bare)),
    }


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


def experts():
    small = dict(SMALL, pad_token_id=0, bos_token_id=1, eos_token_id=2, num_key_value_heads=1)
    labels = dict(id2label={0: "no", 1: "yes", 2: "perhaps"}, label2id={"no": 0, "yes": 1, "perhaps": 2})
    moe = dict(small, num_experts_per_tok=2, intermediate_size=14)
    qwen = dict(moe, num_experts=4, moe_intermediate_size=10)
    oss = dict(moe, num_local_experts=3, head_dim=8, sliding_window=4)
    # Some pairs turn slower, some stay, and the ramp between them has no whole ends.
    yarn = dict(rope_type="yarn", rope_theta=500.0, factor=2.5, beta_fast=3.0, beta_slow=0.5,
                truncate=False, original_max_position_embeddings=8)
    cases = {
        "mixtral-1": dict(config=t.MixtralConfig(**moe, num_local_experts=4), model=t.MixtralForCausalLM),
        "mixtral-2": dict(config=t.MixtralConfig(**moe, num_local_experts=3, sliding_window=4),
                          model=t.MixtralForCausalLM, dtype=torch.bfloat16, old=dict(config=old_rope)),
        # What transformers 5 has in memory, and whoever saves that.
        "mixtral-3": dict(config=t.MixtralConfig(**moe, num_local_experts=3, **labels),
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
    for case in cases.values():
        case["config"]._experts_implementation = "eager"
        case["config"]._attn_implementation = "eager"
    return cases


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


def whispers():
    small = dict(vocab_size=40, num_mel_bins=6, d_model=16, encoder_layers=1, decoder_layers=2,
                 encoder_attention_heads=2, decoder_attention_heads=4, encoder_ffn_dim=20,
                 decoder_ffn_dim=16, max_source_positions=9, max_target_positions=20, pad_token_id=0,
                 bos_token_id=1, eos_token_id=2, decoder_start_token_id=1)
    return {
        "whisper-1": dict(config=t.WhisperConfig(**small, begin_suppress_tokens=[5, 2],
                                                 suppress_tokens=[7, 8]),
                          model=t.WhisperForConditionalGeneration, dtype=torch.float16),
        "whisper-2": dict(config=t.WhisperConfig(**dict(small, encoder_layers=2, decoder_layers=1),
                                                 activation_function="relu",
                                                 begin_suppress_tokens=[]),
                          model=t.WhisperForConditionalGeneration, dtype=torch.bfloat16,
                          old=dict(config=lambda c: (drop("tie_word_embeddings")(c), c.update(
                              forced_decoder_ids=[[1, 4], [2, 6]], num_hidden_layers=2)),
                              tensors=lambda made: {**made, "proj_out.weight":
                                                    made["model.decoder.embed_tokens.weight"].clone()})),
        "whisper-3": dict(config=t.WhisperConfig(**dict(small, decoder_layers=1, num_mel_bins=5),
                                                 begin_suppress_tokens=[]),
                          model=t.WhisperModel, dtype=torch.float16),
    }


def listeners():
    small = dict(vocab_size=12, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
                 intermediate_size=20, conv_dim=[6, 8, 10], conv_kernel=[5, 3, 2], conv_stride=[3, 2, 1],
                 num_conv_pos_embeddings=6, num_conv_pos_embedding_groups=4, feat_extract_norm="layer",
                 num_feat_extract_layers=3)
    keys = [f"{base}encoder.layers.{i}.attention.k_proj.bias" for i in range(2)
            for base in ("wav2vec2.", "hubert.", "")]
    names = (("parametrizations.weight.original0", "weight_g"),
             ("parametrizations.weight.original1", "weight_v"))
    cases = {
        "wav2vec2-1": dict(config=t.Wav2Vec2Config(**small), model=t.Wav2Vec2ForCTC, dtype=torch.float16),
        "wav2vec2-2": dict(config=t.Wav2Vec2Config(**dict(small, num_conv_pos_embeddings=5), conv_bias=True,
                                                   do_stable_layer_norm=True,
                                                   feat_extract_activation="gelu_new"),
                           model=t.Wav2Vec2Model, dtype=torch.bfloat16, old=dict(tensors=rename(*names))),
        "hubert-1": dict(config=t.HubertConfig(**small, feat_proj_layer_norm=False), model=t.HubertForCTC,
                         dtype=torch.float16),
        "hubert-2": dict(config=t.HubertConfig(**dict(small, num_conv_pos_embedding_groups=1,
                                                      num_hidden_layers=1), do_stable_layer_norm=True),
                         model=t.HubertModel, old=dict(tensors=rename(*names))),
    }
    for case in cases.values():
        case.update(samples=60, unread=keys + ["masked_spec_embed", "wav2vec2.masked_spec_embed",
                                               "hubert.masked_spec_embed"])
    return cases


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


def decoders():
    cases = {**llamas(), **gemmas(), **gpts(), **experts()}
    for case in cases.values():
        case["causal"] = "LM" in case["model"].__name__
    return cases


def towers(small, labels, numbers):
    texts = dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=2, intermediate_size=20,
                 vocab_size=30, max_position_embeddings=14, bos_token_id=0, eos_token_id=29)
    clip = dict(text_config=texts, vision_config=small, projection_dim=10)

    def old_clip(config):
        config["text_config_dict"] = None
        config["text_config"].update(bad_words_ids=None, top_k=50, torchscript=False, eos_token_id=2)

    def positions(tensors):
        return dict(tensors, **{"text_model.embeddings.position_ids": torch.arange(14)[None],
                                "vision_model.embeddings.position_ids": torch.arange(5)[None]})

    cases = {
        "clip-1": dict(config=t.CLIPConfig(**clip), model=t.CLIPModel, images="towers"),
        "clip-2": dict(config=t.CLIPConfig(**dict(clip, text_config=dict(texts, hidden_act="gelu"))),
                       model=t.CLIPModel, images="towers", dtype=torch.float16,
                       old=dict(config=old_clip, tensors=positions),
                       processor=t.CLIPImageProcessorPil(size=dict(shortest_edge=8),
                                                         crop_size=dict(height=8, width=8), **numbers)),
        "clip-3": dict(config=t.CLIPConfig(**clip, **labels), model=t.CLIPForImageClassification,
                       dtype=torch.bfloat16),
        "clip_vision_model-1": dict(config=t.CLIPVisionConfig(**small), model=t.CLIPVisionModel,
                                    images="towers"),
        "clip_vision_model-2": dict(config=t.CLIPVisionConfig(**small, projection_dim=10),
                                    model=t.CLIPVisionModelWithProjection, images="towers",
                                    dtype=torch.float16),
        "clip_text_model-1": dict(config=t.CLIPTextConfig(**texts), model=t.CLIPTextModel, images="towers"),
        "clip_text_model-2": dict(config=t.CLIPTextConfig(**texts, projection_dim=10),
                                  model=t.CLIPTextModelWithProjection, images="towers",
                                  dtype=torch.bfloat16),
        "siglip-1": dict(config=t.SiglipConfig(text_config=dict(texts, projection_size=16),
                                               vision_config=dict(small, image_size=11, num_hidden_layers=1)),
                         model=t.SiglipModel, images="towers"),
        "siglip-2": dict(config=t.SiglipConfig(text_config=texts, vision_config=small, **labels),
                         model=t.SiglipForImageClassification, dtype=torch.float16,
                         processor=t.SiglipImageProcessorPil(size=dict(height=8, width=8), **numbers)),
        "siglip_vision_model-1": dict(config=t.SiglipVisionConfig(**small), model=t.SiglipVisionModel,
                                      images="towers"),
        "siglip_vision_model-2": dict(config=t.SiglipVisionConfig(**small, vision_use_head=False),
                                      model=t.SiglipVisionModel, images="towers", dtype=torch.bfloat16),
        "siglip_text_model-1": dict(config=t.SiglipTextConfig(**texts, projection_size=12),
                                    model=t.SiglipTextModel, images="towers"),
        "siglip_text_model-2": dict(config=t.SiglipTextConfig(**dict(texts, hidden_act="gelu"),
                                                              projection_size=10),
                                    model=t.SiglipTextModel, images="towers", dtype=torch.float16),
    }
    return cases


def images():
    small = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
                 image_size=8, patch_size=4, num_channels=3)
    labels = dict(id2label={0: "no", 1: "yes", 2: "perhaps"}, label2id={"no": 0, "yes": 1, "perhaps": 2})
    numbers = dict(image_mean=[0.4, 0.5, 0.6], image_std=[0.2, 0.25, 0.3])
    cases = {
        "vit-1": dict(config=t.ViTConfig(**dict(small, image_size=[8, 12])), model=t.ViTModel),
        "vit-2": dict(config=t.ViTConfig(**small, **labels), model=t.ViTForImageClassification,
                      dtype=torch.float16, old=dict(config=drop("pooler_act", "pooler_output_size")),
                      processor=t.ViTImageProcessorPil(size=dict(height=8, width=8), **numbers)),
        # One channel, pixels left over behind the last patch, and names of tensors as version 5 has them.
        "vit-3": dict(config=t.ViTConfig(**dict(small, num_channels=1, image_size=9), qkv_bias=False,
                                         hidden_act="gelu_new", pooler_act="relu"),
                      model=t.ViTModel, dtype=torch.bfloat16, save=dict(save_original_format=False),
                      processor=t.ViTImageProcessorPil(size=dict(height=9, width=9), do_normalize=False)),
        "deit-1": dict(config=t.DeiTConfig(**small), model=t.DeiTModel),
        "deit-2": dict(config=t.DeiTConfig(**small, **labels),
                       model=t.DeiTForImageClassificationWithTeacher, dtype=torch.float16),
        "deit-3": dict(config=t.DeiTConfig(**small, **labels), model=t.DeiTForImageClassification,
                       save=dict(save_original_format=False),
                       processor=t.DeiTImageProcessorPil(size=dict(height=10, width=10), do_rescale=True,
                                                         crop_size=dict(height=8, width=8),
                                                         do_center_crop=True, **numbers)),
    }
    dino = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=12, patch_size=4,
                num_channels=3, mlp_ratio=2)
    crop = dict(crop_size=dict(height=8, width=12), do_center_crop=True, size=dict(shortest_edge=14), **numbers)
    cases.update({
        "dinov2-1": dict(config=t.Dinov2Config(**dino), model=t.Dinov2Model,
                         unread=("embeddings.mask_token",)),
        # Another size than the position table's, and a hub's keys.
        "dinov2-2": dict(config=t.Dinov2Config(**dino, use_swiglu_ffn=True, **labels), size=[8, 12],
                         model=t.Dinov2ForImageClassification, dtype=torch.float16,
                         unread=("dinov2.embeddings.mask_token",),
                         old=dict(config=drop("use_mask_token")),
                         processor=t.BitImageProcessorPil(**crop)),
        "dinov2-3": dict(config=t.Dinov2Config(**dino, use_swiglu_ffn=True, use_mask_token=False),
                         model=t.Dinov2Model, save=dict(save_original_format=False), dtype=torch.bfloat16),
        "dinov2_with_registers-1": dict(config=t.Dinov2WithRegistersConfig(**dino, num_register_tokens=3,
                                                                           **labels),
                                        model=t.Dinov2WithRegistersForImageClassification,
                                        unread=("dinov2_with_registers.embeddings.mask_token",)),
        "dinov2_with_registers-2": dict(config=t.Dinov2WithRegistersConfig(**dino, qkv_bias=False), size=[8, 12],
                                        model=t.Dinov2WithRegistersModel, dtype=torch.float16,
                                        unread=("embeddings.mask_token",),
                                        processor=t.BitImageProcessorPil(**crop)),
    })
    beit = dict(small, use_relative_position_bias=True, layer_scale_init_value=0.5)
    dino3 = dict(small, image_size=[8, 12], num_register_tokens=2, rope_theta=20.0)
    cases.update({
        "beit-1": dict(config=t.BeitConfig(**beit), model=t.BeitModel),
        "beit-2": dict(config=t.BeitConfig(**dict(beit, image_size=12), **labels), dtype=torch.float16,
                       model=t.BeitForImageClassification,
                       old=dict(config=drop("add_fpn", "stage_names"), tensors=lambda x: dict(
                           x, **{f"beit.encoder.layer.{i}.attention.attention.relative_position_bias."
                                 "relative_position_index": torch.zeros(10, 10, dtype=torch.long)
                                 for i in range(2)}))),
        "beit-3": dict(config=t.BeitConfig(**dict(small, layer_scale_init_value=0.0),
                                           use_shared_relative_position_bias=True,
                                           use_absolute_position_embeddings=True, use_mean_pooling=False),
                       model=t.BeitModel, dtype=torch.bfloat16, save=dict(save_original_format=False)),
        "dinov3_vit-1": dict(config=t.DINOv3ViTConfig(**dino3), model=t.DINOv3ViTModel,
                             unread=("embeddings.mask_token",)),
        "dinov3_vit-2": dict(config=t.DINOv3ViTConfig(**dict(dino3, num_register_tokens=0), use_gated_mlp=True,
                                                      hidden_act="silu", key_bias=True, query_bias=False),
                             model=t.DINOv3ViTModel, dtype=torch.float16, size=[12, 8],
                             unread=("embeddings.mask_token", "embeddings.register_tokens"),
                             save=dict(save_original_format=False),
                             processor=t.ViTImageProcessorPil(size=dict(height=12, width=8), **numbers)),
    })
    cases.update(towers(small, labels, numbers))
    for case in cases.values():
        case.setdefault("images", True)
        case["config"]._attn_implementation = "eager"
    return cases


def all_cases():
    import relatives
    made = {**images(), **encoders(), **debertas(), **esms(), **decoders(), **t5s(), **barts(), **whispers(), **listeners(),
            **relatives.encoders()}
    for name, case in relatives.decoders().items():
        case["causal"] = "LM" in case["model"].__name__
        made[name] = case
    return made
