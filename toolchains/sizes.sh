#!/bin/sh
# sizes.sh row NAME NM SIZE IMAGE RUN...   one line of the table: an image of examples/firmware on a board
# sizes.sh check TABLE README...             compares the rows with those in the files
# sizes.sh write TABLE README...             puts the rows into the files
# sizes.sh stacks TABLE FILE               writes the stacks of the boards for C++
# sizes.sh code LINES FILE                 the code of the boards for C++, as code_sizes.py says it
# sizes.sh check_code LINES FILE           compares it with the file's
# The table stands between two comments, <!-- sizes --> and <!-- end of sizes -->; a file without
# them is left alone. Numbers may grow by 3 %, within which compilers of one series differ.
set -eu

row() {
  name=$1 nm=$2 size=$3 image=$4
  shift 4
  output=$("$@" "$image")
  # Everything in flash but the model and the test images: program, runtime, kernels, start.
  flash=$("$size" -A "$image" | awk '
    $1 ~ /^\.(text|rodata|ARM\.ex|data|models)/ { sum += $2 } END { print sum }')
  data=$("$nm" -S -t d "$image" | awk '
    $4 ~ /^([a-z_]*_model|kPixels|kLabels)$/ { sum += $2 } END { print sum + 0 }')
  figure() { echo "$output" | sed -n "s/^$1 //p"; }
  echo "| $name | $((flash - data)) | $(figure 'flash of the model') | $(figure arena)" \
    "| $(figure 'other ram') | $(figure stack) |"
}

head_of_table() {
  echo '| Image | Code and constants | Model | Arena | Other RAM | Stack |'
  echo '|---|---:|---:|---:|---:|---:|'
}

rows_of() { sed -n '/<!-- sizes -->/,/<!-- end of sizes -->/p' "$1" | grep -E '^\| [a-z]' || true; }

check() {
  table=$1
  shift
  bad=0
  for file in "$@"; do
    [ -f "$file" ] && grep -q '<!-- sizes -->' "$file" || continue
    rows_of "$file" | awk -F '|' -v file="$file" '
      NR == FNR { for (i = 3; i <= NF - 1; ++i) now[$2, i] = $i; have[$2] = 1; next }
      { listed[$2] = 1 }
      ($2 in have) {
        for (i = 3; i <= NF - 1; ++i) {
          if (now[$2, i] > $i * 1.03) {
            print file ":" $2 "is" now[$2, i] "bytes, the table says" $i "(./dev sizes --write)"
            bad = 1
          }
        }
      }
      END {
        for (board in have) {
          if (!(board in listed)) { print file ": no row for" board "(./dev sizes --write)"; bad = 1 }
        }
        exit bad
      }' "$table" - || bad=1
  done
  return $bad
}

write() {
  table=$1
  shift
  for file in "$@"; do
    [ -f "$file" ] && grep -q '<!-- sizes -->' "$file" || continue
    { sed '/<!-- sizes -->/q' "$file"; head_of_table; cat "$table"
      sed -n '/<!-- end of sizes -->/,$p' "$file"; } >"$file.new"
    mv "$file.new" "$file"
  done
}

# stacks TABLE FILE: the largest stack of each board's images, for `fovea inspect --board`.
stacks() {
  { echo "// Made by ./dev sizes --write; not to be edited."
    awk -F '|' '{ core = $2; sub(/, compact/, "", core); sub(/.*, /, "", core); gsub(/ /, "", core)
      if (!(core in most)) order[++count] = core
      if ($7 + 0 > most[core]) most[core] = $7 + 0 }
      END { for (i = 1; i <= count; ++i) printf "FOVEA_STACK(\"%s\", %d)\n", order[i], most[order[i]] }' "$1"
  } >"$2"
}

code() {
  { echo "// Made by ./dev sizes --write; not to be edited."; cat "$1"; } >"$2"
}

# All code of a core, whatever needs it.
check_code() {
  awk -F '[(,]' -v file="$2" '
    !/^FOVEA_CODE/ { next }
    NR == FNR { now[$2] += $3; next }
    { listed[$2] += $3 }
    END {
      for (core in now) {
        if (now[core] > listed[core] * 1.03 || now[core] * 1.03 < listed[core]) {
          print file ": " core " has " now[core] " bytes of code, not " listed[core] + 0 " (./dev sizes --write)"
          bad = 1
        }
      }
      exit bad
    }' "$1" "$2"
}

command=$1
shift
"$command" "$@"
