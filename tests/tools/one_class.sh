#!/bin/sh
# one_class.sh FOLDER...: fails where two files of these folders define a class, struct or enumeration
# of one name in one namespace. What stands in an unnamed namespace, or in a class, is a file's own.
find "$@" -name '*.h' -o -name '*.hpp' -o -name '*.cc' | sort | xargs awk '
  FNR == 1 { unnamed = 0; named = "" }
  /^namespace \{/ { unnamed = 1 }
  /^\}  \/\/ namespace$/ { unnamed = 0 }
  /^namespace [a-zA-Z_:]+ \{/ { named = named "::" $2 }
  /^inline namespace [a-zA-Z_:]+ \{/ { named = named "::" $3 }
  !unnamed && /^(class|struct|enum class|enum) [A-Za-z_\[]+[^;]*$/ {
    name = $0
    sub(/^(class|struct|enum class|enum) /, "", name)
    if (name !~ /\{$/) next
    sub(/^\[\[nodiscard\]\] /, "", name)
    sub(/( : | \{| final).*/, "", name)
    if (name ~ /::|</) next  # a class of a class, a specialisation
    name = named "::" name
    if (name in where && where[name] != FILENAME) {
      print name ": in " where[name] " and in " FILENAME
      bad = 1
    }
    where[name] = FILENAME
    ++count
  }
  END {
    if (count < 20) { print "only " count " classes: the files are written in another way"; exit 1 }
    exit bad
  }'
