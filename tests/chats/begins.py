"""Conversations with tokenizers that begin texts with a space, against `tokenizers` and Jinja.

usage: begins.py --fovea build/dev/tools/fovea

For each of the tokenizers `llama2` and `mistral` of tests/tokenizers/kinds.npz a folder with a random Llama is
converted. What `fovea generate --chat` gives the model is compared with the ids of the whole text: the first turn
has all of them, each later one those behind the answer.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy
import tokenizers
import torch
import transformers
from transformers.utils.chat_template_utils import _compile_jinja_template

HERE = pathlib.Path(__file__).parent
CHATS = json.loads((HERE / "chats.json").read_text())
MARKS = CHATS["variables"]
TEMPLATE = next(style["template"] for style in CHATS["styles"]
                if style["name"] == "the system message within the first user's")
SAID = ["Grüße, how are  you?", " Why so, 12 times?  Really ", "naïve [ASK] 漢字"]
SYSTEM = "Be kind."


def folder_of(tokenizer, folder):
    config = transformers.LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=32, intermediate_size=48, num_hidden_layers=1,
        num_attention_heads=2, max_position_embeddings=2048, pad_token_id=0, bos_token_id=1, eos_token_id=2)
    torch.manual_seed(0)
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save(f"{folder}/tokenizer.json")
    pathlib.Path(folder, "tokenizer_config.json").write_text(json.dumps({**MARKS, "chat_template": TEMPLATE}))


def answers_of(program, model):
    lines = "".join(text + "\n" for text in SAID)
    command = [program, "generate", model, "--chat", "--json", "--max-tokens", "3", "--system", SYSTEM]
    out = subprocess.run(command, input=lines, check=True, capture_output=True, text=True).stdout
    return [json.loads(line)["prompt_tokens"] for line in out.splitlines()]


def whole_of(tokenizer, turns):
    messages = [{"role": "system", "content": SYSTEM}]
    for i in range(turns):
        if i > 0:
            messages.append({"role": "assistant", "content": "Quite."})
        messages.append({"role": "user", "content": SAID[i]})
    text = _compile_jinja_template(TEMPLATE).render(messages=messages, add_generation_prompt=True, **MARKS)
    return tokenizer.encode(text, add_special_tokens=False).ids


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fovea", required=True)
    program = parser.parse_args().fovea
    made = json.loads(numpy.load(HERE.parent / "tokenizers/kinds.npz")["json"].tobytes())
    for entry in made["tokenizers"]:
        if entry["name"] not in ("llama2", "mistral"):
            continue
        tokenizer = tokenizers.Tokenizer.from_str(json.dumps(entry["tokenizer"]))
        with tempfile.TemporaryDirectory() as folder:
            folder_of(tokenizer, folder)
            subprocess.run([program, "convert", "--quiet", folder, "-o", f"{folder}/m.fovea"], check=True)
            for turn, found in enumerate(answers_of(program, f"{folder}/m.fovea")):
                whole = whole_of(tokenizer, turn + 1)
                wanted = whole if turn == 0 else whole[-len(found):]
                print(entry["name"], "turn", turn, len(found), "tokens", "equal" if found == wanted else "DIFFERENT")
                if found != wanted:
                    raise SystemExit(f"{found}\n{wanted}")


if __name__ == "__main__":
    main()
