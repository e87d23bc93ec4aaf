#!/bin/sh
# firmware_sources_test.sh TOOL CC CXX SOURCE WORK
# `fovea firmware --sources`: the folder compiles as it is, without a flag, a definition or a warning, and
# what it makes has the workstation's results. Other compilers: firmware_compilers_test.sh.
set -eu
tool=$1 cc=$2 cxx=$3 source=$4 work=$5
fail() { echo "firmware_sources_test: $*"; exit 1; }
expect() { # CODE COMMAND...
  wanted=$1
  shift
  code=0
  "$@" >"$work/out" 2>"$work/err" || code=$?
  [ $code = "$wanted" ] || { cat "$work/out" "$work/err"; fail "exit code $code from: $*"; }
}

rm -rf "$work"
mkdir -p "$work"
digits=$work/digits.fovea dates=$work/dates.fovea half=$work/half.fovea both=$work/both
"$tool" convert --quiet "$source/examples/digits" -o "$digits"
"$tool" convert --quiet "$source/examples/dates" -o "$dates" --max batch=2
"$tool" convert --quiet "$source/examples/digits" -o "$half" --weights f16
"$tool" convert --quiet "$source/examples/digits" -o "$work/codes.fovea" --weights int8

# The same bytes twice; several models share the runtime.
expect 0 "$tool" firmware "$digits" "$dates" -o "$both" --sources
expect 0 "$tool" firmware "$digits" "$dates" -o "$work/again" --sources
diff -r "$both" "$work/again" || fail "not reproducible"
ls "$both" | grep -q '^fovea_runtime_operators_embedding.cc$' || fail "dates without embedding"
expect 2 "$tool" firmware "$digits" "$dates" -o "$work/bad"
expect 2 "$tool" firmware "$digits" "$dates" -o "$work/bad" --sources --name digits
expect 1 "$tool" firmware "$digits" "$digits" -o "$work/bad" --sources
[ ! -e "$work/bad" ] || fail "a refused call left a folder"

# compile FOLDER COMPILER FLAGS...: all that is in it, each file by itself.
compile() {
  folder=$1 compiler=$2
  shift 2
  mkdir -p "$folder/objects"
  (cd "$folder/objects" && rm -f ./*.o && "$compiler" -std=c++17 -O2 -Wall -Wextra -Werror "$@" -c ../*.cc) ||
    fail "$compiler $* does not take the folder"
}
# run FOLDER EXPECTED C-COMPILER COMPILER LAUNCHER FLAGS...
run() {
  folder=$1 expected=$2 c=$3 compiler=$4 launcher=$5
  shift 5
  compile "$folder" "$compiler" "$@"
  "$c" -std=c99 -pedantic -Wall -Wextra -Werror "$@" -I"$folder" -c "$folder/examples/bare/main.c" \
    -o "$folder/objects/main.o"
  "$compiler" "$@" "$folder"/objects/*.o -o "$folder/program"
  [ "$($launcher "$folder/program")" = "$expected" ] ||
    fail "$compiler $*: $($launcher "$folder/program" || true)"
  echo "$compiler $*: $expected" | tr '\n' ' '
  echo
}
fine="digits: fingerprint ok
dates: fingerprint ok"
make -s -C "$both" -j2 CXX="$cxx" CXXFLAGS="-O2 -Wall -Wextra -Werror" || fail "make"
"$cc" -std=c99 -pedantic -Wall -Wextra -Werror -I"$both" "$both/examples/bare/main.c" \
  "$both/libfovea_models.a" -lm -o "$work/made"
[ "$("$work/made")" = "$fine" ] || fail "made: $("$work/made" || true)"

# Compact: all compiled as one, with the same results in less code.
case $("$cxx" --version) in *"Free Software"*)
  cp -r "$both" "$work/compact"
  make -s -C "$work/compact" clean
  make -s -C "$work/compact" -j2 CXX="$cxx" AR=gcc-ar COMPACT=1 CXXFLAGS="-Wall -Wextra -Werror" ||
    fail "make COMPACT=1"
  for kind in both compact; do
    "$cxx" -Os -flto -I"$both" -x c "$both/examples/bare/main.c" -x none "$work/$kind/libfovea_models.a" \
      -Wl,--gc-sections -s -o "$work/$kind-program"
  done
  [ "$("$work/compact-program")" = "$fine" ] || fail "made compact: $("$work/compact-program" || true)"
  [ "$(wc -c <"$work/compact-program")" -lt "$(wc -c <"$work/both-program")" ] || fail "COMPACT=1 is not smaller" ;;
esac
make -s -C "$both" clean

# Every other program of an example, as far as it compiles without its system.
"$cxx" -fsyntax-only -Wall -Wextra -Werror -I"$both" "$both/examples/platformio/main.cpp"
"$cc" -fsyntax-only -Wall -Wextra -Werror -I"$both" "$both/examples/esp-idf/main.c"
printf 'struct { void begin(int) {} void print(const char*) {} } Serial;\n' >"$work/arduino.h"
"$cxx" -fsyntax-only -x c++ -include "$work/arduino.h" -I"$both" "$both/examples/fingerprint/fingerprint.ino"
# Headers that no example includes.
for header in beams sampler; do
  printf '#include "fovea_%s.hpp"\n' "$header" >"$work/header.cc"
  "$cxx" -std=c++17 -fsyntax-only -Wall -Wextra -Werror -I"$both" "$work/header.cc"
done

# Only what a model needs; what another needed goes away; formats as the weights have them.
expect 0 "$tool" firmware "$half" -o "$both" --sources
for absent in embedding rotary gated_linear rms_norm; do
  [ ! -e "$both/fovea_runtime_operators_$absent.cc" ] || fail "digits has $absent"
done
grep -q 'FOVEA_FORMAT(f16' "$both/fovea_kernels_formats.inc" || fail "f16 is missing"
! grep -q 'rotary_f32' "$both/fovea_kernels_kernels.inc" || fail "digits has a kernel of rotary"
[ -z "$(ls "$both" | grep -E "^(digits|dates)")" ] || fail "models of an earlier call are left"
run "$both" "half: fingerprint ok" "$cc" "$cxx" ""

# A compiler that would fuse products and sums on its own, for a processor that can, is told not to.
if [ "$(uname -m)" = x86_64 ]; then
  for flag in "" -ffp-contract=off; do
    "$cxx" -std=c++17 -O2 -mfma $flag -c "$both/fovea_kernels_isa_portable.cc" -o "$work/fused$flag.o"
  done
  mv "$work/fused.o" "$work/a.o"
  cmp "$work/a.o" "$work/fused-ffp-contract=off.o" || fail "products and sums are fused"
fi

# One source file and one header; what was there before goes, and comes back.
expect 2 "$tool" firmware "$half" -o "$work/bad" --amalgamate
expect 0 "$tool" firmware "$half" "$work/codes.fovea" -o "$both" --sources --amalgamate
[ "$(cd "$both" && echo *.cc *.h *.inc *.hpp)" = \
  "codes_model.cc fovea.cc half_model.cc fovea.h *.inc *.hpp" ] || fail "not one of each: $(ls "$both")"
run "$both" "half: fingerprint ok
codes: fingerprint ok" "$cc" "$cxx" ""
for program in platformio/main.cpp bare/main.c; do
  grep -q '#include "fovea.h"' "$both/examples/$program" || fail "$program includes no fovea.h"
done
# A trusted header opens by its checksum and by no other, and what checks headers is not linked.
expect 0 "$tool" firmware "$half" "$work/codes.fovea" -o "$both" --sources --amalgamate --trusted
run "$both" "half: fingerprint ok
codes: fingerprint ok" "$cc" "$cxx" ""
"$cxx" -O2 -ffunction-sections -fdata-sections -c "$both/fovea.cc" -std=c++17 -o "$both/objects/fovea.o"
"$cxx" "$both"/objects/*.o -Wl,--gc-sections -o "$both/program"
! nm "$both/program" | grep -q verify_operators || fail "checks in a program that makes none"
sed -i 's/#define HALF_HEADER_CRC /&1u ^ /' "$both/fovea.h"
"$cc" -std=c99 -I"$both" -c "$both/examples/bare/main.c" -o "$both/objects/main.o"
"$cxx" "$both"/objects/*.o -o "$both/program"
said=$("$both/program") || true
[ "$said" = "half: not opened
codes: fingerprint ok" ] || fail "another checksum: $said"
expect 0 "$tool" firmware "$half" -o "$both" --sources
[ ! -e "$both/fovea.cc" ] && [ -e "$both/half.h" ] || fail "fovea.cc is left, or half.h missing"
echo "firmware sources ok"
