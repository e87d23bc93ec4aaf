"""Writes a model in fovea's own layouts (tools/README.md): config.json and model.safetensors."""

import json
import pathlib

import numpy as np


def save(folder, config, tensors):
    """Arrays keep their type, float32 or float16. The same arrays give the same bytes."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in config.items()]
    (folder / "config.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    header, data = {}, b""
    for name, array in sorted(tensors.items()):
        kind = {"float32": "F32", "float16": "F16"}[str(array.dtype)]
        start = len(data)
        data += np.ascontiguousarray(array).tobytes()
        header[name] = {"dtype": kind, "shape": list(array.shape),
                        "data_offsets": [start, len(data)]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + data)


def encoder(**more):
    """An encoder of attention alone; `more` adds to the config and may replace parts of it."""
    return {"model_type": "fovea-encoder", "heads": 1, "norm": "none", "feed_forward": False,
            "positions": "none", **more}


def signs(values, bits):
    """Numbers as rows of `bits` signs: -1 for a 0, the lowest bit first."""
    values = np.asarray(values)
    return (2.0 * ((values[:, None] >> np.arange(bits)) & 1) - 1).astype(np.float32)


def block(rows, columns, parts, dtype=np.float32):
    """A matrix of zeros with parts (first row, first column, array) put in."""
    matrix = np.zeros((rows, columns), dtype)
    for row, column, part in parts:
        part = np.asarray(part)
        matrix[row:row + part.shape[0], column:column + part.shape[1]] = part
    return matrix


def attention(prefix, query, key, value, output):
    """The four matrices of an attention."""
    names = {"query": query, "key": key, "value": value, "output": output}
    return {f"{prefix}.{name}.weight": matrix for name, matrix in names.items()}
