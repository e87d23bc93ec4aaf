// The example digits as a model file.

#ifndef FOVEA_TESTS_TOOLS_COMMANDS_CONVERTED_DIGITS_H_
#define FOVEA_TESTS_TOOLS_COMMANDS_CONVERTED_DIGITS_H_

#include <doctest/doctest.h>

#include <string>

#include "tests/tools/program.h"

namespace fovea::test {

struct ConvertedDigits : TemporaryFolder {
  ConvertedDigits() {
    const Outcome outcome = fovea("convert examples/digits -o " + path);
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    bytes = read_bytes(path);
  }
  std::string path = file("digits.fovea"), bytes;
};

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_COMMANDS_CONVERTED_DIGITS_H_
