#include "examples/keyword/options.h"

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace keyword {

const char kHelp[] =
    "usage: keyword MODEL.fovea [FILE.wav | -] [--every MS] [--threshold P] [--all]\n"
    "Prints the keywords in 16 kHz mono 16-bit audio: the end of the window of one second in\n"
    "which each was first heard, its label, its probability.\n"
    "  FILE.wav       a WAV file; -, or nothing: WAV or raw samples on standard input\n"
    "  --every MS     from window to window, a multiple of 10 up to 1000 (100)\n"
    "  --threshold P  least probability of a keyword (0.6)\n"
    "  --all          a line for each window, also without a keyword\n";

namespace {

template <typename T>
bool number(std::string_view text, T* value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return code == std::errc() && end == text.data() + text.size();
}

bool set_every(const char* text, Settings* settings, Line* error) {
  uint32_t& every = settings->every;
  if (number(text, &every) && every >= 10 && every <= 1000 && every % 10 == 0) return true;
  return error->fail("--every is %s; it must be a multiple of 10 up to 1000", text);
}

bool set_threshold(const char* text, Settings* settings, Line* error) {
  float& threshold = settings->threshold;
  if (number(text, &threshold) && threshold >= 0.0f && threshold <= 1.0f) return true;
  return error->fail("--threshold is %s; it must be from 0 to 1", text);
}

bool set_file(const char* name, Options* options, Line* error) {
  const char*& place = options->model == nullptr ? options->model : options->audio;
  if (place != nullptr) return error->fail("%s: there are too many files (see --help)", name);
  place = name;
  return true;
}

}  // namespace

bool parse(std::span<char* const> arguments, Options* options, Line* error) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view name = arguments[i];
    const bool has_value = i + 1 < arguments.size();
    bool good = true;
    if (name == "--help" || name == "-h") {
      options->help = true;
    } else if (name == "--all") {
      options->settings.all = true;
    } else if ((name == "--every" || name == "--threshold") && !has_value) {
      good = error->fail("%s needs a value", arguments[i]);
    } else if (name == "--every") {
      good = set_every(arguments[++i], &options->settings, error);
    } else if (name == "--threshold") {
      good = set_threshold(arguments[++i], &options->settings, error);
    } else if (name.starts_with("-") && name != "-") {
      good = error->fail("there is no option %s (see --help)", arguments[i]);
    } else {
      good = set_file(arguments[i], options, error);
    }
    if (!good) return false;
  }
  if (options->help) return true;
  if (options->model == nullptr) return error->fail("a model is needed (see --help)");
  if (options->audio == nullptr) options->audio = "-";
  return true;
}

}  // namespace keyword
