"""Folders as other tools and older releases leave them."""

import json

import torch
from safetensors.torch import load_file, save_file

MXFP4 = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6])


def scaled(x):
    """Blocks of 32 along the last extent, and the exponents with which 4 bits hold them best."""
    blocks = x.unflatten(-1, (-1, 32)).double()
    exponents = torch.floor(torch.log2(blocks.abs().amax(-1))) - 2
    return blocks / torch.exp2(exponents)[..., None], exponents


def rounded_mxfp4(x):
    """The nearest matrices [experts, columns, rows] that MXFP4 can hold, in blocks of columns."""
    blocks, exponents = scaled(x.transpose(1, 2))
    codes = (blocks[..., None] - MXFP4.double()).abs().argmin(-1)
    numbers = MXFP4.double()[codes] * torch.exp2(exponents)[..., None]
    return numbers.flatten(-2).transpose(1, 2).to(x.dtype)


def packed_mxfp4(tensors):
    """The experts as OpenAI stores them."""
    made = {}
    for name, value in tensors.items():
        if not name.endswith(("gate_up_proj", "down_proj")):
            made[name] = value
            continue
        blocks, exponents = scaled(value.transpose(1, 2))
        codes = (blocks[..., None] - MXFP4.double()).abs().argmin(-1).to(torch.uint8)
        assert torch.equal(MXFP4.double()[codes.long()], blocks)
        made[name + "_blocks"] = codes[..., 0::2] | codes[..., 1::2] << 4
        made[name + "_scales"] = (exponents + 127).to(torch.uint8)
    return made


def dense(random, kind, columns, outputs):
    """Of sentence-transformers: with a bias and a tangent, or neither."""
    made = {"linear.weight": torch.randn(outputs, columns, generator=random) / 4}
    if kind == "Tanh":
        made["linear.bias"] = torch.randn(outputs, generator=random) / 4
    return made


def layers_of(kinds, width, seed):
    random = torch.Generator().manual_seed(seed + 1)
    widths = [width, 6, 10]
    return [dense(random, kind, *widths[i:i + 2]) for i, kind in enumerate(kinds)]


def write_modules(folder, modules, width):
    entries = [("", "Transformer"), ("1_Pooling", "Pooling")]
    (folder / "1_Pooling").mkdir()
    modes = {"cls": "cls_token", "mean": "mean_tokens", "max": "max_tokens", "lasttoken": "lasttoken"}
    pooling = {"word_embedding_dimension": width}
    pooling.update({f"pooling_mode_{m}": k == modules["pooling"] for k, m in modes.items()})
    (folder / "1_Pooling/config.json").write_text(json.dumps(pooling))
    for dense in modules.get("dense", []):
        name = f"{len(entries)}_Dense"
        entries.append((name, "Dense"))
        (folder / name).mkdir()
        out, columns = dense["linear.weight"].shape
        biased = "linear.bias" in dense
        (folder / f"{name}/config.json").write_text(json.dumps({
            "in_features": columns, "out_features": out, "bias": biased,
            "activation_function": f"torch.nn.modules.{'activation.Tanh' if biased else 'linear.Identity'}"}))
        save_file(dense, folder / f"{name}/model.safetensors")
    if modules.get("normalize"):
        entries.append((f"{len(entries)}_Normalize", "Normalize"))
    (folder / "modules.json").write_text(json.dumps([
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(entries)]))


def age(folder, old):
    """What older releases left: config keys through `config`, tensors through `tensors`."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    if "dtype" in config:
        config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.20.0"
    old.get("config", lambda c: None)(config)
    path.write_text(json.dumps(config, indent=1))
    tensors = load_file(folder / "model.safetensors")
    tensors = old.get("tensors", lambda t: t)(tensors)
    save_file(tensors, folder / "model.safetensors")


def shard(folder):
    tensors = load_file(folder / "model.safetensors")
    names = sorted(tensors)
    parts = [names[::2], names[1::2]]
    index = {}
    for i, part in enumerate(parts):
        file = f"model-{i + 1:05}-of-00002.safetensors"
        save_file({n: tensors[n] for n in part}, folder / file)
        index.update({n: file for n in part})
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {}, "weight_map": index}))
