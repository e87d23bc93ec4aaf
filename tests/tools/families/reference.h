// What transformers makes of a small folder (tests/families/make.py), in double precision.

#ifndef FOVEA_TESTS_TOOLS_FAMILIES_REFERENCE_H_
#define FOVEA_TESTS_TOOLS_FAMILIES_REFERENCE_H_

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace fovea::test {

namespace fs = std::filesystem;
using Numbers = std::vector<float>;
using Outputs = std::map<std::string, Numbers>;

struct Reference {
  Numbers tokens, lengths, types, boxes;
  Numbers source, source_lengths;         // of what an encoder reads before a decoder writes
  Numbers features;                       // [4, frames, features] instead, or of an encoder alone
  std::string features_are = "features";  // or values, of series
  Numbers samples;  // [4, samples], what an encoder hears, of a decoder or alone
  Numbers pixels;   // of so many images
  size_t images = 0;
  Outputs outputs;

  bool listens() const { return tokens.empty() && !(samples.empty() && features.empty()); }
};

Reference read_reference(const fs::path& folder);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_FAMILIES_REFERENCE_H_
