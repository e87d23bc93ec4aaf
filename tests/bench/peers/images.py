"""Towers of images: fovea and ONNX Runtime with its fused operators, one thread each."""
import argparse
import json
import os
import subprocess
import tempfile

import numpy as np
import onnxruntime
from onnx import TensorProto, helper
from safetensors.numpy import save_file

from common import bench, median, milliseconds, report, take_turns
from fused import FUSED, FusedGraph

SIDE, LAYERS = 224, 12
# name: width, heads, patch, and how Hugging Face names the tensors
VIT = {"layer": "encoder.layer.{}.", "q": "attention.attention.query", "k": "attention.attention.key",
       "v": "attention.attention.value", "o": "attention.output.dense", "n1": "layernorm_before",
       "n2": "layernorm_after", "u": "intermediate.dense", "d": "output.dense",
       "patch": "embeddings.patch_embeddings.projection", "class": "embeddings.cls_token",
       "position": "embeddings.position_embeddings", "last": "layernorm"}
CLIP = {"layer": "vision_model.encoder.layers.{}.", "q": "self_attn.q_proj", "k": "self_attn.k_proj",
        "v": "self_attn.v_proj", "o": "self_attn.out_proj", "n1": "layer_norm1", "n2": "layer_norm2",
        "u": "mlp.fc1", "d": "mlp.fc2", "patch": "vision_model.embeddings.patch_embedding",
        "class": "vision_model.embeddings.class_embedding",
        "position": "vision_model.embeddings.position_embedding.weight",
        "first": "vision_model.pre_layrnorm", "after": "vision_model.post_layernorm"}
SHAPES = {
    "ViT-tiny": (192, 3, 16, VIT, {"model_type": "vit", "architectures": ["ViTModel"], "hidden_act": "gelu",
                                   "layer_norm_eps": 1e-12}),
    "CLIP-B/32": (768, 12, 32, CLIP, {"model_type": "clip_vision_model", "architectures": ["CLIPVisionModel"],
                                      "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5}),
}


def random_weights(width, patch, names):
    rng = np.random.default_rng(0)
    weights = {}

    def add(name, *shape, around=0.0):
        weights[name] = (around + 0.05 * rng.standard_normal(shape)).astype(np.float32)

    tokens = (SIDE // patch) ** 2 + 1
    add(names["patch"] + ".weight", width, 3, patch, patch)
    if names is VIT:
        add(names["patch"] + ".bias", width)
        add(names["class"], 1, 1, width)
        add(names["position"], 1, tokens, width)
    else:
        add(names["class"], width)
        add(names["position"], tokens, width)
    norms = [names[n] for n in ("first", "last", "after") if n in names]
    for i in range(LAYERS):
        prefix = names["layer"].format(i)
        norms += [prefix + names["n1"], prefix + names["n2"]]
        for part, shape in {"q": (width, width), "k": (width, width), "v": (width, width), "o": (width, width),
                            "u": (4 * width, width), "d": (width, 4 * width)}.items():
            add(prefix + names[part] + ".weight", *shape)
            add(prefix + names[part] + ".bias", shape[0])
    for norm in norms:
        add(norm + ".weight", width, around=1.0)
        add(norm + ".bias", width)
    return weights


class Graph(FusedGraph):
    """What ONNX Runtime's own transformer optimiser makes of such a tower."""

    def __init__(self, weights, width, heads, patch, names, epsilon):
        super().__init__(weights, epsilon)
        self.names = names
        tokens = (SIDE // patch) ** 2
        given = ["pixels", self.constant(weights[names["patch"] + ".weight"])]
        if names["patch"] + ".bias" in weights:
            given.append(self.constant(weights[names["patch"] + ".bias"]))
        x = self.node("Conv", given, strides=[patch, patch])
        x = self.node("Reshape", [x, self.constant(np.array([1, width, tokens], np.int64))])
        x = self.node("Transpose", [x], perm=[0, 2, 1])
        x = self.node("Concat", [self.constant(weights[names["class"]].reshape(1, 1, width)), x], axis=1)
        x = self.node("Add", [x, self.constant(weights[names["position"]].reshape(1, tokens + 1, width))])
        if "first" in names:
            x = self.node("LayerNormalization", [x, *self.gains(names["first"])], epsilon=epsilon)
        normed = self.node("LayerNormalization", [x, *self.gains(names["layer"].format(0) + names["n1"])],
                           epsilon=epsilon)
        for i in range(LAYERS):
            x, normed = self.layer(i, x, normed, heads)
        shape = [1, tokens + 1, width]
        out = normed if "last" in names else x
        self.model = self.finish(
            "tower", [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
            [helper.make_tensor_value_info(out, TensorProto.FLOAT, shape)])

    def add_and_norm(self, y, x, norm, bias):
        name = f"s{len(self.nodes)}"
        self.nodes.append(helper.make_node(
            "SkipLayerNormalization", [y, x, *self.gains(norm), self.constant(bias)],
            [name + "n", "", "", name + "x"], domain=FUSED, epsilon=self.epsilon))
        return name + "x", name + "n"

    def layer(self, i, x, normed, heads):
        prefix, names = self.names["layer"].format(i), self.names

        def get(part, end):
            return self.weights[prefix + names[part] + end]

        qkv = self.constant(np.concatenate([get(p, ".weight").T for p in "qkv"], axis=1))
        biases = self.constant(np.concatenate([get(p, ".bias") for p in "qkv"]))
        y = self.node("Attention", [normed, qkv, biases], FUSED, num_heads=heads)
        y = self.node("MatMul", [y, self.constant(get("o", ".weight").T)])
        x, normed = self.add_and_norm(y, x, prefix + names["n2"], get("o", ".bias"))
        y = self.node("MatMul", [normed, self.constant(get("u", ".weight").T)])
        if names is VIT:
            y = self.node("BiasGelu", [y, self.constant(get("u", ".bias"))], FUSED)
        else:
            y = self.node("Add", [y, self.constant(get("u", ".bias"))])
            y = self.node("QuickGelu", [y], FUSED, alpha=1.702)
        y = self.node("MatMul", [y, self.constant(get("d", ".weight").T)])
        after = (names["layer"].format(i + 1) + names["n1"] if i + 1 < LAYERS
                 else names.get("last", names.get("after")))
        return self.add_and_norm(y, x, after, get("d", ".bias"))


def compare(program, name, rounds):
    width, heads, patch, names, config = SHAPES[name]
    config = config | {"hidden_size": width, "num_attention_heads": heads, "num_hidden_layers": LAYERS,
                       "intermediate_size": 4 * width, "image_size": SIDE, "patch_size": patch, "num_channels": 3}
    with tempfile.TemporaryDirectory() as folder:
        weights = random_weights(width, patch, names)
        with open(os.path.join(folder, "config.json"), "w") as file:
            json.dump(config, file)
        save_file(weights, os.path.join(folder, "model.safetensors"))
        model = os.path.join(folder, "model.fovea")
        subprocess.run([program, "convert", "--quiet", folder, "-o", model], check=True)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        graph = Graph(weights, width, heads, patch, names, config["layer_norm_eps"])
        session = onnxruntime.InferenceSession(graph.model.SerializeToString(), options,
                                               providers=["CPUExecutionProvider"])
        pixels = np.random.default_rng(1).standard_normal((1, 3, SIDE, SIDE)).astype(np.float32)
        own, ort = take_turns(rounds, lambda: bench(program, model),
                              lambda: milliseconds(lambda: session.run(None, {"pixels": pixels})))
        tokens = (SIDE // patch) ** 2 + 1
        flops = (LAYERS * (24 * tokens * width**2 + 4 * tokens**2 * width) +
                 2 * (tokens - 1) * 3 * patch**2 * width)
        report(f"{name}, {tokens} tokens", [r["microseconds"]["median"] / 1e3 for r in own],
               median([r["gflops_limit"]["median"] for r in own]), flops, {"ONNX Runtime": ort}, {})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fovea", required=True, help="the fovea program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("shapes", nargs="*", default=list(SHAPES))
    arguments = parser.parse_args()
    print(f"ONNX Runtime {onnxruntime.__version__}; one thread each; medians of {arguments.rounds} rounds in turn")
    for name in arguments.shapes:
        compare(arguments.fovea, name, arguments.rounds)


if __name__ == "__main__":
    main()
