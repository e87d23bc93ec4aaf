#!/bin/sh
# one_name.sh NM OBJECT...: fails where two objects define the same weak function with different sizes:
# two classes of one name, of whose functions a linker keeps one. Only for objects without
# optimisation, where a function has one size. Names are compared as the linker compares them. Those that
# only call a constructor are left out: GCC gives them a way out for exceptions unless it has compiled the
# constructor before and seen that there are none.
nm=$1
shift
"$nm" -S --defined-only "$@" | awk '
  NF == 4 && $3 == "W" && $4 ~ /5fovea/ && $4 !~ /^_ZSt(12construct_at|10_Construct)I/ {
    ++count
    if ($4 in sizes && sizes[$4] != $2) { print $4 ": sizes " sizes[$4] " and " $2; bad = 1 }
    sizes[$4] = $2
  }
  END {
    if (count == 0) { print "no weak symbols: not what was to be looked at"; exit 1 }
    exit bad
  }'
