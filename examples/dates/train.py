"""Trains, evaluates and describes the date model on a CPU with PyTorch.

    train.py               trains; writes config.json and model.safetensors
    train.py --eval        exact match on test.tsv and handwritten.tsv
    train.py --reference   writes reference.json: float64 logits for the C++ tests
    train.py --say "3 mai 1968"   reads one date
"""

import argparse
import itertools
import json
import math
import pathlib
import random
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

import make_data
from codec import Codec
from days import read_lines
from model import EncoderDecoder

HERE = pathlib.Path(__file__).parent
SPECIALS = ["<pad>", "<bos>", "<eos>", "<unk>"]
BATCH = 128
WARM_UP, PEAK_RATE = 400, 2e-3
AVERAGE = 0.998  # decay of the averaged weights, which are those kept
REFERENCE_TEXTS = (
    "3 March 2021", "Sept. 9, '98", "le 14 juillet 1789", "31.12.1999",
    "12/31/1999", "Mittwoch, den  3. Feburar 2027", "12 de octubre de 1592",
    "1ER AOUT 2038 *",
)


def new_config():
    """The description of the model that training makes."""
    return {
        "model_type": "fovea-encoder-decoder",
        "width": 96, "heads": 4, "encoder_layers": 2, "decoder_layers": 2,
        "ffn_width": 256, "activation": "gelu",
        "norm": "layer", "norm_eps": 1e-5, "norm_position": "pre",
        "source_positions": "sinusoidal", "target_positions": "learned",
        "max_source": make_data.MAX_SOURCE, "max_target": 12,
        "scale_embedding": True, "tie_output": False,
        "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "unk_token_id": 3,
        "source_vocabulary": SPECIALS + make_data.source_characters(),
        "target_vocabulary": SPECIALS + list("0123456789-"),
    }


def batches(stream, rng):
    """Batches of texts of about one length, in random order."""
    while pool := list(itertools.islice(stream, 32 * BATCH)):
        pool.sort(key=lambda line: len(line[0]))
        chunks = [pool[i:i + BATCH] for i in range(0, len(pool), BATCH)]
        rng.shuffle(chunks)
        yield from chunks


def rate(step, steps):
    """The learning rate: linear warm-up, then half a cosine to near zero."""
    if step < WARM_UP:
        return PEAK_RATE * (step + 1) / WARM_UP
    done = (step - WARM_UP) / max(1, steps - WARM_UP)
    return PEAK_RATE * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))


def make_optimizer(model):
    """AdamW that decays matrices only."""
    matrices = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() == 1]
    groups = [{"params": matrices, "weight_decay": 0.01},
              {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)


def train_step(model, optimizer, codec, batch):
    """One step of descent; the mean loss per character."""
    texts, isos = zip(*batch)
    target = codec.targets(isos)
    logits = model(codec.encode(texts), target[:, :-1])
    loss = F.cross_entropy(logits.flatten(0, 1), target[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()


def train(count, out, report_every):
    """Trains on `count` lines, each seen once, and saves the averaged weights."""
    torch.manual_seed(0)
    config = new_config()
    codec, model = Codec(config), EncoderDecoder(config)
    averaged = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGE))
    optimizer, steps = make_optimizer(model), -(-count // BATCH)
    begin, losses = time.time(), []
    stream = batches(make_data.train_lines(count), random.Random(0))
    for step, batch in enumerate(stream):
        for group in optimizer.param_groups:
            group["lr"] = rate(step, steps)
        losses.append(train_step(model, optimizer, codec, batch))
        averaged.update_parameters(model)
        if (step + 1) % report_every == 0 or step + 1 == steps:
            save(averaged.module, out)
            exact = accuracy(averaged.module, read_lines(HERE / "test.tsv")[:600])
            print(f"step {step + 1}/{steps}  loss {sum(losses) / len(losses):.5f}  "
                  f"exact {exact:.4f}  {time.time() - begin:.0f} s", flush=True)
            losses.clear()


def save(model, out):
    """Writes config.json and model.safetensors."""
    lines = (f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
             for key, value in model.config.items())
    (out / "config.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    save_file({k: v.contiguous() for k, v in model.state_dict().items()},
              out / "model.safetensors")


def load(out):
    """The model of a folder."""
    config = json.loads((out / "config.json").read_text(encoding="utf-8"))
    model = EncoderDecoder(config)
    model.load_state_dict(load_file(out / "model.safetensors"))
    return model.eval()


def read_dates(model, texts):
    """The model's ISO date for every text, decoded greedily."""
    codec = Codec(model.config)
    return [codec.decode(row) for row in model.greedy(codec.encode(texts)).tolist()]


def accuracy(model, lines, show=False):
    """The share of lines that are read exactly."""
    right = 0
    for i in range(0, len(lines), 200):
        texts, isos = zip(*lines[i:i + 200])
        for text, iso, said in zip(texts, isos, read_dates(model, texts)):
            right += said == iso
            if show and said != iso:
                print(f"  {text!r}: {said}, not {iso}")
    return right / len(lines)


def evaluate(out):
    """Prints the exact match of both lists."""
    model = load(out)
    for name in ("test.tsv", "handwritten.tsv"):
        lines = read_lines(HERE / name)
        share = accuracy(model, lines, show=True)
        print(f"{name}: {share:.2%} of {len(lines)} lines")


@torch.no_grad()
def write_reference(out):
    """Writes what a float64 model says: dates, first and fifth logits."""
    model = load(out).double()
    codec, rows = Codec(model.config), []
    for text in REFERENCE_TEXTS:
        source = codec.encode([text])
        tokens = model.greedy(source)
        prefix = torch.cat((torch.tensor([[model.config["bos_token_id"]]]), tokens), 1)
        logits = model(source, prefix[:, :-1])[0]
        rows.append({"text": text, "iso": codec.decode(tokens[0].tolist()),
                     "source_ids": source[0].tolist(), "target_ids": tokens[0].tolist(),
                     "logits_step_1": logits[0].tolist(), "logits_step_5": logits[4].tolist()})
    text = json.dumps(rows, ensure_ascii=False, indent=1)
    (out / "reference.json").write_text(text + "\n", encoding="utf-8")


def main():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--eval", action="store_true", help="print exact match")
    parser.add_argument("--reference", action="store_true", help="write reference.json")
    parser.add_argument("--say", metavar="TEXT", help="read one date")
    parser.add_argument("--lines", type=int, default=make_data.TRAIN_LINES)
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--report-every", type=int, default=500, metavar="STEPS")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.eval:
        evaluate(options.out)
    elif options.reference:
        write_reference(options.out)
    elif options.say:
        print(*read_dates(load(options.out), [options.say]))
    else:
        train(options.lines, options.out, options.report_every)


if __name__ == "__main__":
    main()
