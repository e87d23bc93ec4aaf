// Folders of text encoders with a tokenizer, made of those in tests/families.

#ifndef FOVEA_TESTS_TOOLS_COMMANDS_TEXT_FOLDER_H_
#define FOVEA_TESTS_TOOLS_COMMANDS_TEXT_FOLDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/tools/program.h"

namespace fovea::test {

// Copies a folder of tests/families and adds a tokenizer.json of 40 words: [PAD], [UNK], [CLS],
// [SEP], [MASK], then "a" to "z", then "the", "cat", "dog", "sat", "ran", "home", "##s", "##ed",
// "!". Around a text stand [CLS] and [SEP].
struct TextFolder : TemporaryFolder {
  explicit TextFolder(const std::string& family);

  // Converts it as `model`. Complains through doctest.
  void convert(const std::string& options = "") const;
  // An output that `fovea run` makes of a text's ids and their types.
  std::vector<double> run(const std::string& output, const std::vector<int32_t>& ids,
                          const std::vector<int32_t>& types) const;
  // Replaces a part of config.json, which has to be there.
  void change_config(const std::string& from, const std::string& to) const;

  std::string folder = file("folder");
  std::string model = file("model.fovea");
};

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_COMMANDS_TEXT_FOLDER_H_
