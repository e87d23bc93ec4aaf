#!/usr/bin/env python3
"""rates.py TOOL PLUGIN WORK [CORE...]

Counts the instructions of every operator of some models on every core, under qemu, and writes
tools/board/rates.inc, by which `fovea inspect --board` estimates. Prints the error of each method's
estimate. Needs ../shared/data for the models of speech and of language.
"""
import json
import os
import shutil
import subprocess
import sys

from least_squares import fit

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATA = os.path.join(ROOT, "..", "shared", "data")
TOOL, PLUGIN, WORK = sys.argv[1:4]

FLOAT4 = "-mfpu=fpv4-sp-d16 -mfloat-abi=hard"
HEADERS = "/usr/include/newlib/c++"
CORES = {
    "cortex-m0plus": ("cortex", "mps2-an385", "-mcpu=cortex-m0plus"),
    "cortex-m3": ("cortex", "mps2-an385", "-mcpu=cortex-m3"),
    "cortex-m4": ("cortex", "mps2-an386", "-mcpu=cortex-m4 " + FLOAT4),
    "rv32imc": ("riscv", "qemu-system-riscv32", "-march=rv32imc -mabi=ilp32"),
    "rv32imafc": ("riscv", "qemu-system-riscv32", "-march=rv32imafc -mabi=ilp32f"),
    "aarch64": ("linux", "qemu-aarch64", ""),
}
MODELS = {}
for form in ("f32", "int8"):
    MODELS["digits_" + form] = [ROOT + "/examples/digits", "--weights", form]
    MODELS["dates_" + form] = [ROOT + "/examples/dates", "--max", "batch=1", "--weights", form]
    MODELS["kwt1_" + form] = [DATA + "/kwt1", "--weights", form]
    MODELS["stories_" + form] = [DATA + "/stories260K/stories260K.bin", "--max", "tokens=32",
                                 "--weights", form]
# Together they have every kind of operator.
for family in ("bert-1", "chronos-bolt-1", "clip-2", "deberta-v2-1", "deberta-v2-3", "esm-1", "gemma2-1", "gpt2-1",
               "layoutlm-1", "mixtral-1", "modernbert-1", "olmo-3", "phi-1", "segformer-1", "segformer-3", "segformer-4", "swin-1", "t5-1", "whisper-4"):
    MODELS[family.replace("-", "_")] = [ROOT + "/tests/families/folders/" + family]
for family in ("hubert-1", "hubert-3"):
    MODELS[family.replace("-", "_")] = [ROOT + "/tests/families/folders/" + family, "--max", "samples=4000"]
MODELS["wav2vec2_1_stream"] = [ROOT + "/tests/families/folders/wav2vec2-1", "--max", "hops=4",
                               "--max", "tokens=16"]
MODELS["kwt1_stream"] = [WORK + "/kwt1", "--max", "hops=50"]  # samples to labels
for form in ("f16", "bf16", "int4", "uint4"):
    MODELS["digits_" + form] = [ROOT + "/examples/digits", "--weights", form]
    MODELS["stories_" + form] = [DATA + "/stories260K/stories260K.bin", "--max", "tokens=32",
                                 "--weights", form]


# Floats by software take hundreds of instructions: small models say as much of these cores.
SLOW = ("cortex-m0plus",)


def models_of(core):
    big = ("dates", "hubert", "kwt1", "stories", "t5") if core in SLOW else ()
    return [m for m in MODELS if not m.startswith(big)] if big else list(MODELS)


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def convert():
    """Makes the models and the folder that holds them; gives the largest of their arenas."""
    os.makedirs(WORK, exist_ok=True)
    shutil.copytree(DATA + "/kwt1", WORK + "/kwt1", dirs_exist_ok=True)
    shutil.copy(ROOT + "/examples/keyword/preprocessor_config.json", WORK + "/kwt1")
    files = []
    for name, arguments in MODELS.items():
        files.append(f"{WORK}/{name}.fovea")
        run(TOOL, "convert", "--quiet", *arguments, "-o", files[-1])
    run(TOOL, "firmware", *files, "-o", WORK + "/f", "--sources", "--amalgamate", "--form", "assembly")
    arena = max(json.loads(run(TOOL, "inspect", f, "--json"))["arena"]["total"] for f in files)
    return arena


def build(core, arena):
    """Compiles the program for a core; gives its path, nm, and the emulator's command."""
    system, machine, flags = CORES[core]
    out, flags = f"{WORK}/{core}", flags.split()
    os.makedirs(out, exist_ok=True)
    models = models_of(core)
    with open(out + "/models.h", "w") as file:
        file.write(f"#define ARENA {arena}\n#define MODELS(f) {' '.join(f'f({m})' for m in models)}\n")
    prefix, link, compile_flags = "aarch64-linux-gnu-", ["-static"], []
    launcher, linker = [machine], "g++"
    extra = []
    if system == "cortex":
        prefix, flags = "arm-none-eabi-", ["-mthumb", *flags]
        folder = ROOT + "/toolchains/cortex-m"
        extra = [folder + "/startup.c", folder + "/syscalls.c",
                 ROOT + "/toolchains/freestanding/semihosting.c"]
        with open(folder + "/mps2-an386.ld") as script, open(out + "/board.ld", "w") as changed:
            changed.write(script.read().replace('"MODELS", CODE', '"MODELS", LARGE'))
        link = ["-nostartfiles", "-L" + folder, f"-T{out}/board.ld"]
        launcher = ["qemu-system-arm", "-M", machine]
    if system == "riscv":
        prefix, linker = "riscv64-unknown-elf-", "gcc"
        flags = ["--specs=picolibc.specs", "-mcmodel=medany", "-fno-exceptions", *flags]
        headers = f"{HEADERS}/{os.listdir(HEADERS)[0]}"
        compile_flags = ["-isystem", headers, "-isystem", headers + "/arm-none-eabi"]
        link = ["--oslib=semihost", "--crt0=hosted", "-Tpicolibc.ld",
                "-Wl,--defsym=__flash=0x80000000,--defsym=__flash_size=0x1000000",
                "-Wl,--defsym=__ram=0x81000000,--defsym=__ram_size=0x1000000,"
                "--defsym=__stack_size=0x10000"]
        launcher = [machine, "-M", "virt", "-m", "64M", "-bios", "none"]
    if system != "linux":
        launcher += ["-display", "none", "-monitor", "none", "-serial", "none", "-chardev",
                     "stdio,id=console", "-semihosting-config",
                     "enable=on,target=native,chardev=console", "-kernel"]
    run(prefix + "g++", *flags, *compile_flags, "-std=c++17", "-O2", "-fno-exceptions", "-c",
        WORK + "/f/fovea.cc",
        "-o", out + "/fovea.o")
    objects = [out + "/fovea.o"]
    sources = [ROOT + "/toolchains/instructions/operators.c", *extra]
    sources += [f"{WORK}/f/{m}_model.S" for m in models]
    for source in sources:
        # The emulated board has a Cortex-M3, whose start-up code is more than a Cortex-M0+ knows.
        board = ["-mcpu=cortex-m3"] if core == "cortex-m0plus" and source in extra else []
        objects.append(f"{out}/{os.path.basename(source)}.o")
        run(prefix + "gcc", *flags, *board, "-O2", "-ffreestanding", "-I" + out, f"-I{WORK}/f", "-I" + ROOT,
            "-c", source, "-o", objects[-1])
    run(prefix + linker, *flags, *objects, *link, "-Wl,--gc-sections", "-lm", "-o", out + "/program")
    return out + "/program", prefix + "nm", launcher


def count(core, arena):
    """Gives [(model, method, [instructions of each operator])]."""
    program, nm, launcher = build(core, arena)
    address = next(line.split()[0] for line in run(nm, program).splitlines()
                   if line.split()[-1] == "fovea_mark")
    marks = f"{WORK}/{core}/marks"
    said = run(launcher[0], "-plugin", f"{PLUGIN},mark=0x{address},out={marks}", *launcher[1:], program)
    with open(marks) as file:
        at = [int(line.split()[2]) for line in file if line.startswith("mark ")]
    result, next_mark = [], 0
    for line in said.splitlines():
        words = line.split()
        if not words or words[0] != "ran":
            print(f"{core}: {line}")
            continue
        records = int(words[4])
        ends = [at[next_mark + 2 * i + 1] for i in range(records)]
        begins = [at[next_mark]] + ends[:-1] if records else []
        next_mark += 2 * records
        if words[3] == "0":
            result.append((words[1], words[2], [e - b for b, e in zip(begins, ends)]))
        else:
            # An operator that refused to begin has looked at the clock no more.
            print(f"{core}: {words[1]} {words[2]} ended with code {words[3]}")
    return result


def features():
    """{(model, method): operators} as the tool sees them, which are the same on every core."""
    result = {}
    for model in MODELS:
        text = run(TOOL, "inspect", f"{WORK}/{model}.fovea", "--board", "cortex-m4", "--json")
        for method in json.loads(text)["board"]["methods"]:
            result[model, method["name"]] = method["operators"]
    return result


def main():
    arena = convert()
    path, rates = ROOT + "/tools/board/rates.inc", {}
    with open(path) as file:
        for line in file:
            if line.startswith("FOVEA_RATE("):
                rates.setdefault(line.split('"')[1], []).append(line)
    for core in sys.argv[4:] or CORES:
        known, samples = features(), {}
        counted = count(core, arena)
        for model, method, counts in counted:
            for operator, instructions in zip(known[model, method], counts):
                samples.setdefault((operator["kind"], operator["format"]), []).append(
                    (operator, instructions))
        fitted = {key: fit(value) for key, value in sorted(samples.items())}
        rates[core] = ['FOVEA_RATE("%s", "%s", "%s", %.4g, %.4g, %.4g, %.4g)\n' % (core, *key, *rate)
                       for key, rate in fitted.items()]
        for model, method, counts in counted:
            total = 0.0
            for operator in known[model, method]:
                a, b, c, d = fitted[operator["kind"], operator["format"]]
                total += (a * operator["multiply_adds"] + b * operator["elements"] + c * operator["results"]
                          + d)
            print("%s %s %s: %d counted, %d estimated, %+.1f %%" % (
                core, model, method, sum(counts), total, 100 * (total / sum(counts) - 1)))
        with open(path, "w") as file:
            file.write("// Made by toolchains/instructions/rates.py; not to be edited.\n")
            for known_core in sorted(rates):
                file.writelines(rates[known_core])


main()
