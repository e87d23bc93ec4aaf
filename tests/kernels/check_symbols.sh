#!/bin/sh
# check_symbols.sh NM ROW OBJECT...: fails unless the objects of a row define nothing but what the
# row exports, and no weak symbol: the linker must not mix instruction sets.
nm=$1
row=$2
shift 2
symbols=$("$nm" -C --defined-only "$@") || exit 1
echo "$symbols" | grep -q " fovea::kernels::$row::table$" || { echo "no table of $row"; exit 1; }
wrong=$(echo "$symbols" | grep -E ' [A-Zuvw] ' | grep -vE " [TRD] fovea::kernels::$row::")
[ -z "$wrong" ] && exit 0
echo "these symbols of $row can be mixed up with those of other objects:"
echo "$wrong"
exit 1
