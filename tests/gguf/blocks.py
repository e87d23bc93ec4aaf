"""Blocks of ggml's types with random bytes, and the numbers that gguf-py makes of them.

    pip install gguf==0.19.0 numpy safetensors
    python3 tests/gguf/blocks.py

blocks.safetensors gets TYPE.blocks (bytes) and TYPE.numbers (f32) of each type. Scales are halves of every
kind but infinities and NaN; those of MXFP4 are all exponents.
"""

import pathlib

import gguf
import numpy
from gguf.quants import dequantize
from safetensors.numpy import save_file

BLOCKS = 6
HALVES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q4_K": [0, 2], "Q5_K": [0, 2],
          "Q6_K": [208], "IQ4_NL": [0], "MXFP4": []}
# One, the largest, the smallest, a subnormal, a negative zero, anything.
SCALES = numpy.array([1, 65504, 2.0 ** -24, 3e-6, -0.0, -1.2345], dtype=numpy.float16)


def blocks_of(name, random):
    kind = gguf.GGMLQuantizationType[name]
    size = gguf.GGML_QUANT_SIZES[kind][1]
    count = 256 if name == "MXFP4" else BLOCKS
    made = random.integers(0, 256, (count, size), dtype=numpy.uint8)
    for place, at in enumerate(HALVES[name]):
        made[:, at:at + 2] = numpy.roll(SCALES, place).reshape(-1, 1).view(numpy.uint8)
    if name == "MXFP4":
        made[:, 0] = numpy.arange(256)
        made = made[[0, 1, 2, 127, 128, 254, 255]]
    return made, dequantize(made.reshape(-1), kind)


def main():
    random = numpy.random.default_rng(20260101)
    tensors = {}
    for name in HALVES:
        blocks, numbers = blocks_of(name, random)
        tensors[name + ".blocks"] = blocks
        tensors[name + ".numbers"] = numbers.astype(numpy.float32)
    save_file(tensors, pathlib.Path(__file__).parent / "blocks.safetensors")


main()
