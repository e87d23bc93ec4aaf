# Sourced by ./dev: words of a command line.

# known KIND WORD CHOICE...: whether WORD is one of them; otherwise says so, with the nearest one.
known() {
  local kind=$1 word=$2 choice near
  shift 2
  for choice; do [ "$word" != "$choice" ] || return 0; done
  if [ -z "$word" ]; then
    echo "dev: name a $kind: $*" >&2
  else
    near=$(nearest "$word" "$@")
    echo "dev: no $kind '$word'${near:+ (did you mean '$near'?)}. There are: $*" >&2
  fi
  return 2
}

whole_number() {
  case $1 in
    '' | *[!0-9]*) echo "dev: '$1' is no number of seconds" >&2; return 2 ;;
  esac
}

# nearest WORD CHOICE...: the one with the fewest letters to change, put in or leave out; nothing
# where that is more than half of the word.
nearest() {
  local word=$1
  shift
  printf '%s\n' "$@" | awk -v word="$word" '
    function least(a, b) { return a < b ? a : b }
    function distance(a, b, i, j, d) {
      for (i = 0; i <= length(a); ++i) d[i, 0] = i
      for (j = 0; j <= length(b); ++j) d[0, j] = j
      for (i = 1; i <= length(a); ++i) {
        for (j = 1; j <= length(b); ++j) {
          d[i, j] = least(least(d[i - 1, j], d[i, j - 1]) + 1,
                          d[i - 1, j - 1] + (substr(a, i, 1) != substr(b, j, 1)))
        }
      }
      return d[length(a), length(b)]
    }
    { now = distance(word, $0); if (NR == 1 || now < best) { best = now; found = $0 } }
    END { if (best * 2 <= length(word)) print found }'
}
