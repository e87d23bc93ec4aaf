"""What models of the families are given."""

import dataclasses
import typing

import numpy
import torch

LENGTHS = [7, 1, 12, 5]
SOURCE_LENGTHS = [4, 9, 1, 13]  # of what encoders read before decoders write
IMAGES = 3


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


def samples_of(model, case, seed):
    random = numpy.random.default_rng(seed + 7)
    shape = case["samples"] if isinstance(case["samples"], tuple) else (case["samples"],)
    samples = random.standard_normal((len(LENGTHS), *shape)).astype(numpy.float32)
    if model.main_input_name == "past_values":  # with means and deviations that show
        samples = samples * 3 + 5 * numpy.arange(1, shape[-1] + 1, dtype=numpy.float32)
    case.get("gaps", lambda x: None)(samples)
    return samples


def give_source(model, case, config, seed):
    """Of an encoder-decoder: what the encoder reads."""
    written = getattr(config, "decoder", config)
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


@dataclasses.dataclass
class Given:
    read: typing.Any = None  # tokens, values of images, or of towers both
    types: typing.Any = None
    tokens: typing.Any = None
    pixels: typing.Any = None


def given_of(model, case, config, seed):
    processor = case.get("processor")
    vision, texts = getattr(config, "vision_config", config), getattr(config, "text_config", config)
    if model.images == "towers":
        pixels = values = words = None
        if hasattr(vision, "image_size"):
            pixels, values = images_of(vision, case.get("size", vision.image_size), processor, seed)
        if hasattr(texts, "vocab_size"):
            words = ending_tokens(texts, seed)
        return Given((values, words), None, words, pixels)
    if model.images:
        pixels, values = images_of(vision, case.get("size") or vision.image_size, processor, seed)
        return Given(values, None, None, pixels)
    written = getattr(config, "decoder", config)
    if not hasattr(written, "vocab_size") or model.main_input_name == "past_values":
        return Given()
    tokens, types = inputs_of(written, seed, case.get("vocabulary"))
    if case.get("zero_types") and types is not None:
        types = numpy.zeros_like(types)
    return Given(tokens, types, tokens)


def given_arrays(model, given):
    """As reference.safetensors has them."""
    arrays = {}
    if given.pixels is not None:
        arrays["pixels"] = given.pixels
    if model.samples is not None:
        rows = "values" if model.main_input_name == "past_values" else "features"
        arrays[rows if model.samples.ndim == 3 else "samples"] = model.samples
    elif given.tokens is not None:
        arrays.update(tokens=given.tokens, lengths=LENGTHS)
    if given.types is not None and model.samples is None:
        arrays["token_types"] = given.types
    if model.boxes is not None:
        arrays["boxes"] = model.boxes
    if model.pixels is not None:
        arrays["pixels"] = model.pixels
    elif model.source is not None:
        tokens_in = model.source.dtype == numpy.int32
        heard = "features" if model.source.ndim == 3 else "samples"
        arrays.update({"source": model.source, "source_lengths": SOURCE_LENGTHS} if tokens_in else
                      {heard: model.source})
    return arrays
