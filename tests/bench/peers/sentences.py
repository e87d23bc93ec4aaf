"""A real BERT of sentence-transformers (all-MiniLM-L6-v2): fovea and ONNX Runtime with its fused operators, from
ids to the normalised mean, one thread each, by the clock."""
import argparse
import json
import os
import subprocess
import tempfile

import numpy as np
import onnxruntime
from onnx import TensorProto, helper
from safetensors.numpy import load_file

from common import bench, median, milliseconds, report, take_turns
from fused import FUSED, FusedGraph


class Graph(FusedGraph):
    """What ONNX Runtime's own transformer optimiser makes of such a model without padding."""

    def __init__(self, weights, config):
        super().__init__(weights, config["layer_norm_eps"])
        given = ["ids", "types"] + [self.constant(weights[f"embeddings.{name}_embeddings.weight"])
                                    for name in ("word", "position", "token_type")]
        self.nodes.append(helper.make_node("EmbedLayerNormalization", given + self.gains("embeddings.LayerNorm"),
                                           ["x", "unused"], domain=FUSED, epsilon=self.epsilon))
        x = "x"
        for i in range(config["num_hidden_layers"]):
            x = self.layer(f"encoder.layer.{i}.", x, config["num_attention_heads"])
        mean = self.node("ReduceMean", [x], axes=[1], keepdims=0)
        embedding = self.node("LpNormalization", [mean], axis=-1, p=2)
        ids = [helper.make_tensor_value_info(name, TensorProto.INT32, [1, "tokens"]) for name in ("ids", "types")]
        self.model = self.finish(
            "sentences", ids, [helper.make_tensor_value_info(embedding, TensorProto.FLOAT, [1, config["hidden_size"]])])

    def product(self, x, name):
        return self.node("MatMul", [x, self.constant(self.weights[name + ".weight"].T)])

    def add_and_norm(self, y, x, norm, dense):
        return self.node("SkipLayerNormalization",
                         [y, x, *self.gains(norm), self.constant(self.weights[dense + ".bias"])], FUSED,
                         epsilon=self.epsilon)

    def layer(self, prefix, x, heads):
        parts = [f"{prefix}attention.self.{name}" for name in ("query", "key", "value")]
        qkv = self.constant(np.concatenate([self.weights[p + ".weight"].T for p in parts], axis=1))
        bias = self.constant(np.concatenate([self.weights[p + ".bias"] for p in parts]))
        y = self.node("Attention", [x, qkv, bias], FUSED, num_heads=heads)
        dense = prefix + "attention.output.dense"
        x = self.add_and_norm(self.product(y, dense), x, prefix + "attention.output.LayerNorm", dense)
        up, down = prefix + "intermediate.dense", prefix + "output.dense"
        y = self.node("BiasGelu", [self.product(x, up), self.constant(self.weights[up + ".bias"])], FUSED)
        return self.add_and_norm(self.product(y, down), x, prefix + "output.LayerNorm", down)


def worst_difference(program, model, ids, wanted):
    """Of fovea's embedding from ONNX Runtime's, so that both are timed at the same work."""
    with tempfile.TemporaryDirectory() as folder:
        given = {"tokens": ids, "token_types": np.zeros_like(ids)}
        command = [program, "run", model, "--method", "encode", "--output-dir", folder]
        for name, array in given.items():
            np.save(os.path.join(folder, name + ".npy"), array)
            command += ["--input", f"{name}={folder}/{name}.npy"]
        subprocess.run(command, check=True, capture_output=True)
        return np.abs(np.load(os.path.join(folder, "embedding.npy")) - wanted).max()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fovea", required=True, help="the fovea program")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--tokens", type=int, nargs="*", default=[8, 32, 128])
    parser.add_argument("folder", help="config.json, model.safetensors, modules.json")
    arguments = parser.parse_args()
    with open(os.path.join(arguments.folder, "config.json")) as file:
        config = json.load(file)
    weights = load_file(os.path.join(arguments.folder, "model.safetensors"))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(Graph(weights, config).model.SerializeToString(), options,
                                           providers=["CPUExecutionProvider"])
    print(f"ONNX Runtime {onnxruntime.__version__}; one thread each; medians of {arguments.rounds} rounds in turn")
    width, ffn = config["hidden_size"], config["intermediate_size"]
    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "model.fovea")
        subprocess.run([arguments.fovea, "convert", "--quiet", arguments.folder, "-o", model], check=True)
        for tokens in arguments.tokens:
            ids = np.random.default_rng(1).integers(1000, 20000, tokens, np.int32)
            given = {"ids": ids[None], "types": np.zeros_like(ids)[None]}
            worst = worst_difference(arguments.fovea, model, ids, session.run(None, given)[0])
            if worst > 1e-5:
                raise SystemExit(f"embeddings of {tokens} tokens differ by {worst}")
            own, ort = take_turns(
                arguments.rounds,
                lambda: bench(arguments.fovea, model, "--method", "encode", "--set", f"tokens={tokens}"),
                lambda: milliseconds(lambda: session.run(None, given)))
            flops = config["num_hidden_layers"] * (2 * tokens * width * (4 * width + 2 * ffn) + 4 * tokens**2 * width)
            report(f"{tokens} tokens", [r["microseconds"]["median"] / 1e3 for r in own],
                   median([r["gflops_limit"]["median"] for r in own]), flops, {"ONNX Runtime": ort}, {})


if __name__ == "__main__":
    main()
