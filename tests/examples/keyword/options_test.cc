#include "examples/keyword/options.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace keyword::test {
namespace {

struct Parsed {
  Options options;
  std::string error;
};

std::string text(const char* s) {
  return s == nullptr ? "(none)" : s;
}

// The options point into `words`.
Parsed parsed(std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  Parsed result;
  Line error;
  if (!parse(arguments, &result.options, &error)) result.error = error.text;
  return result;
}

TEST_CASE("a model alone listens to standard input") {
  std::vector<std::string> words = {"m.fovea"};
  const Parsed p = parsed(words);
  CHECK(p.error == "");
  CHECK(text(p.options.model) == "m.fovea");
  CHECK(text(p.options.audio) == "-");
  CHECK(p.options.settings.every == 100);
  CHECK(!p.options.settings.all);
}

TEST_CASE("options stand anywhere") {
  std::vector<std::string> words = {"--every", "250",         "m.fovea", "--all",
                                    "x.wav",   "--threshold", "0.25"};
  const Parsed p = parsed(words);
  CHECK(p.error == "");
  CHECK(text(p.options.model) == "m.fovea");
  CHECK(text(p.options.audio) == "x.wav");
  CHECK(p.options.settings.every == 250);
  CHECK(p.options.settings.threshold == 0.25f);
  CHECK(p.options.settings.all);
}

TEST_CASE("help needs no model") {
  std::vector<std::string> words = {"--help"};
  const Parsed p = parsed(words);
  CHECK(p.error == "");
  CHECK(p.options.help);
}

TEST_CASE("a wrong command line is told what is wrong") {
  struct {
    std::vector<std::string> words;
    const char* part;
  } cases[] = {
      {{}, "a model is needed"},
      {{"m", "x", "y"}, "y: there are too many files"},
      {{"m", "--loud"}, "no option --loud"},
      {{"m", "--every"}, "--every needs a value"},
      {{"m", "--every", "0"}, "--every is 0"},
      {{"m", "--every", "15"}, "multiple of 10"},
      {{"m", "--every", "1010"}, "up to 1000"},
      {{"m", "--every", "100ms"}, "--every is 100ms"},
      {{"m", "--every", "-10"}, "--every is -10"},
      {{"m", "--every", "99999999999"}, "--every is 99999999999"},
      {{"m", "--threshold", "1.5"}, "--threshold is 1.5"},
      {{"m", "--threshold", "nan"}, "--threshold is nan"},
      {{"m", "--threshold", ""}, "from 0 to 1"},
  };
  for (auto& c : cases) {
    const std::string error = parsed(c.words).error;
    CAPTURE(error);
    CHECK(error.find(c.part) != std::string::npos);
  }
}

}  // namespace
}  // namespace keyword::test
