"""./dev mutate [N] [PATH...]: what the tests do not notice.

Breaks one random line at a time in a copy of the checkout (build/mutate), builds it, runs the native
tests up to the first that fails, and puts the line back. The tests named as the line's file or folder come
first, then those of its part of the project, then others whose program it changed. Prints each mutant and
what became of it, and at the end those that survived. Exit code 1 where fewer than --least percent of the
mutants that built were noticed.

A copy, so that the checkout can be worked on meanwhile; the same seed gives the same mutants. A mutant of
which compilers make the same objects, be it one in a comment, does not count.
"""
import argparse
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

from mutants import mutants_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "mutate"
COPY = WORK / "checkout"
DEFAULT_PATHS = ["runtime", "tools", "kernels"]
# Tests that build the project again with other settings, for minutes: they say little about a line.
REBUILDING = ["tests/install", "tests/dev"]

def run(command, log, timeout):
    """Whether a command in the copy succeeds, in time."""
    with open(WORK / log, "w") as out:
        process = subprocess.Popen(command, cwd=COPY, stdout=out, stderr=subprocess.STDOUT,
                                   stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            return process.wait(timeout=timeout) == 0
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
            return False


def tracked():
    """The names of the files that git knows and that are there."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    return [name for name in names.decode().split("\0") if name and (ROOT / name).is_file()]


def make_copy():
    """The tracked files as they are; files that did not change keep their times, for the build's sake."""
    names = tracked()
    for folder in {name.split("/")[0] for name in names if "/" in name}:
        for file in (COPY / folder).rglob("*"):  # of an earlier copy
            if file.is_file() and str(file.relative_to(COPY)) not in names:
                file.unlink()
    for name in names:
        source, target = ROOT / name, COPY / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or source.read_bytes() != target.read_bytes():
            shutil.copy(source, target)
    # What the tests look for beside the checkout, and what ./dev unpacked.
    for link, target in ((WORK / "shared", ROOT.parent / "shared"), (COPY / ".deps", ROOT / ".deps")):
        if target.exists() and not link.exists():
            link.symlink_to(target)


def build(targets=("all",)):
    return run(["cmake", "--build", "build/dev", "-j", str(os.cpu_count()), "--target", *targets],
               "build.log", 1200)


def listed(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=COPY).stdout


def tests_of(folder):
    """The tests of a folder: their names and the programs that they start."""
    tests = listed("ctest", "--test-dir", f"build/dev/{folder}", "--show-only=json-v1")
    return {test["name"]: pathlib.Path(test["command"][0]) for test in json.loads(tests)["tests"]}


def objects():
    """What was compiled: the hash of each object, but for those that hold the text of sources."""
    files = (COPY / "build" / "dev").rglob("*.o")
    return {str(file): hashlib.sha256(file.read_bytes()).digest() for file in files if "embed" not in file.name}


class Tests:
    """Which tests are run for a mutant, and in which order."""

    def __init__(self):
        rebuilding = [name for folder in REBUILDING for name in tests_of(folder)]
        self.programs = {name: file for name, file in tests_of(".").items() if name not in rebuilding}
        # "all" for a script, which may look at any program.
        targets = re.findall(r"^([\w.]+):", listed("cmake", "--build", "build/dev", "--target", "help"), re.M)
        self.targets = {name: name if name in targets else "all" for name in self.programs}
        if failed := self.failed(self.programs):
            sys.exit(f"mutate: {failed} fails without a mutation: see {WORK / 'test.log'}")
        self.objects = objects()

    def failed(self, names):
        """The first of these tests that fails. Processor time ends a loop without end, on a busy machine too."""
        limited = ["bash", "-c", 'ulimit -t 60; exec "$@"', "-", "ctest", "--preset", "dev", "--stop-on-failure",
                   "--timeout", "300"]
        if not names or run([*limited, "-R", f"^({'|'.join(names)})$"], "test.log", 3600):
            return None
        log = (WORK / "test.log").read_text(errors="replace")
        return re.findall(r"Test +#\d+: (\S+) .*\*\*\*(?!Skipped)", log)[0]

    def outcome(self, path):
        """The name of the first test that fails; otherwise what became of the mutant."""
        since = (COPY / path).stat().st_mtime
        file = pathlib.PurePath(path)
        folder = f"tests/{file.parts[0]}"
        near = tests_of(folder) if (COPY / folder / "CMakeLists.txt").exists() else {}
        own = {f"{word}_{kind}" for word in (file.stem, file.parent.name) for kind in ("test", "bits")}
        # Who is likely to notice comes first; scripts, for which everything is built, come last.
        stage = {name: 0 if name in own else 1 if name in near and self.targets[name] != "all" else 2
                 for name in self.programs}
        for names in ([name for name in stage if stage[name] == number] for number in range(3)):
            if names and not build({self.targets[name] for name in names}):
                return "does not build"
            # A program that was not linked again cannot notice, but scripts and near tests may start others.
            if failed := self.failed([name for name in names if name in near or self.targets[name] == "all"
                                      or self.programs[name].stat().st_mtime >= since]):
                return failed
        return "SURVIVED" if objects() != self.objects else "the same program"


def outcome(mutant, tests):
    path, number, text = mutant
    file = COPY / path
    lines = file.read_text().splitlines(keepends=True)
    changed = lines[:number] + [text] + lines[number + 1:]
    file.write_text("".join(changed))
    try:
        return tests.outcome(path)
    finally:
        file.write_text("".join(lines))


def candidates(paths):
    """The mutants of what this machine compiles: of other machines' kernels no test would speak."""
    compiled = listed("ninja", "-C", "build/dev", "-t", "deps")
    for path in paths:
        folder = os.path.relpath(ROOT / path, ROOT)
        for name in tracked():
            if name != folder and not name.startswith(folder + "/"):
                continue
            if f"/{name}\n" not in compiled:  # by its whole path, or ccache's relative one
                continue
            lines = (ROOT / name).read_text().splitlines(keepends=True)
            if "not to be edited" not in lines[0]:  # figures that were measured
                yield from mutants_of(name, lines)


def main():
    parser = argparse.ArgumentParser(prog="./dev mutate", description="What the tests do not notice.")
    parser.add_argument("count", nargs="?", type=int, default=20, metavar="N")
    parser.add_argument("paths", nargs="*", default=DEFAULT_PATHS, metavar="PATH")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=int, default=90, help="percent that must be noticed")
    arguments = parser.parse_args()
    make_copy()
    if not run(["cmake", "--preset", "dev"], "configure.log", 600) or not build():
        sys.exit(f"mutate: the checkout does not build: see {WORK}")
    everything = list(candidates(arguments.paths))
    if not everything:
        sys.exit(f"mutate: nothing to break in {' '.join(arguments.paths)}")
    chosen = random.Random(arguments.seed).sample(everything, min(arguments.count, len(everything)))
    tests = Tests()
    survivors, noticed = [], 0
    for index, mutant in enumerate(chosen, 1):
        path, number, text = mutant
        result = outcome(mutant, tests)
        old = (COPY / path).read_text().splitlines()[number].strip()
        line = f"{path}:{number + 1}: `{old}` to `{text.strip()}`"
        print(f"{index}/{len(chosen)} {result}: {line}", flush=True)
        if result == "SURVIVED":
            survivors.append(line)
        elif result not in ("does not build", "the same program"):
            noticed += 1
    built = noticed + len(survivors)
    share = 100 * noticed / built if built else 100
    print(f"\n{noticed} of {built} mutants that built were noticed ({share:.0f} %); survivors:")
    print("\n".join(survivors) or "none")
    return 0 if share >= arguments.least else 1


if __name__ == "__main__":
    sys.exit(main())
