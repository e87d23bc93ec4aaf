#!/bin/sh
# measure.sh PLUGIN NM HEADER PREFIX_METHOD PROGRAM LIMIT TOOL MODEL CORE EMULATOR...
# Runs tests/bits/model_main.cc under qemu with the counting plugin and prints instructions per
# multiply-add of one inference; fails where these exceed LIMIT, or where `fovea inspect --board CORE` of
# MODEL estimates the first method's by more than 10 % otherwise (CORE none: nothing is estimated). HEADER,
# written by `fovea firmware`, says how many multiply-adds PREFIX_METHOD has.
set -eu
plugin=$1 nm=$2 header=$3 prefix=$4 program=$5 limit=$6 tool=$7 model=$8 core=$9
shift 9
estimate=0
[ "$core" = none ] || estimate=$("$tool" inspect "$model" --board "$core" --json |
  awk '/"board"/ { board = 1 } board && /"instructions"/ { print $2 + 0; exit }')
address=$("$nm" "$program" | awk '$3 == "fovea_mark" { print "0x" $1 }')
work=$(awk -v name="${prefix}_MULTIPLY_ADDS" '$2 == name { print $3 + 0 }' "$header")
[ -n "$address" ] && [ -n "$work" ] || { echo "no fovea_mark or ${prefix}_MULTIPLY_ADDS"; exit 1; }
emulator=$1
shift
counts=$(mktemp)
trap 'rm -f "$counts"' EXIT
"$emulator" -plugin "$plugin,mark=$address,out=$counts" "$@" "$program" >/dev/null
sort -k3,3nr "$counts" | awk '$1 == "symbol" && ++n <= 8 { printf "  %12d %s\n", $3, $2 }'
awk -v work="$work" -v limit="$limit" -v name="$prefix" -v estimate="$estimate" -v core="$core" '
  $1 == "mark" { at[$2] = $3 }
  END {
    count = at[2] - at[1]
    if (count <= 0) { print "the mark was not visited twice"; exit 1 }
    printf "instructions %s %d, multiply-adds %d, ratio %.3f, limit %s\n", name, count, work,
           count / work, limit
    if (core == "none") exit count > limit * work
    printf "instructions %s estimated %d, %+.1f %%\n", name, estimate, 100 * (estimate / count - 1)
    exit count > limit * work || estimate > 1.1 * count || estimate < 0.9 * count
  }' "$counts"
