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
import json
import pathlib
import shutil
import sys

import numpy
import torch
import transformers
from safetensors.torch import load_file, save_file

HERE = pathlib.Path(__file__).parent / "folders"
LENGTHS = [7, 1, 12, 5]
SOURCE_LENGTHS = [4, 9, 1, 13]  # of what encoders read before decoders write
IMAGES = 3
SEED = 20260101
KEY_BIASES = ("key.bias", "k_lin.bias", "attn.k.bias")
IMAGE_KEY_BIASES = KEY_BIASES + ("k_proj.bias",)
MARGIN = 0.01  # of logits, whose errors in f32 are some 1e-6
MXFP4 = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6])


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


def inputs_of(config, seed, vocabulary=None):
    random = numpy.random.default_rng(seed)
    low = 3  # no padding, no special token: models look for them
    tokens = random.integers(low, vocabulary or config.vocab_size, sum(LENGTHS)).astype(numpy.int32)
    types = None
    if (getattr(config, "type_vocab_size", 0) or 0) > 1:
        types = random.integers(0, config.type_vocab_size, sum(LENGTHS)).astype(numpy.int32)
    return tokens, types


def boxes_of(config, seed):
    """Where tokens stand on a page (left, top, right, bottom), where the model asks for it."""
    places = getattr(config, "max_2d_position_embeddings", 0)
    if not places:
        return None
    random = numpy.random.default_rng(seed + 1)
    corners = random.integers(0, places, (sum(LENGTHS), 2, 2))
    return numpy.sort(corners, axis=1).reshape(-1, 4).astype(numpy.int32)


def images_of(config, size, processor, seed, count=IMAGES):
    """Images as the model is given them, and as transformers gives them to its own."""
    random = numpy.random.default_rng(seed)
    height, width = size if isinstance(size, (list, tuple)) else (size, size)
    shape = (count, height, width, config.num_channels)
    if processor is None:
        pixels = random.standard_normal(shape).astype(numpy.float32)
        return pixels, torch.tensor(pixels).permute(0, 3, 1, 2).double()
    pixels = random.integers(0, 256, shape).astype(numpy.uint8)
    # Images that have the model's size already.
    values = processor(list(pixels), input_data_format="channels_last", return_tensors="np", do_resize=False,
                       do_center_crop=False)["pixel_values"]
    assert values.shape[2:] == (height, width)
    return pixels.astype(numpy.float32), torch.tensor(numpy.array(values)).double()


def ending_tokens(config, seed):
    """Texts that end with the token that texts end with, which is nowhere else."""
    random = numpy.random.default_rng(seed)
    tokens = random.integers(3, config.eos_token_id, sum(LENGTHS)).astype(numpy.int32)
    tokens[numpy.cumsum(LENGTHS) - 1] = config.eos_token_id
    return tokens


def tower_outputs_of(model, inputs, image):
    """Of a tower of CLIP or SigLIP, alone or in a model of both."""
    tower = getattr(model, "vision_model" if image else "text_model", model)
    name = "visual_projection" if image else "text_projection"
    each = {}
    for x in inputs:
        out = tower(pixel_values=x) if image else tower(input_ids=x)
        each.setdefault("hidden", []).append(out.last_hidden_state if image else out.last_hidden_state[0])
        pooled = out.pooler_output
        if pooled is None:
            continue
        each.setdefault("pooled", []).append(pooled)
        if hasattr(model, name):
            pooled = getattr(model, name)(pooled)
        if hasattr(model, name) or hasattr(model, "logit_scale"):
            each.setdefault("embedding", []).append(pooled / pooled.norm(dim=-1, keepdim=True))
        if not image and hasattr(model, "logit_scale"):
            bias = getattr(model, "logit_bias", torch.zeros(1)).reshape(())
            each.setdefault("logit_scale", []).append(
                torch.stack([model.logit_scale.reshape(()).exp(), bias.double()])[None])
    return {key: torch.cat(values).double().numpy() for key, values in each.items()}


def towers_outputs_of(model, values, tokens):
    made = {}
    with torch.no_grad():
        if values is not None:
            made["encode_image"] = tower_outputs_of(model, [values], True)
        if tokens is not None:
            ids = [x.long()[None] for x in torch.tensor(tokens).split(LENGTHS)]
            made["encode_text"] = tower_outputs_of(model, ids, False)
    if len(made) == 1:
        return next(iter(made.values()))
    return {f"{method}.{name}": value for method, outputs in made.items() for name, value in outputs.items()}


def image_outputs_of(model, values):
    if isinstance(values, tuple):
        return towers_outputs_of(model, *values)
    if type(model).__name__ in ("CLIPForImageClassification", "SiglipForImageClassification"):
        with torch.no_grad():
            return dict(tower_outputs_of(model, [values], True),
                        logits=model(pixel_values=values).logits.double().numpy())
    with torch.no_grad():
        out = model(pixel_values=values)
        base = out if hasattr(out, "last_hidden_state") else model.base_model(pixel_values=values)
    each = {"hidden": base.last_hidden_state}
    if getattr(base, "pooler_output", None) is not None:
        each["pooled"] = base.pooler_output
    for name in ("logits", "cls_logits", "distillation_logits"):
        if getattr(out, name, None) is not None:
            each[name] = out[name]
    return {name: value.double().numpy() for name, value in each.items()}


def sentence(model, hidden, modules):
    """What modules.json says, in numbers of the pooling's definition."""
    pooling = modules["pooling"]
    x = {"cls": lambda h: h[0], "mean": lambda h: h.mean(0), "max": lambda h: h.max(0).values,
         "lasttoken": lambda h: h[-1]}[pooling](hidden)
    for dense in modules.get("dense", []):
        x = dense["linear.weight"].double() @ x
        if "linear.bias" in dense:
            x = torch.tanh(x + dense["linear.bias"].double())
    if modules.get("normalize"):
        x = x / x.norm()
    return x


def dense(random, kind, columns, outputs):
    """Of sentence-transformers: with a bias and a tangent, or neither."""
    made = {"linear.weight": torch.randn(outputs, columns, generator=random) / 4}
    if kind == "Tanh":
        made["linear.bias"] = torch.randn(outputs, generator=random) / 4
    return made


def sequences(tokens, lengths):
    starts = numpy.cumsum([0, *lengths])
    return [torch.tensor(tokens[a:b], dtype=torch.long)[None] for a, b in zip(starts, starts[1:])]


def decoded(model, tokens):
    """What a decoder gives of each sequence, having looked at what an encoder made of the source."""
    made = {}
    for i, ids in enumerate(sequences(tokens, LENGTHS)):
        if model.pixels is not None:
            source = {"pixel_values": model.source[i:i + 1]}
        elif model.source.dtype == numpy.int32:
            source = {"input_ids": sequences(model.source, SOURCE_LENGTHS)[i]}
        else:  # [sequences, frames, features], or [sequences, samples]
            source = model.source[i].T
            if isinstance(model.extractor, transformers.WhisperFeatureExtractor):
                source = model.extractor._np_extract_fbank_features(source[None], "cpu")[0]
            source = {model.main_input_name: torch.tensor(source)[None].double()}
        with torch.no_grad():
            out = model(**source, decoder_input_ids=ids)
        name = "logits" if "logits" in out else "hidden"
        value = out.logits if "logits" in out else out.last_hidden_state
        made.setdefault(name, []).append(value[0].double())
    return {name: torch.cat(values).numpy() for name, values in made.items()}


def heard(model):
    """What a model gives of samples [sequences, samples], or of features [sequences, frames, features]."""
    made = {}
    for samples in model.samples:
        if model.extractor is not None:
            samples = model.extractor(samples.astype(numpy.float64), sampling_rate=16000)["input_values"][0]
        samples = torch.tensor(samples).double()
        with torch.no_grad():
            base = getattr(model, model.base_model_prefix, model)
            out = base(samples[None])
            made.setdefault("hidden", []).append(out.last_hidden_state[0])
            if "pooler_output" in out:
                made.setdefault("pooled", []).append(out.pooler_output)
            if model is not base:
                logits = model(samples[None]).logits
                made.setdefault("logits", []).append(logits[0] if logits.dim() == 3 else logits)
    return {name: torch.cat(values).numpy() for name, values in made.items()}


def forecast(model):
    """What a model makes of series [sequences, steps, channels]."""
    made = {}
    if hasattr(model, "quantiles"):
        with torch.no_grad():
            each = [model(torch.tensor(values[:, 0]).double()[None]).quantile_preds[0] for values in model.samples]
        return {"prediction": torch.cat(each).numpy(),
                "quantiles": numpy.tile(model.chronos_config.quantiles, (len(each), 1))}
    names = {"prediction_outputs": "prediction", "prediction_logits": "logits", "regression_outputs": "regression"}
    for values in model.samples:
        values = torch.tensor(values).double()[None]
        with torch.no_grad():
            base = getattr(model, model.base_model_prefix, model)
            hidden = base(values).last_hidden_state
            made.setdefault("hidden", []).append(hidden.reshape(-1, hidden.shape[-1]))
            for key, value in model(values).items() if model is not base else ():
                if key in names:
                    made.setdefault(names[key], []).append(value.reshape(-1, value.shape[-1]))
    return {name: torch.cat(values).numpy() for name, values in made.items()}


def outputs_of(model, tokens, types, modules):
    if model.samples is not None:
        return forecast(model) if model.main_input_name == "past_values" else heard(model)
    if model.source is not None:
        return decoded(model, tokens)
    if model.images:
        return image_outputs_of(model, tokens)
    made = {}
    start = 0
    for length in LENGTHS:
        ids = torch.tensor(tokens[start:start + length], dtype=torch.long)[None]
        extra = {}
        if types is not None:
            extra["token_type_ids"] = torch.tensor(types[start:start + length],
                                                   dtype=torch.long)[None]
        if model.boxes is not None:
            extra["bbox"] = torch.tensor(model.boxes[start:start + length], dtype=torch.long)[None]
        start += length
        with torch.no_grad():
            out = model(input_ids=ids, output_hidden_states=True, **extra)
        hidden = out.hidden_states[-1]
        each = {"hidden": hidden[0]}
        if getattr(out, "pooler_output", None) is not None:
            each["pooled"] = out.pooler_output
        if getattr(out, "prediction_logits", None) is not None:
            each["logits"] = out.prediction_logits[0]
        elif getattr(out, "start_logits", None) is not None:
            each["logits"] = torch.stack([out.start_logits[0], out.end_logits[0]], -1)
        elif getattr(out, "logits", None) is not None:
            logits = out.logits
            if type(model).__name__ == "ElectraForPreTraining":
                logits = logits[0][:, None]
            each["logits"] = logits[0] if logits.dim() == 3 else logits
        if modules:
            each["embedding"] = sentence(model, hidden[0], modules)[None]
        if getattr(model, "causal", False):
            each = {"logits": each["logits"]}
        for name, value in each.items():
            made.setdefault(name, []).append(value.double())
    return {name: torch.cat(values).numpy() for name, values in made.items()}


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


def make(name, case):
    seed = SEED + sum(map(ord, name))
    while not make_from(name, case, seed):
        seed += 1


def make_from(name, case, seed):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    config = case["config"]
    torch.manual_seed(0)
    model = case["model"](config).eval()
    model.causal = case.get("causal", False)
    model.unread = case.get("unread", ())
    model.boxes = boxes_of(config, seed)
    model.source = model.samples = model.pixels = None
    model.extractor = case.get("extractor")
    if "samples" in case:
        random = numpy.random.default_rng(seed + 7)
        shape = case["samples"] if isinstance(case["samples"], tuple) else (case["samples"],)
        model.samples = random.standard_normal((len(LENGTHS), *shape)).astype(numpy.float32)
        if model.main_input_name == "past_values":  # with means and deviations that show
            model.samples = model.samples * 3 + 5 * numpy.arange(1, shape[-1] + 1, dtype=numpy.float32)
        case.get("gaps", lambda x: None)(model.samples)
    if case.get("own_head"):
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.clone())
    model.images = case.get("images", False)
    randomise(model, seed, case.get("spread", 2.0))
    case.get("prepare", lambda m: None)(model)
    dtype = case.get("dtype", torch.float32)
    # Buffers, such as frequencies, are computed in f32 however weights are stored.
    for tensor, value in model.named_parameters():
        if tensor not in (model._keys_to_ignore_on_save or ()):  # what is made anew where it is read
            value.data = value.data.to(dtype).float()
        if case.get("mxfp4") and tensor.endswith(("gate_up_proj", "down_proj")):
            value.data = rounded_mxfp4(value.data)
    written = getattr(config, "decoder", config)
    reads = hasattr(written, "vocab_size") and model.main_input_name != "past_values"
    tokens, types = (None, None) if not reads else inputs_of(written, seed, case.get("vocabulary"))
    if written is not config:
        model.pixels, model.source = images_of(config.encoder, config.encoder.image_size, case.get("processor"),
                                               seed, len(LENGTHS))
    elif config.is_encoder_decoder and not case.get("encoder"):
        random = numpy.random.default_rng(seed + 7)
        model.source = random.integers(3, config.vocab_size, sum(SOURCE_LENGTHS)).astype(numpy.int32)
        if hasattr(config, "num_mel_bins"):
            shape = len(LENGTHS), 2 * config.max_source_positions, config.num_mel_bins
            if model.extractor is not None:
                shape = len(LENGTHS), model.extractor.n_samples
            model.source = random.standard_normal(shape).astype(numpy.float32)
        if model.samples is not None:
            model.source, model.samples = model.samples, None
    processor = case.get("processor")
    if model.images == "towers":
        pixels = values = words = None
        vision = getattr(config, "vision_config", config)
        texts = getattr(config, "text_config", config)
        if hasattr(vision, "image_size"):
            pixels, values = images_of(vision, case.get("size", vision.image_size), processor, seed)
        if hasattr(texts, "vocab_size"):
            words = ending_tokens(texts, seed)
        tokens, types = (values, words), None
    elif model.images:
        vision = getattr(config, "vision_config", config)
        pixels, tokens = images_of(vision, case.get("size", vision.image_size), processor, seed)
        types = None
    elif reads:
        tokens, types = inputs_of(written, seed)
    if case.get("zero_types") and types is not None:
        types = numpy.zeros_like(types)
    modules = case.get("modules")
    if not routes_well(copy.deepcopy(model).double(), tokens):
        return False
    copy.deepcopy(model).to(dtype).save_pretrained(folder, **case.get("save", {}))
    for beside in (processor, model.extractor):
        if beside is not None:
            beside.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    model.double()
    if modules and "dense" in modules:
        random = torch.Generator().manual_seed(seed + 1)
        widths = [config.hidden_size, 6, 10]
        modules["dense"] = [dense(random, kind, *widths[i:i + 2])
                            for i, kind in enumerate(modules["dense"])]
    wanted = outputs_of(model, tokens, types, modules)
    check_noise(model, (tokens, types, modules), wanted, name)
    if modules:
        write_modules(folder, modules, config.hidden_size)
        wanted.pop("pooled", None) if case.get("no_pooled") else None
    if model.images == "towers":
        tokens = words
    arrays = {}
    if model.images and pixels is not None:
        arrays["pixels"] = pixels
    if model.samples is not None:
        rows = "values" if model.main_input_name == "past_values" else "features"
        arrays[rows if model.samples.ndim == 3 else "samples"] = model.samples
    elif not model.images or model.images == "towers" and tokens is not None:
        arrays.update(tokens=tokens, lengths=LENGTHS)
    if types is not None and model.samples is None:
        arrays["token_types"] = types
    if model.boxes is not None:
        arrays["boxes"] = model.boxes
    if model.pixels is not None:
        arrays["pixels"] = model.pixels
    elif model.source is not None:
        tokens_in = model.source.dtype == numpy.int32
        heard = "features" if model.source.ndim == 3 else "samples"
        arrays.update({"source": model.source, "source_lengths": SOURCE_LENGTHS} if tokens_in else
                      {heard: model.source})
    arrays.update(wanted)
    save_file({k: torch.tensor(v, dtype=torch.float32) for k, v in arrays.items()},
              folder / "reference.safetensors")
    if case.get("mxfp4"):
        tensors = load_file(folder / "model.safetensors")
        save_file({k: v.contiguous() for k, v in packed_mxfp4(tensors).items()},
                  folder / "model.safetensors")
    if "old" in case:
        age(folder, case["old"])
    if case.get("sharded"):
        shard(folder)
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
