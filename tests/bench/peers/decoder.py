"""A SmolLM2-135M-shaped decoder with random weights in the formats of both: fovea and llama.cpp, one thread each."""
import argparse
import json
import os
import subprocess
import tempfile
import time

import gguf
import llama_cpp
import numpy as np
from safetensors.numpy import save_file

from common import bench, median, report, take_turns

LAYERS, WIDTH, HEADS, KV_HEADS, FFN, VOCABULARY, CONTEXT = 30, 576, 9, 3, 1536, 49152, 512
PROMPT = 128
HEAD = WIDTH // HEADS
# By fovea's --weights: llama.cpp's types of files, which it compares with.
FORMATS = {"f32": 0, "f16": 1, "bf16": 32, "int8": 7, "uint4": 3, "int4": 2}  # F32, F16, BF16, Q8_0, Q4_1, Q4_0


def tensors():
    """Hugging Face name, GGUF name and array of every tensor."""
    rng = np.random.default_rng(0)

    def matrix(*shape):
        return rng.standard_normal(shape, dtype=np.float32) * 0.02

    ones = np.ones(WIDTH, np.float32)
    yield "model.embed_tokens.weight", "token_embd.weight", matrix(VOCABULARY, WIDTH)
    yield "model.norm.weight", "output_norm.weight", ones
    for i in range(LAYERS):
        own, other = f"model.layers.{i}.", f"blk.{i}."
        yield own + "input_layernorm.weight", other + "attn_norm.weight", ones
        yield own + "post_attention_layernorm.weight", other + "ffn_norm.weight", ones
        for name, short, outputs, inputs in (
                ("self_attn.q_proj", "attn_q", WIDTH, WIDTH),
                ("self_attn.k_proj", "attn_k", KV_HEADS * HEAD, WIDTH),
                ("self_attn.v_proj", "attn_v", KV_HEADS * HEAD, WIDTH),
                ("self_attn.o_proj", "attn_output", WIDTH, WIDTH),
                ("mlp.gate_proj", "ffn_gate", FFN, WIDTH),
                ("mlp.up_proj", "ffn_up", FFN, WIDTH),
                ("mlp.down_proj", "ffn_down", WIDTH, FFN)):
            yield f"{own}{name}.weight", f"{other}{short}.weight", matrix(outputs, inputs)


def write_checkpoint(folder):
    config = {
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": WIDTH,
        "intermediate_size": FFN, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS, "head_dim": HEAD, "vocab_size": VOCABULARY,
        "max_position_embeddings": CONTEXT, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
        "hidden_act": "silu", "tie_word_embeddings": True,
    }
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file)
    save_file({name: array for name, _, array in tensors()},
              os.path.join(folder, "model.safetensors"))


def fovea_model(program, folder, weights):
    model = os.path.join(folder, weights + ".fovea")
    subprocess.run([program, "convert", "--quiet", folder, "-o", model, "--max", f"tokens={PROMPT}", "--weights",
                    weights], check=True)
    return model


def gguf_in(folder, path, weights):
    """The same model in what llama.cpp has for a format; the table, which is also the head, in it, too."""
    if weights == "f32":
        return path
    made = os.path.join(folder, weights + ".gguf")
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = FORMATS[weights]
    parameters.nthread = 1
    parameters.pure = True
    if llama_cpp.llama_model_quantize(path.encode(), made.encode(), parameters) != 0:
        raise SystemExit(f"llama.cpp does not quantise to {weights}")
    return made


def write_gguf(folder):
    path = os.path.join(folder, "model.gguf")
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FFN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(HEAD)
    writer.add_vocab_size(VOCABULARY)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("llama")
    pieces = [b"<unk>", b"<s>", b"</s>"] + [f"<0x{i:02X}>".encode() for i in range(256)]
    pieces += [f"piece{i}".encode() for i in range(VOCABULARY - len(pieces))]
    writer.add_token_list(pieces)
    writer.add_token_scores([0.0] * VOCABULARY)
    writer.add_token_types([2, 3, 3] + [6] * 256 + [1] * (VOCABULARY - 259))
    for _, name, array in tensors():
        writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def evaluate(llama, tokens):
    """Milliseconds to evaluate tokens after what the cache holds."""
    start = time.perf_counter()
    llama.eval(tokens)
    return (time.perf_counter() - start) * 1e3


def prompt_ms(llama, count):
    llama.reset()
    return evaluate(llama, [(7919 * i) % VOCABULARY for i in range(count)])


def token_ms(llama):
    """One token at position PROMPT, where fovea's stands too."""
    times = []
    for i in range(16):
        llama.n_tokens = PROMPT  # eval drops what the cache holds past it
        times.append(evaluate(llama, [i + 300]))
    return median(times)


def compare(arguments, folder, path, weights):
    model = fovea_model(arguments.fovea, folder, weights)
    in_format = gguf_in(folder, path, weights)
    peers = {name: llama_cpp.Llama(in_format, n_ctx=CONTEXT, n_threads=1, n_threads_batch=1,
                                   n_batch=PROMPT, n_ubatch=PROMPT, flash_attn=flash, verbose=False)
             for name, flash in (("llama.cpp", False), ("its flash attention", True))}
    for llama in peers.values():
        prompt_ms(llama, PROMPT)  # brings the mapped file into memory, fills the cache
    for name, count, own_arguments, other in (
            (f"prompt of {PROMPT} tokens", PROMPT, [], lambda llama: prompt_ms(llama, PROMPT)),
            ("one token", 1, ["--position", str(PROMPT)], token_ms)):
        own, *others = take_turns(
            arguments.rounds,
            lambda: bench(arguments.fovea, model, "--method", "next", "--set",
                          f"tokens={count}", *own_arguments, seconds=2),
            *[lambda llama=llama: other(llama) for llama in peers.values()])
        report(f"{weights}, {name}", [r["microseconds"]["median"] / 1e3 for r in own],
               median([r["gflops_limit"]["median"] for r in own]),
               median([r["gflop_per_run"] for r in own]) * 1e9, dict(zip(peers, others)), {})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fovea", required=True, help="the fovea program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--weights", nargs="+", choices=FORMATS, default=list(FORMATS))
    arguments = parser.parse_args()
    print(f"llama-cpp-python {llama_cpp.__version__}; one thread each; medians of "
          f"{arguments.rounds} rounds in turn")
    print(llama_cpp.llama_print_system_info().decode())
    with tempfile.TemporaryDirectory() as folder:
        write_checkpoint(folder)
        path = write_gguf(folder)
        for weights in arguments.weights:
            compare(arguments, folder, path, weights)


if __name__ == "__main__":
    main()
