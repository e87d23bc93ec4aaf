"""Small pictures in all forms that are read, and what Pillow and transformers make of them.

    python3 tests/pictures/make.py

Needs transformers 5, torch and pillow. reference.safetensors has, as F32,
  FILE                    [height, width, channels]: the picture as it is to be looked at
  FILE FILTER HxW         the same in another size
  FILE FOLDER             what the image processor of a folder of tests/families makes of it before it rescales
  FILE FOLDER OUTPUT      what the folder's model then gives in double precision
"""

import pathlib
import struct
import zlib

import numpy
import torch
import transformers
from PIL import Image, ImageOps
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
FAMILIES = HERE.parent / "families" / "folders"
FILTERS = ["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"]
SIZES = [(9, 13), (37, 20), (18, 46), (6, 23), (18, 5), (2, 2)]
FOLDERS = {"vit-2": ["logits"], "deit-3": ["logits"], "dinov2-2": ["logits"], "siglip-2": ["logits"],
           "clip-2": ["embedding"], "dinov2_with_registers-2": ["pooled"], "vit-3": ["pooled"]}


def scene(height, width, channels, seed):
    """Something smooth with edges and noise in it."""
    random = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[0:height, 0:width]
    made = numpy.stack([128 + 100 * numpy.sin(x / (3 + c) + y / (5 - c)) for c in range(channels)], -1)
    made[height // 4:height // 2, width // 3:width // 2] = 255
    made[height // 2:, :width // 4] = 0
    return numpy.clip(made + random.normal(0, 12, made.shape), 0, 255).astype(numpy.uint8)


def write_wide(path, pixels):
    """16 bits a channel in the seven passes of Adam7, neither of which Pillow writes."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    lines = [b"\0" + line.astype(">u2").tobytes() for top, left, down, right in passes
             for line in pixels[top::down, left::right] if line.size > 0]
    head = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 16, 2, 0, 0, 1)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) +
                     chunk(b"IDAT", zlib.compress(b"".join(lines))) + chunk(b"IEND", b""))


def wide_scene():
    return scene(11, 13, 3, 6).astype(numpy.uint16) * 256 + scene(11, 13, 3, 7)


def write_pictures():
    write_wide(HERE / "wide.png", wide_scene())
    rgb = scene(18, 23, 3, 1)
    Image.fromarray(rgb).save(HERE / "rgb.png")
    Image.fromarray(scene(18, 23, 1, 2)[..., 0]).save(HERE / "grey.png")
    clear = numpy.concatenate([rgb, scene(18, 23, 1, 3)], -1)
    Image.fromarray(clear).save(HERE / "clear.png")
    palette = Image.fromarray(rgb).quantize(9)
    palette.save(HERE / "palette.png", transparency=4, bits=4)
    Image.fromarray(rgb[..., 0] > 120).save(HERE / "bits.png")
    for turn in range(1, 9):
        exif = Image.Exif()
        exif[0x010E], exif[0x0112] = "a scene", turn
        Image.fromarray(rgb[:10, :16]).save(HERE / f"turn{turn}.jpg", quality=90, exif=exif)
    Image.fromarray(rgb).save(HERE / "turned.png", exif=exif)
    Image.fromarray(scene(26, 21, 3, 4)).save(HERE / "fine.jpg", quality=95, subsampling=0, progressive=True)
    Image.fromarray(scene(18, 23, 1, 5)[..., 0]).save(HERE / "grey.jpg", quality=80)
    Image.fromarray(rgb).convert("CMYK").save(HERE / "inks.jpg")


def looked_at(path):
    image = ImageOps.exif_transpose(Image.open(path))
    if image.mode in ("1",):
        image = image.convert("L")
    if image.mode not in ("L", "RGB"):
        clear = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (255,) * 4), clear).convert("RGB")
    return image


def pixels_of(image):
    array = numpy.asarray(image)
    return array[..., None] if array.ndim == 2 else array


def processor_of(folder):
    import json
    values = json.load(open(FAMILIES / folder / "preprocessor_config.json"))
    return getattr(transformers, values["image_processor_type"] + "Pil")(**values)


def made_by(folder, image, names):
    processor = processor_of(folder)
    if folder == "vit-3":
        image = image.convert("L")
    whole = processor(image, do_rescale=False, do_normalize=False)["pixel_values"][0]
    config = transformers.AutoConfig.from_pretrained(FAMILIES / folder)
    model = getattr(transformers, config.architectures[0]).from_pretrained(FAMILIES / folder, dtype=torch.float64)
    numbers = torch.tensor(numpy.asarray(processor(image)["pixel_values"])).double()
    with torch.no_grad():
        if folder == "clip-2":
            made = model.get_image_features(pixel_values=numbers)
            made = getattr(made, "pooler_output", made)
            outputs = {"embedding": made / made.norm(dim=-1, keepdim=True)}
        else:
            out = model.eval()(pixel_values=numbers)
            outputs = {"logits": out.logits} if "logits" in names else {"pooled": out.pooler_output}
    return numpy.moveaxis(numpy.asarray(whole), 0, -1), {k: outputs[k].numpy() for k in names}


def main():
    write_pictures()
    arrays = {}
    for path in sorted(HERE.glob("*.png")) + sorted(HERE.glob("*.jpg")):
        if path.name == "wide.png":
            arrays[path.name] = wide_scene() >> 8
        elif path.name != "inks.jpg":
            arrays[path.name] = pixels_of(looked_at(path))
    image = looked_at(HERE / "rgb.png")
    for number, name in enumerate(FILTERS):
        for height, width in SIZES:
            made = image.resize((width, height), resample=number)
            arrays[f"rgb.png {name} {height}x{width}"] = pixels_of(made)
    for folder, names in FOLDERS.items():
        for file in ("rgb.png", "fine.jpg"):
            if folder == "vit-3":
                file = file.replace("rgb", "grey").replace("fine", "grey")
            whole, outputs = made_by(folder, looked_at(HERE / file), names)
            arrays[f"{file} {folder}"] = whole
            arrays.update({f"{file} {folder} {name}": value for name, value in outputs.items()})
    save_file({name: torch.tensor(numpy.asarray(value, dtype=numpy.float32)).contiguous()
               for name, value in arrays.items()}, HERE / "reference.safetensors")


if __name__ == "__main__":
    main()
