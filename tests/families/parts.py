"""What a folder's model computes in double precision, part by part: for `fovea convert --compare`.

    python3 tests/families/parts.py FOLDER OUT.npz [CLASS]

Needs transformers 5 and torch. OUT.npz gets `tokens`, outputs by fovea's names, and what every module with
weights gives, by PyTorch's names. CLASS is that of transformers, AutoModelForCausalLM unless given.
"""

import sys

import numpy
import torch
import transformers

TOKENS = [5, 9, 3, 17, 11]


def main():
    folder, out = sys.argv[1:3]
    kind = sys.argv[3] if len(sys.argv) > 3 else "AutoModelForCausalLM"
    model = getattr(transformers, kind).from_pretrained(folder, dtype=torch.float64, attn_implementation="eager").eval()
    arrays = {"tokens": numpy.array(TOKENS, numpy.int32)}

    def keep(name):
        def hook(_, __, output):
            first = output if isinstance(output, torch.Tensor) else output[0]
            if isinstance(first, torch.Tensor):
                arrays[name] = first[0].numpy().astype(numpy.float32)
        return hook

    for name, module in model.named_modules():
        if name and any(True for _ in module.parameters()) and not isinstance(module, torch.nn.ModuleList):
            module.register_forward_hook(keep(name))
    with torch.no_grad():
        result = model(torch.tensor([TOKENS]))
    if "logits" in result:
        arrays["logits"] = result["logits"][0].numpy()
    if "last_hidden_state" in result:
        arrays["hidden"] = result["last_hidden_state"][0].numpy()
        arrays["token_types"] = numpy.zeros(len(TOKENS), numpy.int32)
    numpy.savez_compressed(out, **arrays)
    print(f"{out}: {', '.join(arrays)}")


main()
