"""Prints what transformers' beam search finds, in double precision, for the cases of tests/tools/commands/beams_test.cc.

usage: beams.py FOLDER [KEY=JSON...]    FOLDER: of folders/; keys: of generation_config.json
"""

import json
import os
import sys

import torch
import transformers

SOURCES = [2, 31, 32, 34, 3], [2, 31, 33, 37, 35, 36, 39, 3]  # of the words in tests/tools/commands/text_folder.cc


def texts(folder, keys, sources=SOURCES):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "folders", folder)
    with open(f"{path}/config.json") as file:
        model = getattr(transformers, json.load(file)["architectures"][0]).from_pretrained(path).double().eval()
    for source in sources:
        made = model.generate(torch.tensor([source]), do_sample=False, **keys)[0].tolist()
        start = made.index(model.generation_config.decoder_start_token_id)
        yield made[start + 1:]


if __name__ == "__main__":
    given = dict(argument.split("=", 1) for argument in sys.argv[2:])
    for text in texts(sys.argv[1], {key: json.loads(value) for key, value in given.items()}):
        print(text)
