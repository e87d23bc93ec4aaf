// Regular expressions as tokenizers write them, read into a tree.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_PATTERN_H_
#define FOVEA_TOOLS_IMPORT_TEXT_PATTERN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/import/text/code_points.h"

namespace fovea::tools {

struct Pattern {
  enum class Kind {
    kSet,       // one code point of `set`
    kAhead,     // nothing; the next code point is of `set`, or the text ends and `end` says so
    kSequence,  // the parts one after another; without any, nothing
    kChoice,    // one of the parts, the first that leads to a match
    kRepeat,    // parts[0], `least` to `most` times, as often as possible or, if not `greedy`, as
                // seldom
  };
  static constexpr uint32_t kUnbounded = UINT32_MAX;

  Kind kind = Kind::kSequence;
  CodePointSet set;
  bool end = false;
  std::vector<Pattern> parts;
  uint32_t least = 1, most = 1;
  bool greedy = true;

  // One code point of a set; parts one after another, or one of them; a part again and again.
  static Pattern one_of(CodePointSet set);
  static Pattern joined(Kind kind, std::vector<Pattern> parts);
  static Pattern repeated(Pattern part, uint32_t least, uint32_t most = kUnbounded);

  // Whether it matches without taking a code point.
  bool may_be_empty() const;
};

// Reads what Oniguruma's Ruby syntax, which the `tokenizers` library takes, has in common with
// Perl's: alternatives, groups, sets and properties, (?i), counted and lazy repeats, possessive
// ones of single code points, and a lookahead of one code point. Throws InputError, beginning with
// `where`, which names what is not understood.
Pattern parse_pattern(const std::string& text, const std::string& where);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_PATTERN_H_
