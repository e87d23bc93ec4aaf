#!/usr/bin/env bash
# firmware_pages_test.sh TOOL SOURCE WORK PAGE...
# Runs the commands of pages of examples/firmware/projects: the blocks that begin with ```sh, each page in a
# folder of its own, and compares what they print with the block ```text behind them. A block ```sh PROGRAM
# is run where there is such a program; the page says so of those that no test machine has.
set -uo pipefail
tool=$(realpath "$1") source=$(realpath "$2") work=$(realpath -m "$3")
shift 3
fail() { echo "firmware_pages_test: $*"; exit 1; }

rm -rf "$work"
mkdir -p "$work/bin"
ln -s "$tool" "$work/bin/fovea"
export FOVEA=$source PATH=$work/bin:$PATH

# blocks PAGE FOLDER: the blocks in order, as N.sh with N.needs, and N.text where output follows.
blocks() {
  awk -v folder="$2" '
    /^```$/ { if (out != "") { close(out); out = ""; next } }
    /^```sh/ { n += 1; out = sprintf("%s/%02d.sh", folder, n); printf "" >out
      needs = sprintf("%s/%02d.needs", folder, n); print $2 >needs; close(needs); next }
    /^```text$/ { out = sprintf("%s/%02d.text", folder, n); next }
    /^```/ { print "a block of another kind: " $0; bad = 1 }
    out != "" { print >out }
    END { if (out != "" || n == 0) bad = 1; exit bad }' "$1"
}

for page; do
  name=$(basename "$page" .md)
  folder=$work/$name ran=0 left=0
  mkdir -p "$folder/steps" "$folder/project"
  blocks "$source/$page" "$folder/steps" || fail "$page: no blocks, or one without an end"
  for step in "$folder"/steps/*.sh; do
    step=${step%.sh}
    needs=$(cat "$step.needs")
    if [ -n "$needs" ] && ! command -v "$needs" >/dev/null; then
      echo "$name: without $needs"
      left=$((left + 1))
      continue
    fi
    (cd "$folder/project" && bash -eu -o pipefail "$step.sh") >"$step.out" 2>"$step.err" ||
      { cat "$step.sh" "$step.out" "$step.err"; fail "$page: a command fails"; }
    # Where the tool says sizes, it says them to standard error; compilers warn there.
    ! grep -iE 'warning|error' "$step.err" || fail "$page: what a compiler says"
    if [ -e "$step.text" ]; then
      diff "$step.text" "$step.out" || fail "$page: other output"
    fi
    ran=$((ran + 1))
  done
  [ $ran -ge 1 ] && [ $((ran + left)) -ge 2 ] || fail "$page: $ran blocks ran"
  echo "$name: $ran blocks ran"
done
echo "firmware pages ok"
