#!/bin/sh
# seconds.sh PLUGIN NM SYMBOL PROGRAM LIMIT EMULATOR...
# Instructions from one visit of SYMBOL to the next, which come once a second of sound: their mean; fails
# where it exceeds LIMIT.
set -eu
plugin=$1 nm=$2 symbol=$3 program=$4 limit=$5
shift 5
address=$("$nm" "$program" | awk -v symbol="$symbol" '$3 == symbol { print "0x" $1 }')
[ -n "$address" ] || { echo "no $symbol"; exit 1; }
counts=$(mktemp)
trap 'rm -f "$counts"' EXIT
emulator=$1
shift
"$emulator" -plugin "$plugin,mark=$address,out=$counts" "$@" "$program" >/dev/null
awk -v limit="$limit" '
  $1 == "mark" { if ($2 == 1) first = $3; last = $3; visits = $2 }
  END {
    if (visits < 2) { print "fewer than two seconds were heard"; exit 1 }
    mean = (last - first) / (visits - 1)
    printf "%d seconds of sound, %d instructions each, limit %d\n", visits - 1, mean, limit
    exit mean > limit
  }' "$counts"
