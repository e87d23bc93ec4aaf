#!/usr/bin/env bash
# dev_test.sh SOURCE WORK: what ./dev makes of a command line, on a fresh clone, with programs in the
# place of cmake, ctest and packages that only say how they were called.
set -uo pipefail
source=$1 work=$2
fail() { echo "dev_test: $*"; exit 1; }

rm -rf "$work"
mkdir -p "$work/bin"
fresh() {
  rm -rf "$work/clone"
  mkdir -p "$work/clone/toolchains" "$work"/clone/.deps/usr/include/{xsimd,doctest}
  touch "$work"/clone/.deps/usr/include/{xsimd/xsimd.hpp,doctest/doctest.h}
  cp "$source/dev" "$source/CMakePresets.json" "$work/clone"
  cp "$source"/toolchains/*.sh "$work/clone/toolchains"
  cp "$source/README.md" "$work/clone"
}
stub() { # NAME: a script from standard input
  { echo '#!/bin/sh'; cat; } >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}
stub apt-get </dev/null
stub ctest <<<'echo ctest "$@" >>"$LOG"'
stub clang-format </dev/null
stub python3 <<<'echo python3 "$@" >>"$LOG"'
echo 'echo installed' | stub dpkg-query
# A build is entered, takes a while and is left: two at a time would show.
stub cmake <<'END'
echo cmake "$@" >>"$LOG"
[ "$1" = --build ] || exit 0
mkdir "$LOG.busy" || { echo "two builds at once" >>"$LOG"; exit 1; }
sleep 0.3
folder=$2/tests/bits
mkdir -p "$folder"
printf '#!/bin/sh\nexec "$@"\n' >"$2/run"
printf '#!/bin/sh\necho "bits row case 12345678"\n' >"$folder/fovea_bits_case"
chmod +x "$2/run" "$folder/fovea_bits_case"
rmdir "$LOG.busy"
END
export LOG=$work/log PATH=$work/bin:$PATH

dev() { (cd "$work/clone" && ./dev "$@") >"$work/out" 2>"$work/err"; }
refused() { # PATTERN COMMAND...
  local pattern=$1
  shift
  dev "$@"
  local code=$?
  [ $code = 2 ] || fail "./dev $*: exit code $code"
  [ "$(wc -l <"$work/err")" = 1 ] || fail "./dev $*: more than one line: $(cat "$work/err")"
  grep -qe "$pattern" "$work/err" || fail "./dev $*: no '$pattern' in: $(cat "$work/err")"
}

fresh
refused "no command 'hlep' (did you mean 'help'?)" hlep
refused "no command 'xyzzy'. There are: build " xyzzy
refused "no target 'cortexm4' (did you mean 'cortex-m4'?)" cross cortexm4
refused "name a target: aarch64 " cross
refused "no board 'nosuch'. There are: cortex-m4 " sizes nosuch
refused "no board 'cortex-m5' (did you mean 'cortex-m" sizes cortex-m4 cortex-m5
refused "no option '--chek' (did you mean '--check'?)" sizes --chek
refused "no option '--al' (did you mean '--all'?)" bits --al
refused "no option '--al' (did you mean '--all'?)" sanitize --al
refused "no option '-check' (did you mean '--check'?)" format -check
refused "no preset 'dbug' (did you mean 'debug'?)" build dbug
refused "no preset 'asn' (did you mean 'asan'?)" test asn
refused "'soon' is no number of seconds" fuzz soon
refused "'-1' is no number of seconds" random-models -1
[ ! -e "$work/clone/build" ] || fail "a refused command left build/"
dev help || fail "./dev help: $(cat "$work/err")"
commands=$(. <(sed -n '/^commands="/,/"$/p' "$source/dev") && printf '%s\n' $commands)
[ "$(sort <<<"$commands")" = "$(sed -nE 's/^  ([a-z-]+)( .*|$)/\1/p' "$work/out" | sort)" ] ||
  fail "help lists other commands"

# Each as the first command on a fresh clone.
fresh
dev bits || fail "bits on a fresh clone: $(cat "$work/err")"
grep -q "case .*12345678 .*equal" "$work/out" || fail "bits printed: $(cat "$work/out")"
fresh
dev test || fail "test on a fresh clone: $(cat "$work/err")"
fresh
dev mutate 3 runtime tools || fail "mutate on a fresh clone: $(cat "$work/err")"
grep -qxF 'python3 tests/mutate/mutate.py 3 runtime tools' "$LOG" || fail "mutate: $(cat "$LOG")"
fresh
dev sizes cortex-m4  # which finds no image at the end
[ -f "$work/clone/build/sizes.txt" ] || fail "sizes on a fresh clone: $(cat "$work/err")"

# Two at once wait for each other; who waits says so.
fresh
: >"$LOG"
(cd "$work/clone" && ./dev build) 2>"$work/first" &
(cd "$work/clone" && ./dev build debug) 2>"$work/second" &
wait
grep -q 'two builds at once' "$LOG" && fail "two builds at once"
[ "$(grep -c 'cmake --build' "$LOG")" = 2 ] || fail "not two builds: $(cat "$LOG")"
grep -q '^waiting for another ./dev' "$work/first" "$work/second" || fail "nobody waited aloud"
echo "dev_test ok"
