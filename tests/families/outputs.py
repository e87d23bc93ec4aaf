"""What transformers makes of what models are given, in double precision."""

import numpy
import torch
import transformers

from given import LENGTHS, SOURCE_LENGTHS


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
    def tokens(x):
        return x if x.dim() < 4 else x.flatten(2).transpose(1, 2).contiguous()  # of a grid

    each = {"hidden": tokens(base.last_hidden_state)}
    if getattr(base, "pooler_output", None) is not None:
        each["pooled"] = base.pooler_output
    for name in ("logits", "cls_logits", "distillation_logits"):
        if getattr(out, name, None) is not None:
            each[name] = tokens(out[name])
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
