"""Encoders of sound: fovea and ONNX Runtime on the graph that PyTorch exports, one thread each, in f32 and int8."""
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


class Encoder(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x).last_hidden_state


def whisper_tiny():
    """30 seconds: features [80, 3000]."""
    tokens = dict(vocab_size=200, pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=3,
                  suppress_tokens=None, begin_suppress_tokens=None)
    config = transformers.WhisperConfig(
        d_model=384, encoder_layers=4, encoder_attention_heads=6, encoder_ffn_dim=1536, decoder_layers=1,
        decoder_attention_heads=6, decoder_ffn_dim=64, max_source_positions=1500, num_mel_bins=80, **tokens)
    model = transformers.WhisperModel(config)
    return model, model.encoder, (80, 3000), {"tokens": 16}


def wav2vec2_base():
    """Two seconds: samples [32000]."""
    model = transformers.Wav2Vec2Model(transformers.Wav2Vec2Config(vocab_size=32))
    return model, model, (32000,), {"samples": 32000}


def compare(program, make, rounds):
    torch.manual_seed(0)
    model, encoder, shape, maxima = make()
    model.eval().config._attn_implementation = "eager"
    x = np.random.default_rng(1).standard_normal((1, *shape)).astype(np.float32)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        graph = os.path.join(folder, "f32.onnx")
        with torch.no_grad():
            torch.onnx.export(Encoder(encoder), (torch.tensor(x),), graph, input_names=["x"], output_names=["y"],
                              opset_version=17, dynamo=False)
        quantize_dynamic(graph, os.path.join(folder, "int8.onnx"), weight_type=QuantType.QInt8, per_channel=True)
        for form in ("f32", "int8"):
            own = os.path.join(folder, form + ".fovea")
            sizes = [word for name, most in maxima.items() for word in ("--max", f"{name}={most}")]
            subprocess.run([program, "convert", "--quiet", folder, "-o", own, "--weights", form, *sizes], check=True)
            session = onnxruntime.InferenceSession(os.path.join(folder, form + ".onnx"), options,
                                                   providers=["CPUExecutionProvider"])
            fovea, peer = take_turns(
                rounds, lambda: bench(program, own, "--method", "encode")["microseconds"]["median"] / 1e3,
                lambda: milliseconds(lambda: session.run(None, {"x": x})))
            ratio = median([p / o for p, o in zip(peer, fovea)])
            print(f"{make.__name__}, {form}: fovea {median(fovea):.1f} ms, ONNX Runtime {median(peer):.1f} ms, "
                  f"fovea {ratio:.2f} times as fast", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fovea", required=True, help="the fovea program")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    for make in (whisper_tiny, wav2vec2_base):
        compare(arguments.fovea, make, arguments.rounds)


if __name__ == "__main__":
    main()
