"""A token of Whisper-tiny's decoder behind 32 others: fovea and ONNX Runtime, one thread each, in f32 and int8.

ONNX Runtime is given the keys and values of 1,500 frames and of the tokens before, which stay bound; it copies the
latter to add the token's. fovea's are in its caches, in f32 and, in a line of its own, in f16.
"""
import argparse
import os
import subprocess
import tempfile

import numpy as np
import onnxruntime
import torch
import transformers
from onnxruntime.quantization import QuantType, quantize_dynamic

from common import bench, median, milliseconds, take_turns

LAYERS, HEADS, WIDTH, BEFORE = 4, 6, 384, 32
KINDS = ("key", "value", "cross_key", "cross_value")


class Step(torch.nn.Module):
    """One token: its logits and, of each layer, the keys and values with its own."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, token, position, *kept):
        decoder, made = self.model.model.decoder, []
        x = decoder.embed_tokens(token) + decoder.embed_positions.weight[position]
        apart = lambda y: y.view(1, 1, HEADS, WIDTH // HEADS).transpose(1, 2)

        def attend(attention, x, key, value):
            weights = torch.softmax(apart(attention.q_proj(x) * attention.scaling) @ key.transpose(2, 3), -1)
            return attention.out_proj((weights @ value).transpose(1, 2).reshape(1, 1, WIDTH))

        for layer, first in zip(decoder.layers, range(0, len(kept), len(KINDS))):
            normed = layer.self_attn_layer_norm(x)
            key = torch.cat([kept[first], apart(layer.self_attn.k_proj(normed))], 2)
            value = torch.cat([kept[first + 1], apart(layer.self_attn.v_proj(normed))], 2)
            made += [key, value]
            x = x + attend(layer.self_attn, normed, key, value)
            x = x + attend(layer.encoder_attn, layer.encoder_attn_layer_norm(x), kept[first + 2], kept[first + 3])
            x = x + layer.fc2(torch.nn.functional.gelu(layer.fc1(layer.final_layer_norm(x))))
        return (self.model.proj_out(decoder.layer_norm(x)), *made)


def make_model():
    config = transformers.WhisperConfig(
        d_model=WIDTH, encoder_layers=LAYERS, decoder_layers=LAYERS, encoder_attention_heads=HEADS,
        decoder_attention_heads=HEADS, encoder_ffn_dim=1536, decoder_ffn_dim=1536, pad_token_id=50257,
        bos_token_id=50257, eos_token_id=50257, decoder_start_token_id=50258, suppress_tokens=None,
        begin_suppress_tokens=None)
    torch.manual_seed(0)
    model = transformers.WhisperForConditionalGeneration(config).eval().requires_grad_(False)
    model.generation_config = transformers.GenerationConfig(decoder_start_token_id=50258, eos_token_id=50257,
                                                            pad_token_id=50257, bos_token_id=50257)
    return model


def given():
    numbers = np.random.default_rng(1)
    inputs = {"token": np.array([[7]]), "position": np.array([BEFORE])}
    for layer in range(LAYERS):
        for kind in KINDS:
            count = 1500 if kind.startswith("cross") else BEFORE
            inputs[f"{kind}.{layer}"] = numbers.standard_normal((1, HEADS, count, WIDTH // HEADS), dtype=np.float32)
    return inputs


def export(model, inputs, path):
    outputs = ["logits"] + [f"{kind}.{layer}.after" for layer in range(LAYERS) for kind in KINDS[:2]]
    grows = {name: {2: "tokens"} for name in inputs if name.split(".")[0] in KINDS[:2]}
    torch.onnx.export(Step(model), tuple(torch.tensor(x) for x in inputs.values()), path, input_names=list(inputs),
                      output_names=outputs, dynamic_axes=grows, opset_version=17, dynamo=False)


def bound(path, inputs):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    for name, x in inputs.items():
        binding.bind_ortvalue_input(name, onnxruntime.OrtValue.ortvalue_from_numpy(x))
    for output in session.get_outputs():
        binding.bind_output(output.name)
    return lambda: session.run_with_iobinding(binding)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fovea", required=True, help="the fovea program")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    model, inputs = make_model(), given()
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        graph = os.path.join(folder, "f32.onnx")
        export(model, inputs, graph)
        quantize_dynamic(graph, os.path.join(folder, "int8.onnx"), weight_type=QuantType.QInt8, per_channel=True)
        for form in ("f32", "int8"):
            own = {cache: os.path.join(folder, f"{form}.{cache}.fovea") for cache in ("f32", "f16")}
            for cache, file in own.items():
                subprocess.run([arguments.fovea, "convert", "--quiet", folder, "-o", file, "--weights", form,
                                "--cache", cache], check=True)
            step = bound(os.path.join(folder, form + ".onnx"), inputs)
            token = lambda file: bench(arguments.fovea, file, "--method", "decode", "--set", "tokens=1",
                                       "--position", str(BEFORE))["microseconds"]["median"] / 1e3
            peer, *times = take_turns(arguments.rounds, lambda: milliseconds(step), lambda: token(own["f32"]),
                                      lambda: token(own["f16"]))
            for cache, fovea in zip(own, times):
                ratio = median([p / o for p, o in zip(peer, fovea)])
                print(f"weights {form}, cache {cache}: fovea {median(fovea):.2f} ms, ONNX Runtime {median(peer):.2f} ms, "
                      f"fovea {ratio:.2f} times as fast", flush=True)


if __name__ == "__main__":
    main()
