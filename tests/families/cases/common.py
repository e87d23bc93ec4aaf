"""What configurations share."""

SMALL = dict(vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
             intermediate_size=24, max_position_embeddings=20)
LABELS = dict(id2label={0: "no", 1: "yes", 2: "perhaps"}, label2id={"no": 0, "yes": 1, "perhaps": 2})
TOKENS = dict(pad_token_id=0, bos_token_id=1, eos_token_id=2)


def rename(*pairs):
    def change(tensors):
        made = {}
        for name, value in tensors.items():
            for a, b in pairs:
                name = name.replace(a, b)
            made[name] = value
        return made
    return change


def drop(*keys):
    return lambda config: [config.pop(key, None) for key in keys]


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
