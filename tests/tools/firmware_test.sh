#!/bin/sh
# firmware_test.sh TOOL CC CXX NM SOURCE WORK LIBRARY...
# `fovea firmware` and `fovea inspect --fit` on the digits and dates models: what is written is the
# same twice, compiles as C and as C++, runs, and links the operators and features of the model only.
set -eu
tool=$1 cc=$2 cxx=$3 nm=$4 source=$5 work=$6
shift 6
fail() { echo "firmware_test: $*"; exit 1; }
expect() { # CODE COMMAND...
  wanted=$1
  shift
  code=0
  "$@" >"$work/out" 2>"$work/err" || code=$?
  [ $code = "$wanted" ] || { cat "$work/out" "$work/err"; fail "exit code $code from: $*"; }
}

rm -rf "$work"
mkdir -p "$work"
model=$work/digits.fovea
"$tool" convert "$source/examples/digits" -o "$model"

# The same bytes twice; nothing but the files.
expect 0 "$tool" firmware "$model" -o "$work/array" --form array
expect 0 "$tool" firmware "$model" -o "$work/again" --form array
diff -r "$work/array" "$work/again" || fail "not reproducible"
[ "$(ls "$work/array" | tr '\n' ' ')" = "digits.h digits_model.c digits_operators.c " ] ||
  fail "unexpected files: $(ls "$work/array")"
expect 0 "$tool" firmware "$model" -o "$work/assembly" --form assembly
expect 2 "$tool" firmware "$model" -o "$work/bad" --name 'a b'
expect 1 "$tool" firmware "$source/LICENSE" -o "$work/bad"

# A machine's own libraries come last, for the threads and kernels' language.
program() { # COMPILER STANDARD FOLDER BYTES OUTPUT LANGUAGE LIBRARY...
  compiler=$1 standard=$2 folder=$3 bytes=$4 output=$5 language=$6
  shift 6
  objects=
  for file in "$source/tests/tools/firmware_main.c" "$folder/digits_operators.c" \
    "$folder/$bytes"; do
    object=$output.$(basename "$file").o
    case $file in
      *.S) "$cc" -c -I"$folder" "$file" -o "$object" ;;
      *) "$compiler" -c -x "$language" "$standard" -pedantic -Wall -Wextra -Werror \
        -I"$folder" -I"$source/runtime/include" "$file" -o "$object" ;;
    esac
    objects="$objects $object"
  done
  "$cxx" $objects "$@" -Wl,--gc-sections -pthread -o "$output"
  [ "$("$output")" = "firmware ok" ] || fail "$output fails with $("$output" || echo $?)"
  "$nm" "$output" >"$output.symbols"
  grep -q ' fovea_operator_linear$' "$output.symbols" || fail "$output: no operator linear"
  for absent in rotary gated_linear embedding rms_norm linear_f16 linear_int8 quantize \
    linear_int4 linear_uint4 quantize_groups; do
    ! grep -q " fovea_operator_$absent\$" "$output.symbols" || fail "$output: has $absent"
  done
  ! grep ' fovea_feature_' "$output.symbols" || fail "$output: has features"
}
program "$cc" -std=c99 "$work/array" digits_model.c "$work/as_c" c "$@"
program "$cxx" -std=c++17 "$work/array" digits_model.c "$work/as_cxx" c++ "$@"
program "$cc" -std=c11 "$work/assembly" digits_model.S "$work/as_assembly" c "$@"

# Of a model in f16 the operators that read f16, and not those of f32.
"$tool" convert "$source/examples/digits" -o "$work/half.fovea" --weights f16
expect 0 "$tool" firmware "$work/half.fovea" -o "$work/half" --name digits
grep -q '&fovea_operator_linear_f16,' "$work/half/digits_operators.c" || fail "f16: no linear_f16"
! grep -q '&fovea_operator_linear,' "$work/half/digits_operators.c" || fail "f16: linear of f32"

# Of codes the operators that read codes, and the one that makes them.
codes() { # FORMAT NEEDED NEEDED ABSENT: operators
  "$tool" convert "$source/examples/digits" -o "$work/$1.fovea" --weights "$1"
  expect 0 "$tool" firmware "$work/$1.fovea" -o "$work/$1" --name digits
  for needed in "$2" "$3"; do
    grep -q "&fovea_operator_$needed," "$work/$1/digits_operators.c" || fail "$1: no $needed"
  done
  for absent in linear "$4"; do
    ! grep -q "&fovea_operator_$absent," "$work/$1/digits_operators.c" || fail "$1: has $absent"
  done
}
codes int8 linear_int8 quantize quantize_groups
codes int4 linear_int4 quantize_groups quantize
codes uint4 linear_uint4 quantize_groups quantize

# Of a model with these the features that they need.
features() { # MODEL: as its list has them
  expect 0 "$tool" firmware "$1" -o "$work/features" --name dates
  sed -n 's/^ *&fovea_feature_\(.*\),$/\1/p' "$work/features/dates_operators.c" | tr '\n' ' '
}
dates=$work/dates.fovea
"$tool" convert "$source/examples/dates" -o "$dates"
[ "$(features "$dates")" = "caches derived_dims texts " ] || fail "dates: $(features "$dates")"
"$tool" convert "$source/examples/dates" -o "$work/batch.fovea" --max batch=2
[ "$(features "$work/batch.fovea")" = "caches derived_dims packed_rows texts " ] ||
  fail "a batch of dates: $(features "$work/batch.fovea")"

# What fits, what does not, and what is no budget.
expect 0 "$tool" inspect "$model" --fit flash=1M,ram=256K
grep -q 'fits' "$work/out" || fail "inspect --fit does not say that it fits"
expect 1 "$tool" inspect "$model" --fit ram=1K
grep -q 'does not fit: ram' "$work/err" || fail "no reason: $(cat "$work/err")"
for budget in flash ram= disk=1M ram=1K,ram=1K ram=1X ram=99999999999G ''; do
  [ -z "$budget" ] || expect 2 "$tool" inspect "$model" --fit "$budget"
done

# A suggestion does what it says: planned so, the model fits, and takes the bytes foretold.
total() { "$tool" inspect "$1" --json | sed -n '/"arena"/,/}/s/.*"total": \([0-9]*\).*/\1/p'; }
budget=$(($(total "$dates") * 2 / 3))
expect 1 "$tool" inspect "$dates" --fit ram=$budget
way='^ *fovea plan FILE -o OUT \(.*--max [a-z_]*=[0-9]*\) *\([0-9,]*\) bytes$'
sed -n "s/$way/\1 \2/p" "$work/out" >"$work/ways"
[ -s "$work/ways" ] || fail "no way to fit dates into $budget: $(cat "$work/out")"
while read -r line; do
  bytes=$(echo "${line##* }" | tr -d ,)
  "$tool" plan "$dates" -o "$work/smaller.fovea" ${line% *}
  really=$(total "$work/smaller.fovea")
  [ "$really" = "$bytes" ] || fail "$line: really $really"
  [ "$bytes" -le $budget ] || fail "$line: more than $budget"
  expect 0 "$tool" inspect "$work/smaller.fovea" --fit ram=$budget
done <"$work/ways"
echo "firmware_test: all as expected"
