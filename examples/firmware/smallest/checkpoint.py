#!/usr/bin/env python3
# checkpoint.py FOLDER: a checkpoint of an encoder of one layer, width 16, for 8 tokens, with
# numbers that look random and are always the same.
import json
import math
import os
import struct
import sys

WIDTH, HIDDEN, VOCABULARY, TOKENS = 16, 32, 24, 8

config = {
    "architectures": ["BertModel"], "model_type": "bert", "hidden_size": WIDTH,
    "intermediate_size": HIDDEN, "num_attention_heads": 2, "num_hidden_layers": 1,
    "vocab_size": VOCABULARY, "max_position_embeddings": TOKENS, "type_vocab_size": 2,
    "hidden_act": "relu", "layer_norm_eps": 1e-5, "position_embedding_type": "absolute",
}

shapes = {
    "embeddings.word_embeddings.weight": (VOCABULARY, WIDTH),
    "embeddings.position_embeddings.weight": (TOKENS, WIDTH),
    "embeddings.token_type_embeddings.weight": (2, WIDTH),
}
layer = "encoder.layer.0."
for name, outputs, inputs in (
        ("attention.self.query", WIDTH, WIDTH), ("attention.self.key", WIDTH, WIDTH),
        ("attention.self.value", WIDTH, WIDTH), ("attention.output.dense", WIDTH, WIDTH),
        ("intermediate.dense", HIDDEN, WIDTH), ("output.dense", WIDTH, HIDDEN)):
    shapes[layer + name + ".weight"] = (outputs, inputs)
    shapes[layer + name + ".bias"] = (outputs,)
for name in ("embeddings.LayerNorm", layer + "attention.output.LayerNorm",
             layer + "output.LayerNorm"):
    shapes[name + ".weight"] = shapes[name + ".bias"] = (WIDTH,)

header, data, count = {}, b"", 0
for name, shape in shapes.items():
    size = math.prod(shape)
    numbers = [math.sin(1.7 * (count + i) ** 1.1) / 2 for i in range(size)]
    if "LayerNorm.weight" in name:
        numbers = [1 + number / 4 for number in numbers]
    count += size
    header[name] = {"dtype": "F32", "shape": list(shape),
                    "data_offsets": [len(data), len(data) + 4 * size]}
    data += struct.pack("<%df" % size, *numbers)

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "config.json"), "w") as file:
    json.dump(config, file)
with open(os.path.join(folder, "model.safetensors"), "wb") as file:
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write(struct.pack("<Q", len(text)) + text + data)
