#!/usr/bin/env python3
"""code_sizes.py CORE LIBRARY... -- COMPILER FLAGS...

What the runtime takes in flash on a core, for tools/board/code.inc: prints FOVEA_CODE(core, bytes, "NAMES"),
the code and constants that are linked where one of these operators and features is; without names, always.
The linker says so, once for each of them: what two need together needs no more than what each needs.
"""
import collections
import pathlib
import re
import subprocess
import sys
import tempfile

# Of fovea.h, what the programs of examples/firmware call and what `fovea firmware` writes.
ALWAYS = ["fovea_open_with", "fovea_bind", "fovea_input", "fovea_output", "fovea_run", "fovea_check_fingerprint"]
# An input section in a linker's map: its name, its size and its file; long names have a line of their own.
SECTION = re.compile(r"^ (\.\S+)\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S+)", re.M)
IN_FLASH = re.compile(r"\.(text|rodata|data|ARM\.ex)")


class Linked:
    """What a linker takes of some libraries."""

    def __init__(self, libraries, linker, folder):
        self.libraries, self.linker, self.folder = libraries, linker, folder
        nm = linker[0].removesuffix("g++") + "nm"
        defined = subprocess.run([nm, "--defined-only", *libraries], check=True, capture_output=True, text=True).stdout
        # Inline functions: every file has them, and a program those of any file.
        self.inline = set(re.findall(r" [WV] (\w+)$", defined, re.M))
        self.optional = sorted(set(re.findall(r"\b(fovea_(?:operator|feature)_\w+)$", defined, re.M)))

    def kept(self, *symbols):
        """{section: bytes} of what a program with these symbols holds, the C library's share included."""
        map_file = self.folder / "map"
        undefined = [f"-Wl,-u,{symbol}" for symbol in [*ALWAYS, *symbols]]
        subprocess.run([*self.linker, "-nostartfiles", "-Wl,--gc-sections", "-Wl,-Ttext=0", f"-Wl,-e,{ALWAYS[0]}",
                        *undefined, *self.libraries, f"-Wl,-Map={map_file}", "-o", self.folder / "program"], check=True)
        text = map_file.read_text()
        text = text[text.index("Linker script and memory map"):]
        return {name if name.split(".")[2:3] and name.split(".")[2] in self.inline else (name, file): int(size, 16)
                for name, size, file in SECTION.findall(text) if IN_FLASH.match(name)}


def main():
    core, *rest = sys.argv[1:]
    libraries, linker = rest[:rest.index("--")], rest[rest.index("--") + 1:]
    needed_by = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        linked = Linked(libraries, linker, pathlib.Path(name))
        always = linked.kept()
        sizes = dict(always)
        for symbol in linked.optional:
            for section, size in linked.kept(symbol).items():
                # Texts that two have are one where both are linked: its size is the larger share of either.
                sizes[section] = max(size, sizes.get(section, 0))
                if section not in always:
                    needed_by[section].append(symbol.removeprefix("fovea_"))
    groups = collections.Counter()
    for section, size in sizes.items():
        groups[" ".join(needed_by[section])] += size
    for symbols, size in sorted(groups.items()):
        if size:
            print(f'FOVEA_CODE("{core}", {size}, "{symbols}")')


if __name__ == "__main__":
    main()
