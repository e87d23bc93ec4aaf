// The command line.

#ifndef FOVEA_EXAMPLES_KEYWORD_OPTIONS_H_
#define FOVEA_EXAMPLES_KEYWORD_OPTIONS_H_

#include <span>

#include "examples/keyword/keyword.h"
#include "examples/keyword/line.h"

namespace keyword {

struct Options {
  const char* model = nullptr;
  const char* audio = nullptr;  // "-" is standard input
  bool help = false;
  Settings settings;
};

extern const char kHelp[];

// `arguments` without the program's name.
[[nodiscard]] bool parse(std::span<char* const> arguments, Options* options, Line* error);

}  // namespace keyword

#endif  // FOVEA_EXAMPLES_KEYWORD_OPTIONS_H_
