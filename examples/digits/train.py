"""Trains a tiny vision transformer on scikit-learn's 8x8 digits, on a CPU.

    train.py               trains; writes config.json, model.safetensors,
                           test_images.npy and test_labels.npy
    train.py --eval        accuracy on the held-out test images
    train.py --reference   writes reference.json: float64 logits for the C++ tests

Training alone needs scikit-learn; the test images are files of this folder.
"""

import argparse
import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

from model import VisionTransformer

HERE = pathlib.Path(__file__).parent
TEST_IMAGES = 360
BATCH = 64
WARM_UP_SHARE = 0.05
PEAK_RATE = 3e-3
PIXEL_MAX = 16.0
CONFIG = {
    "model_type": "fovea-encoder", "input": "patches",
    "image_height": 8, "image_width": 8, "patch": 2, "channels": 1,
    "width": 32, "heads": 4, "layers": 2, "ffn_width": 64,
    "activation": "gelu", "norm": "layer", "norm_eps": 1e-5,
    "norm_position": "pre", "positions": "learned", "class_token": True,
    "labels": [str(digit) for digit in range(10)], "pooling": "first",
}


def split_digits():
    """(train images, train labels, test images, test labels), always the same."""
    from sklearn.datasets import load_digits
    digits = load_digits()
    order = np.random.RandomState(0).permutation(len(digits.data))
    images = digits.data[order].astype(np.uint8)
    labels = digits.target[order].astype(np.uint8)
    cut = len(images) - TEST_IMAGES
    return images[:cut], labels[:cut], images[cut:], labels[cut:]


def scaled(images):
    """Pixels 0..16 as f32 0..1."""
    return torch.from_numpy(images.astype(np.float32) / np.float32(PIXEL_MAX))


def jitter(images):
    """Moves every image by at most a pixel and adds a little noise."""
    padded = F.pad(images.view(-1, 8, 8), (1, 1, 1, 1))
    dy, dx = torch.randint(0, 3, (2, len(images)))
    rows = (dy[:, None] + torch.arange(8))[:, :, None]
    columns = (dx[:, None] + torch.arange(8))[:, None, :]
    moved = padded[torch.arange(len(images))[:, None, None], rows, columns]
    chosen = torch.where(torch.rand(len(images), 1, 1) < 0.5, moved, images.view(-1, 8, 8))
    return (chosen + 0.04 * torch.randn_like(chosen)).clamp(0, 1).flatten(1)


def rate(step, steps):
    """The learning rate: linear warm-up, then half a cosine."""
    warm = WARM_UP_SHARE * steps
    if step < warm:
        return PEAK_RATE * (step + 1) / warm
    return PEAK_RATE * 0.5 * (1 + math.cos(math.pi * (step - warm) / (steps - warm)))


def train(epochs, out):
    """Trains with augmentation and saves the last weights."""
    torch.manual_seed(0)
    images, labels, test_images, test_labels = split_digits()
    np.save(out / "test_images.npy", test_images)
    np.save(out / "test_labels.npy", test_labels)
    x, y = scaled(images), torch.from_numpy(labels).long()
    model = VisionTransformer(CONFIG)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.05)
    steps, step = epochs * -(-len(x) // BATCH), 0
    for epoch in range(epochs):
        for rows in torch.randperm(len(x)).split(BATCH):
            for group in optimizer.param_groups:
                group["lr"] = rate(step, steps)
            logits = model(jitter(x[rows]), dropout=0.1)
            loss = F.cross_entropy(logits, y[rows], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
        if (epoch + 1) % 20 == 0:
            print(f"epoch {epoch + 1}  loss {loss.item():.4f}", flush=True)
    save(model, out)


def save(model, out):
    """Writes config.json and model.safetensors."""
    lines = (f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in model.config.items())
    (out / "config.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    save_file({k: v.contiguous() for k, v in model.state_dict().items()},
              out / "model.safetensors")


def load(out):
    """The model of a folder."""
    model = VisionTransformer(json.loads((out / "config.json").read_text()))
    model.load_state_dict(load_file(out / "model.safetensors"))
    return model.eval()


@torch.no_grad()
def evaluate(out):
    """Prints the accuracy on the test images."""
    images, labels = (np.load(out / f"test_{kind}.npy") for kind in ("images", "labels"))
    said = load(out)(scaled(images)).argmax(-1).numpy()
    print(f"{(said == labels).sum()} of {len(labels)} test images right, "
          f"{(said == labels).mean():.2%}")


@torch.no_grad()
def write_reference(out):
    """Writes the float64 logits of the first four test images."""
    images = np.load(out / "test_images.npy")[:4]
    logits = load(out).double()(scaled(images).double())
    rows = [{"index": i, "predicted": int(row.argmax()), "logits": row.tolist()}
            for i, row in enumerate(logits)]
    (out / "reference.json").write_text(json.dumps(rows, indent=1) + "\n")


def main():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--eval", action="store_true", help="print the accuracy")
    parser.add_argument("--reference", action="store_true", help="write reference.json")
    parser.add_argument("--epochs", type=int, default=150)
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.eval:
        evaluate(options.out)
    elif options.reference:
        write_reference(options.out)
    else:
        train(options.epochs, options.out)


if __name__ == "__main__":
    main()
