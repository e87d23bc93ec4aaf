// A pattern as steps that threads make side by side.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_PATTERN_PROGRAM_H_
#define FOVEA_TOOLS_IMPORT_TEXT_PATTERN_PROGRAM_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/import/text/pattern.h"

namespace fovea::tools {

struct PatternStep {
  enum class Kind {
    kTake,   // a code point of set `set`, then `next`
    kAhead,  // `next` where the next code point is of set `set`, or the text ends and `end` says so
    kFork,   // `next`, and where that fails `other`
    kMatch,
  };
  Kind kind = Kind::kMatch;
  uint32_t set = 0;
  bool end = false;
  uint32_t next = 0, other = 0;
};

struct PatternProgram {
  std::vector<PatternStep> steps;
  std::vector<CodePointSet> sets;  // each once
  uint32_t start = 0;
};

// Throws InputError, beginning with `where`, where it takes too many steps.
PatternProgram make_program(const Pattern& pattern, const std::string& where);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_PATTERN_PROGRAM_H_
