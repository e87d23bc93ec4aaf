#!/bin/sh
# longest.sh PLUGIN NM SYMBOL PROGRAM LIMIT EMULATOR...
# Most instructions between one visit of SYMBOL and the next; fails where these exceed LIMIT.
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
awk -v symbol="$symbol" -v limit="$limit" '
  $1 == "mark" { if ($2 > 1 && $3 - last > longest) longest = $3 - last; last = $3; visits = $2 }
  END {
    printf "%d visits of %s, at most %d instructions apart, limit %d\n", visits, symbol, longest, limit
    exit visits < 100 || longest > limit
  }' "$counts"
