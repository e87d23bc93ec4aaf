"""Small models with random weights as GGUF files, and what transformers makes of them in float64.

    python3 tests/gguf/make.py LLAMA_CPP [NAME...]

Needs transformers 5, torch, gguf, and a copy of llama.cpp's repository, whose convert_hf_to_gguf writes the
files. NAME/ gets model.gguf and reference.safetensors (as in tests/families). Configs say only what a GGUF
file can. Of tokenizers there is none; tests/tools/import/text has those.
"""

import importlib.util
import json
import pathlib
import sys
import tempfile

import torch
import transformers
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
WORDS = 40
SMALL = dict(hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
             vocab_size=WORDS, max_position_embeddings=64, pad_token_id=0, bos_token_id=1, eos_token_id=2)
WIDE = SMALL | dict(hidden_size=32, intermediate_size=32)
LLAMA3 = dict(rope_type="llama3", rope_theta=100.0, factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=16)
LONG = dict(rope_type="longrope", rope_theta=50.0, short_factor=[1.0, 1.5], long_factor=[2.0, 3.0],
            original_max_position_embeddings=4)  # all but one sequence's one token are longer
YARN = dict(rope_type="yarn", rope_theta=500.0, factor=2.5, original_max_position_embeddings=8, beta_fast=3.0,
            beta_slow=0.5)
# Name: class, type of GGUF, config.
CASES = {
    "llama-f32": ("Llama", "f32", SMALL),
    "llama-q8_0": ("Llama", "q8_0", WIDE | dict(rope_parameters=LLAMA3, tie_word_embeddings=True)),
    "llama-yarn": ("Llama", "f16", SMALL | dict(rope_parameters=YARN, attention_bias=True, mlp_bias=True)),
    "llama-linear": ("Llama", "f32", SMALL | dict(rope_parameters=dict(rope_type="linear", factor=4.0, rope_theta=9.0))),
    "mistral": ("Mistral", "bf16", SMALL | dict(sliding_window=None, head_dim=8)),
    "mixtral": ("Mixtral", "f32", SMALL | dict(num_local_experts=3, intermediate_size=16, sliding_window=None)),
    "qwen2": ("Qwen2", "f32", SMALL | dict(tie_word_embeddings=True)),
    "qwen3": ("Qwen3", "f16", SMALL | dict(head_dim=8)),
    "qwen2moe": ("Qwen2Moe", "f32", SMALL | dict(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=10,
                                                 shared_expert_intermediate_size=12, norm_topk_prob=False)),
    "qwen3moe": ("Qwen3Moe", "f32", SMALL | dict(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=10,
                                                 norm_topk_prob=True, head_dim=8)),
    "gemma": ("Gemma", "f32", SMALL | dict(head_dim=12)),
    "gemma2": ("Gemma2", "f32", SMALL | dict(head_dim=8, query_pre_attn_scalar=8, sliding_window=4,
                                             attn_logit_softcapping=4.0, final_logit_softcapping=3.0)),
    "gemma3": ("Gemma3ForCausalLM", "f32", SMALL | dict(
        head_dim=8, query_pre_attn_scalar=8, sliding_window=4, num_hidden_layers=7, intermediate_size=8,
        num_attention_heads=2, num_key_value_heads=1,
        rope_parameters=dict(full_attention=dict(rope_type="linear", factor=4.0, rope_theta=300.0),
                             sliding_attention=dict(rope_type="default", rope_theta=50.0)))),
    "phi3": ("Phi3", "f32", SMALL | dict(sliding_window=4)),
    "phi3-long": ("Phi3", "f32", SMALL | dict(rope_parameters=LONG, sliding_window=None,
                                              original_max_position_embeddings=4)),
    "starcoder2": ("Starcoder2", "f32", SMALL | dict(sliding_window=None, use_bias=True)),
    "olmo2": ("Olmo2", "f32", SMALL),
    "granite": ("Granite", "f32", SMALL | dict(attention_multiplier=0.15, embedding_multiplier=3.0,
                                               logits_scaling=5.0, residual_multiplier=0.4)),
    "stablelm": ("StableLm", "f32", SMALL | dict(use_qkv_bias=True, use_parallel_residual=False,
                                                 partial_rotary_factor=0.5)),
    "stablelm-parallel": ("StableLm", "f16", SMALL | dict(use_parallel_residual=True, partial_rotary_factor=0.5)),
    "gpt_oss": ("GptOss", "f32", SMALL | dict(
        head_dim=8, intermediate_size=16, num_local_experts=3, num_experts_per_tok=2, sliding_window=4,
        swiglu_limit=7.0,
        rope_parameters=YARN | dict(truncate=False))),
    "gpt2": ("GPT2", "f32", dict(n_embd=16, n_head=2, n_layer=2, n_positions=64, n_ctx=64, vocab_size=WORDS,
                                 bos_token_id=1, eos_token_id=2)),
    "bert": ("BertModel", "f32", SMALL | dict(num_key_value_heads=None, type_vocab_size=2)),
}


def families_make():
    sys.path.append(str(HERE.parent / "families"))  # for what it imports
    spec = importlib.util.spec_from_file_location("families_make", HERE.parent / "families/make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build(make, name, kind, values, seed):
    named = {"Gemma3ForCausalLM": "Gemma3Text", "BertModel": "Bert"}.get(kind, kind)
    config = getattr(transformers, named + "Config")(**{k: v for k, v in values.items() if v is not None})
    head = {"GPT2": "GPT2LMHeadModel"}.get(kind, kind if kind.endswith(("LM", "Model")) else kind + "ForCausalLM")
    config._experts_implementation = "eager"
    model = getattr(transformers, head)(config).eval()
    make.randomise(model, seed)
    return model, config


def write_gguf(llama_cpp, folder, out, kind):
    sys.path.insert(0, str(llama_cpp / "gguf-py"))
    sys.path.insert(0, str(llama_cpp))
    import conversion
    import gguf
    from conversion.base import ModelBase

    # No vocabulary; Gemma 3 looks how large one would be.
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"vocab": {str(i): i for i in range(WORDS)}},
                                                       "added_tokens": []}))
    config = json.loads((folder / "config.json").read_text())
    architecture = config["architectures"][0]
    chosen = conversion.get_model_class(architecture)
    made = type("Wordless", (chosen,), {"set_vocab": lambda self: None, "model_arch": chosen.model_arch})
    types = {"f32": gguf.LlamaFileType.ALL_F32, "f16": gguf.LlamaFileType.MOSTLY_F16,
             "bf16": gguf.LlamaFileType.MOSTLY_BF16, "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0}
    made(folder, types[kind], out).write()


def rounded(model, kind):
    """Matrices as the file's type holds them."""
    import gguf
    from gguf.quants import dequantize, quantize

    if kind == "f32":
        return
    type_ = {"f16": gguf.GGMLQuantizationType.F16, "bf16": gguf.GGMLQuantizationType.BF16,
             "q8_0": gguf.GGMLQuantizationType.Q8_0}[kind]
    for name, value in model.named_parameters():
        if value.dim() < 2:
            continue
        numbers = value.data.float().numpy()
        value.data = torch.from_numpy(dequantize(quantize(numbers, type_), type_).reshape(numbers.shape).copy())


def make_case(make, llama_cpp, name):
    kind, stored, values = CASES[name]
    for seed in range(make.SEED + sum(map(ord, name)), make.SEED + 10**6, 1000):
        model, config = build(make, name, kind, values, seed)
        tokens, types = make.inputs_of(config, seed)
        with tempfile.TemporaryDirectory() as folder:
            sys.path.insert(0, str(llama_cpp / "gguf-py"))
            rounded(model, stored)
            model.save_pretrained(folder)
            model = model.double()
            model.causal = kind != "BertModel"
            model.unread = {name for name, _ in model.named_parameters() if name.startswith("pooler.")}
            if not make.routes_well(model, tokens):
                continue
            out = HERE / name
            out.mkdir(exist_ok=True)
            write_gguf(llama_cpp, pathlib.Path(folder), out / "model.gguf", stored)
        outputs = make.outputs_of(model, tokens, types, None)
        tensors = {"tokens": torch.tensor(tokens).float(), "lengths": torch.tensor(make.LENGTHS).float()}
        if types is not None:
            tensors["token_types"] = torch.tensor(types).float()
        outputs.pop("pooled", None)  # files have no pooler
        make.check_noise(model, (tokens, types, None), outputs, name)
        tensors |= {k: torch.tensor(v).float() for k, v in outputs.items()}
        save_file(tensors, out / "reference.safetensors")
        size = (out / "model.gguf").stat().st_size
        assert size <= 50000, (name, size)
        print(name, size)
        return


def main():
    make = families_make()
    llama_cpp = pathlib.Path(sys.argv[1])
    for name in sys.argv[2:] or CASES:
        make_case(make, llama_cpp, name)


if __name__ == "__main__":
    main()
