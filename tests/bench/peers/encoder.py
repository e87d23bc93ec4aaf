"""Encoders: fovea, ONNX Runtime with its fused operators, and PyTorch, one thread each."""
import argparse
import json
import os
import subprocess
import tempfile

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

from common import bench, median, milliseconds, report, take_turns

# name: layers, width, heads, FFN width, tokens to run, ONNX Runtime's share when quiet
SHAPES = {
    "MiniLM-L6": (6, 384, 12, 1536, {16: 0.36, 128: 0.60, 512: 0.55}),
    "KWT-1": (12, 64, 1, 256, {99: 0.34}),
}


def random_layers(layers, width, ffn):
    """Weights by the names of the encoder layout, matrices as [outputs, inputs]."""
    rng = np.random.default_rng(0)
    weights = {}
    for i in range(layers):
        prefix = f"layers.{i}."
        shapes = {f"attention.{n}": (width, width) for n in ("query", "key", "value", "output")}
        shapes |= {"ffn.up": (ffn, width), "ffn.down": (width, ffn)}
        for name, shape in shapes.items():
            weights[f"{prefix}{name}.weight"] = rng.standard_normal(shape, np.float32) * 0.05
            weights[f"{prefix}{name}.bias"] = rng.standard_normal(shape[0], np.float32) * 0.05
        for name in ("attention_norm", "ffn_norm"):
            weights[f"{prefix}{name}.weight"] = np.ones(width, np.float32)
            weights[f"{prefix}{name}.bias"] = np.zeros(width, np.float32)
    return weights


def fovea_model(program, folder, layers, width, heads, ffn, tokens):
    """The encoder as a .fovea file; features of the model's own width are its input."""
    config = {
        "model_type": "fovea-encoder", "input": "features", "features": width,
        "max_tokens": tokens, "width": width, "heads": heads, "layers": layers,
        "ffn_width": ffn, "activation": "gelu", "norm": "layer", "norm_eps": 1e-5,
        "norm_position": "post", "positions": "none", "class_token": False, "pooling": "none",
    }
    weights = random_layers(layers, width, ffn)
    weights["features.weight"] = np.eye(width, dtype=np.float32)
    weights["features.bias"] = np.zeros(width, np.float32)
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file)
    save_file(weights, os.path.join(folder, "model.safetensors"))
    model = os.path.join(folder, "model.fovea")
    subprocess.run([program, "convert", folder, "-o", model], check=True)
    return model


def onnx_model(layers, width, heads, ffn):
    """The graph that ONNX Runtime's own transformer optimiser makes of such an encoder."""
    weights = random_layers(layers, width, ffn)
    nodes, constants = [], []

    def constant(name, array):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(kind, inputs, output, **attributes):
        domain = "" if kind == "MatMul" else "com.microsoft"
        nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output

    x = "x"
    for i in range(layers):
        def get(name, layer=i):
            return weights[f"layers.{layer}.{name}"]

        def norm(y, residual, bias, name, layer=i):
            return node("SkipLayerNormalization",
                        [y, residual, constant(f"{name}.g{layer}", get(f"{name}.weight")),
                         constant(f"{name}.b{layer}", get(f"{name}.bias")),
                         constant(f"{name}.s{layer}", get(bias))],
                        f"{name}{layer}", epsilon=1e-5)

        parts = ["attention." + n for n in ("query", "key", "value")]
        qkv = constant(f"qkv{i}", np.concatenate([get(p + ".weight").T for p in parts], axis=1))
        qkv_bias = constant(f"qkvb{i}", np.concatenate([get(p + ".bias") for p in parts]))
        y = node("Attention", [x, qkv, qkv_bias], f"a{i}", num_heads=heads)
        y = node("MatMul", [y, constant(f"o{i}", get("attention.output.weight").T)], f"ao{i}")
        x = norm(y, x, "attention.output.bias", "attention_norm")
        y = node("MatMul", [x, constant(f"u{i}", get("ffn.up.weight").T)], f"fu{i}")
        y = node("BiasGelu", [y, constant(f"ub{i}", get("ffn.up.bias"))], f"fg{i}")
        y = node("MatMul", [y, constant(f"d{i}", get("ffn.down.weight").T)], f"fd{i}")
        x = norm(y, x, "ffn.down.bias", "ffn_norm")
    shape = ["batch", "tokens", width]
    graph = helper.make_graph(
        nodes, "encoder", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(x, TensorProto.FLOAT, shape)], constants)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def onnx_session(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options,
                                        providers=["CPUExecutionProvider"])


def torch_encoder(layers, width, heads, ffn):
    layer = torch.nn.TransformerEncoderLayer(width, heads, ffn, dropout=0.0, activation="gelu",
                                             batch_first=True)
    return torch.nn.TransformerEncoder(layer, layers, enable_nested_tensor=False).eval()


def compare(program, name, rounds):
    layers, width, heads, ffn, lengths = SHAPES[name]
    with tempfile.TemporaryDirectory() as folder:
        model = fovea_model(program, folder, layers, width, heads, ffn, max(lengths))
        dim = json.loads(subprocess.run([program, "inspect", model, "--json"], check=True,
                                        capture_output=True).stdout)["dims"][0]["name"]
        session = onnx_session(onnx_model(layers, width, heads, ffn))
        encoder = torch_encoder(layers, width, heads, ffn)
        for tokens, share in lengths.items():
            x = np.random.default_rng(1).standard_normal((1, tokens, width)).astype(np.float32)
            tensor = torch.from_numpy(x)

            def run_torch():
                with torch.inference_mode():
                    encoder(tensor)

            own, ort, eager = take_turns(
                rounds,
                lambda: bench(program, model, "--set", f"{dim}={tokens}"),
                lambda: milliseconds(lambda: session.run(None, {"x": x})),
                lambda: milliseconds(run_torch))
            flops = layers * (2 * tokens * width * (4 * width + 2 * ffn) + 4 * tokens**2 * width)
            report(f"{name}, {tokens} tokens", [r["microseconds"]["median"] / 1e3 for r in own],
                   median([r["gflops_limit"]["median"] for r in own]), flops,
                   {"ONNX Runtime": ort, "PyTorch": eager}, {"ONNX Runtime": share})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fovea", required=True, help="the fovea program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("shapes", nargs="*", default=list(SHAPES))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(f"ONNX Runtime {onnxruntime.__version__}, PyTorch {torch.__version__}, onnx "
          f"{onnx.__version__}; one thread each; medians of {arguments.rounds} rounds in turn")
    for name in arguments.shapes:
        compare(arguments.fovea, name, arguments.rounds)


if __name__ == "__main__":
    main()
