#!/bin/sh
# one_name.sh NM OBJECT...: fails where two objects define the same weak function with different sizes:
# two classes of one name, of whose functions a linker keeps one. Only for objects without
# optimisation, where a function has one size.
nm=$1
shift
"$nm" -C -S --defined-only "$@" | awk '
  / [VWu] / {
    size = $2
    name = $0
    sub(/^[0-9a-f]+ [0-9a-f]+ [A-Za-z] /, "", name)
    if (name !~ /^(fovea|\(anonymous|typeinfo|vtable).*/ || name !~ /fovea::/) next
    if (name in sizes && sizes[name] != size) { print name ": sizes " sizes[name] " and " size; bad = 1 }
    sizes[name] = size
    ++count
  }
  END {
    if (count == 0) { print "no weak symbols: not what was to be looked at"; exit 1 }
    exit bad
  }'
