// What a stage says when it refuses its input.

#ifndef FOVEA_TESTS_TOOLS_REFUSED_H_
#define FOVEA_TESTS_TOOLS_REFUSED_H_

#include <doctest/doctest.h>

#include <string>

#include "tools/common/error.h"

namespace fovea::test {

// The line of the InputError that `f` throws; empty where it throws none.
template <typename F>
std::string refusal(F f) {
  try {
    f();
  } catch (const tools::InputError& error) {
    return error.what();
  }
  return {};
}

// Checks that `f` throws an InputError of one line that contains all parts.
template <typename F, typename... Parts>
void check_refusal(F f, const Parts&... parts) {
  const std::string line = refusal(f);
  CAPTURE(line);
  CHECK(!line.empty());
  CHECK(line.find('\n') == std::string::npos);
  for (const std::string& part : {std::string(parts)...}) {
    CHECK_MESSAGE(line.find(part) != std::string::npos, "missing: ", part);
  }
}

inline bool says(const std::string& line, const char* part) {
  CAPTURE(line);
  return line.find(part) != line.npos;
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_REFUSED_H_
