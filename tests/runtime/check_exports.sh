#!/bin/sh
# check_exports.sh NM SOURCE LIBRARY...: fails unless SOURCE names, as CALL(function, ...), every C
# function that the libraries export.
nm=$1
source=$2
shift 2
functions=$("$nm" --defined-only "$@" | sed -n 's/^[0-9a-f]* T _\{0,1\}\(fovea_[a-z0-9_]*\)$/\1/p' | sort -u)
[ "$(echo "$functions" | wc -l)" -gt 30 ] || { echo "no functions found"; exit 1; }
wrong=0
for function in $functions; do
  grep -q "CALL($function[,)]" "$source" && continue
  echo "$function is not called with nulls in $source"
  wrong=1
done
exit $wrong
