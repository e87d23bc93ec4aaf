"""Small Hugging Face folders with random weights, and what transformers makes of them in float64.

    python3 tests/families/make.py [FAMILY...]

Needs transformers 5 and torch, for chronos-bolt chronos-forecasting 2, too. A folder NAME/ gets config.json, model.safetensors and
reference.safetensors: tokens, lengths, [token_types] and each output for all sequences, one after
another, all of them as F32; where an encoder reads before a decoder writes, source and source_lengths,
features [sequences, frames, features] or samples [sequences, samples], too; where a model only listens, these
alone; of series values [sequences, steps, channels]; where it sees, pixels [images, height, width, channels],
0 to 255 where there is a preprocessor_config.json (which needs pillow). The old dialect is what transformers 4 and hubs hold: other
keys, older names of tensors, buffers, tensors of base classes.
For every tensor, 30 % of noise must move some output by 1e-4 of its largest number. Where tokens choose
experts, none is nearer to another choice than MARGIN, every expert is chosen, and the seed is the first
one from the name's on for which that is so.
"""

import copy
import pathlib
import shutil
import sys

import numpy
import torch
from safetensors.torch import load_file, save_file

from given import boxes_of, give_source, given_arrays, given_of, samples_of
from outputs import outputs_of
from stored import age, layers_of, packed_mxfp4, rounded_mxfp4, shard, write_modules

HERE = pathlib.Path(__file__).parent / "folders"
SEED = 20260101
KEY_BIASES = ("key.bias", "k_lin.bias", "attn.k.bias")
IMAGE_KEY_BIASES = KEY_BIASES + ("k_proj.bias",)
MARGIN = 0.01  # of logits, whose errors in f32 are some 1e-6


def randomise(model, seed, spread=2.0):
    """Weights large enough that attention is far from uniform; norms and biases that show."""
    random = torch.Generator().manual_seed(seed)
    for name, value in model.named_parameters():
        if not value.requires_grad:  # sinusoids
            continue
        noise = torch.randn(value.shape, generator=random, dtype=torch.float32)
        is_norm = "norm" in name.lower() or ".ln_" in name
        if value.dim() == 1 and name.endswith("weight") and is_norm:
            numbers = 1 + 0.3 * noise
        elif value.dim() <= 1:
            numbers = 0.3 * noise
        elif "embed" in name:
            numbers = noise
        else:
            numbers = noise * spread / value.shape[-1] ** 0.5
        value.data = numbers.to(value.dtype)


def routes_well(model, tokens):
    """Whether no choice of experts is near another one, and each expert is chosen in each layer."""
    margins, chosen = [], {}

    def look(router, _, made):
        logits, _, ids = made
        order = logits.double().sort(-1, descending=True).values
        k = ids.shape[-1]
        if k < logits.shape[-1]:
            margins.append((order[:, k - 1] - order[:, k]).min().item())
        chosen[router].update(ids.flatten().tolist())
        router.experts = logits.shape[-1]

    for module in model.modules():
        if type(module).__name__.endswith("TopKRouter"):
            module.register_forward_hook(look)
            chosen[module] = set()
    if not chosen:
        return True
    outputs_of(model, tokens, None, None)
    return min(margins, default=1) >= MARGIN and all(
        len(ids) == router.experts for router, ids in chosen.items())


def check_noise(model, given, wanted, name):
    """Every tensor matters, so that a wrong one shows."""
    random = torch.Generator().manual_seed(1)
    for tensor, value in model.named_parameters():
        # A bias of keys adds the same to all of a query's scores unless keys are turned.
        biases = IMAGE_KEY_BIASES if model.images else KEY_BIASES
        if tensor in model.unread or tensor.endswith(biases):
            continue
        kept = value.data.clone()
        value.data = kept * (1 + 0.3 * torch.randn(kept.shape, generator=random).double())
        found = outputs_of(model, *given)
        moved = max(numpy.abs(found[k] - wanted[k]).max() / numpy.abs(wanted[k]).max()
                    for k in wanted)
        value.data = kept
        if moved < 1e-4:
            raise SystemExit(f"{name}: 30 % of noise on {tensor} moves results by {moved:.1e} only")


def make(name, case):
    seed = SEED + sum(map(ord, name))
    while not make_from(name, case, seed):
        seed += 1


def built(case, config, seed):
    """The model with its weights, as they are stored, and with what is given to it but tokens and images."""
    torch.manual_seed(0)
    model = case["model"](config).eval()
    model.causal = case.get("causal", False)
    model.unread = case.get("unread", ())
    model.boxes = boxes_of(config, seed)
    model.source = model.samples = model.pixels = None
    model.extractor = case.get("extractor")
    if "samples" in case:
        model.samples = samples_of(model, case, seed)
    if case.get("own_head"):
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.clone())
    model.images = case.get("images", False)
    randomise(model, seed, case.get("spread", 2.0))
    case.get("prepare", lambda m: None)(model)
    # Buffers, such as frequencies, are computed in f32 however weights are stored.
    for tensor, value in model.named_parameters():
        if tensor not in (model._keys_to_ignore_on_save or ()):  # what is made anew where it is read
            value.data = value.data.to(case.get("dtype", torch.float32)).float()
        if case.get("mxfp4") and tensor.endswith(("gate_up_proj", "down_proj")):
            value.data = rounded_mxfp4(value.data)
    give_source(model, case, config, seed)
    return model


def store(model, case, folder):
    copy.deepcopy(model).to(case.get("dtype", torch.float32)).save_pretrained(folder, **case.get("save", {}))
    for beside in (case.get("processor"), model.extractor):
        if beside is not None:
            beside.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)


def finish(case, folder):
    """What older releases, quantised and large checkpoints have otherwise."""
    if case.get("mxfp4"):
        tensors = load_file(folder / "model.safetensors")
        save_file({k: v.contiguous() for k, v in packed_mxfp4(tensors).items()},
                  folder / "model.safetensors")
    if "old" in case:
        age(folder, case["old"])
    if case.get("sharded"):
        shard(folder)


def make_from(name, case, seed):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    config, modules = case["config"], case.get("modules")
    model = built(case, config, seed)
    given = given_of(model, case, config, seed)
    if not routes_well(copy.deepcopy(model).double(), given.read):
        return False
    store(model, case, folder)
    model.double()
    if modules and "dense" in modules:
        modules["dense"] = layers_of(modules["dense"], config.hidden_size, seed)
    wanted = outputs_of(model, given.read, given.types, modules)
    check_noise(model, (given.read, given.types, modules), wanted, name)
    if modules:
        write_modules(folder, modules, config.hidden_size)
        wanted.pop("pooled", None) if case.get("no_pooled") else None
    arrays = {**given_arrays(model, given), **wanted}
    save_file({k: torch.tensor(v, dtype=torch.float32) for k, v in arrays.items()},
              folder / "reference.safetensors")
    finish(case, folder)
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    assert size <= 62000, (name, size)
    print(f"{name:32} {size:6} bytes", {k: v.shape for k, v in wanted.items()})
    return True


def main():
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    import cases
    for name, case in cases.all_cases().items():
        if not sys.argv[1:] or name.rsplit("-", 1)[0] in sys.argv[1:] or name in sys.argv[1:]:
            make(name, case)


if __name__ == "__main__":
    main()
