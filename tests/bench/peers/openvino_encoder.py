"""An encoder of MiniLM-L6's sizes with random weights: fovea and OpenVINO, one thread each, in f32 and int8.

OpenVINO's int8 is the faster of two that NNCF makes: weights and activations quantised by samples, and weights
alone, whose activations the CPU plugin quantises as it runs.
"""
import argparse
import os
import subprocess
import tempfile

import nncf
import numpy as np
import openvino
import torch

from common import bench, median, milliseconds, take_turns
from encoder import SHAPES, fovea_model, random_layers


class Encoder(torch.nn.Module):
    """The layers of encoder.py, of weights by their names."""

    def __init__(self, weights, layers, heads):
        super().__init__()
        self.layers, self.heads = layers, heads
        for name, value in weights.items():
            self.register_buffer(name.replace(".", "_"), torch.tensor(value))

    def forward(self, x):
        functional = torch.nn.functional
        for i in range(self.layers):
            get = lambda name: getattr(self, f"layers_{i}_{name}")
            linear = lambda y, name: functional.linear(y, get(name + "_weight"), get(name + "_bias"))
            norm = lambda y, name: functional.layer_norm(y, y.shape[-1:], get(name + "_weight"), get(name + "_bias"))
            apart = lambda y: y.view(1, -1, self.heads, y.shape[-1] // self.heads).transpose(1, 2)
            query, key, value = (apart(linear(x, "attention_" + name)) for name in ("query", "key", "value"))
            y = functional.scaled_dot_product_attention(query, key, value)
            y = linear(y.transpose(1, 2).reshape(x.shape), "attention_output")
            x = norm(x + y, "attention_norm")
            x = norm(x + linear(functional.gelu(linear(x, "ffn_up")), "ffn_down"), "ffn_norm")
        return x


def compiled(model):
    options = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    return openvino.Core().compile_model(model, "CPU", options).create_infer_request()


def cosine(a, b):
    return float(np.dot(a.ravel(), b.ravel()) / np.linalg.norm(a) / np.linalg.norm(b))


def convert(program, folder, form):
    """Of the folder that fovea_model() made."""
    file = os.path.join(folder, f"{form}.fovea")
    subprocess.run([program, "convert", "--quiet", folder, "-o", file, "--weights", form], check=True)
    return file


def compare(program, tokens, rounds):
    layers, width, heads, ffn, _ = SHAPES["MiniLM-L6"]
    module = Encoder(random_layers(layers, width, ffn), layers, heads).eval()
    x = np.random.default_rng(1).standard_normal((1, tokens, width)).astype(np.float32)
    exact = openvino.convert_model(module, example_input=torch.tensor(x), input=[1, tokens, width])
    samples = [np.random.default_rng(2 + i).standard_normal(x.shape).astype(np.float32) for i in range(32)]
    peers = {"f32": {"f32": compiled(exact)}}
    peers["int8"] = {"quantised by samples": compiled(nncf.quantize(exact, nncf.Dataset(samples),
                                                                    model_type=nncf.ModelType.TRANSFORMER)),
                     "weights alone": compiled(nncf.compress_weights(
                         openvino.convert_model(module, example_input=torch.tensor(x), input=[1, tokens, width]),
                         mode=nncf.CompressWeightsMode.INT8_ASYM))}
    right = module(torch.tensor(x)).numpy()
    with tempfile.TemporaryDirectory() as folder:
        fovea_model(program, folder, layers, width, heads, ffn, tokens)
        for form, requests in peers.items():
            file = convert(program, folder, form)
            near = {name: cosine(request.infer({0: x})[0], right) for name, request in requests.items()}
            calls = [lambda request=request: milliseconds(lambda: request.infer({0: x}, share_inputs=True))
                     for request in requests.values()]
            own, *times = take_turns(rounds, lambda: bench(program, file)["microseconds"]["median"] / 1e3, *calls)
            for name, time in zip(requests, times):
                ratio = [t / o for t, o in zip(time, own)]
                print(f"{tokens} tokens, {form}: fovea {median(own):.2f} ms, OpenVINO ({name}, cosine {near[name]:.4f}) "
                      f"{median(time):.2f} ms, fovea {median(ratio):.2f} times as fast ({min(ratio):.2f} to "
                      f"{max(ratio):.2f})", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fovea", required=True, help="the fovea program")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    for tokens in (16, 128, 512):
        compare(arguments.fovea, tokens, arguments.rounds)


if __name__ == "__main__":
    main()
