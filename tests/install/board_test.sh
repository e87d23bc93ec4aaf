#!/bin/sh
# board_test.sh SOURCE TOOL CMAKE GENERATOR QEMU WORK: examples/firmware/own_board as a stranger builds
# it, for a board of which fovea knows nothing, run under an emulator; README.md shows its files.
set -eu
source=$1 tool=$2 cmake=$3 generator=$4 qemu=$5 work=$6
own=$source/examples/firmware/own_board
fail() { echo "board_test: $*"; exit 1; }

rm -rf "$work"
mkdir -p "$work/board/toolchains"
# The stranger's board support.
cp "$source"/toolchains/cortex-m/*.c "$source"/toolchains/cortex-m/sections.ld \
  "$source/toolchains/freestanding/semihosting.c" "$work/board"
cp "$source/toolchains/cortex-m/mps2-an386.ld" "$work/board/board.ld"
cp "$source/toolchains/console.h" "$work/board/toolchains"

"$cmake" -S "$own" -B "$work/build" -G "$generator" "-DCMAKE_TOOLCHAIN_FILE=$own/board.cmake" \
  -DCMAKE_BUILD_TYPE=Release "-DFOVEA=$source" "-DMODEL=$source/examples/digits" \
  "-DBOARD=$work/board" "-DFOVEA_HOST_TOOL=$tool" "-DCMAKE_CXX_COMPILER_LAUNCHER=${CCACHE:-}" \
  >"$work/log" 2>&1 || { cat "$work/log"; fail "does not configure"; }
grep -q 'Generic, so FOVEA_FREESTANDING=ON and FOVEA_SINGLE_ISA=portable' "$work/log" ||
  fail "configured without a word: $(cat "$work/log")"
grep -q 'FOVEA_BUILD_[A-Z]*:BOOL=ON' "$work/build/CMakeCache.txt" && fail "builds more than libraries"
"$cmake" --build "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; fail "does not build"; }

# It never ends, so it is ended when it has said what it has to say.
"$qemu" -M mps2-an386 -display none -monitor none -serial "file:$work/uart" \
  -kernel "$work/build/reader" </dev/null >"$work/qemu" 2>&1 &
emulator=$!
for second in $(seq 60); do
  grep -q . "$work/uart" 2>/dev/null && break
  sleep 1
done
sleep 1
kill $emulator
grep -q '^a stroke is read as 1' "$work/uart" || fail "it said: $(cat "$work/uart" "$work/qemu")"

# The libraries alone, without a project around them.
"$cmake" -S "$source" -B "$work/alone" -G "$generator" "-DCMAKE_TOOLCHAIN_FILE=$own/board.cmake" \
  -DCMAKE_BUILD_TYPE=Release >"$work/log" 2>&1 || { cat "$work/log"; fail "alone"; }
grep -q 'FOVEA_BUILD_[A-Z]*:BOOL=ON' "$work/alone/CMakeCache.txt" && fail "alone builds programs"

for file in board.cmake CMakeLists.txt; do
  awk -v file="$own/$file" '
    BEGIN { while ((getline line < file) > 0) want = want line "\n" }
    { have = have $0 "\n" }
    END { exit index(have, want) == 0 }' "$source/examples/firmware/README.md" ||
    fail "examples/firmware/README.md does not show $file as it is"
done
echo "board_test ok"
