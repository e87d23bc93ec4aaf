// A folder with a small model made by hand, as a file, and inputs of its method `forward`.

#ifndef FOVEA_TESTS_TOOLS_TINY_FOLDER_H_
#define FOVEA_TESTS_TOOLS_TINY_FOLDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_model.h"
#include "tests/tools/program.h"

namespace fovea::test {

// 4 tokens of one sequence and 2 of another.
inline const std::vector<int32_t> kIds = {3, 1, 4, 1, 5, 9};
inline const std::vector<int32_t> kLengths = {4, 2};

std::vector<uint8_t> bytes_of(const std::vector<int32_t>& values);

// The model with a fingerprint: `forward` on the tokens above, and this checksum.
Image fingerprinted(uint32_t crc);
std::string text_of_image(const Image& image);

struct TinyFolder : TemporaryFolder {
  TinyFolder();

  // Arguments of a good run into folder `out`.
  std::string run_arguments() const;

  std::string path = file("tiny.fovea");
  std::string bytes;            // of the file, whose fingerprint is right
  std::vector<uint8_t> logits;  // of `forward`, by the C interface
  uint32_t crc = 0;             // of the logits
};

// The program ran and complained about nothing.
void check_done(const Outcome& outcome);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_TINY_FOLDER_H_
