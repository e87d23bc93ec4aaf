// Byte pair merging as it is defined, one scan of all neighbours for each merge: the oracle of
// fovea_encode.

#ifndef FOVEA_TESTS_REFERENCE_ENCODE_H_
#define FOVEA_TESTS_REFERENCE_ENCODE_H_

#include <cstdint>
#include <string>
#include <vector>

namespace fovea::reference {

// Pieces by id, no two the same.
struct Vocabulary {
  std::vector<std::string> pieces;
  std::vector<float> scores;
  int32_t unknown = -1;
};

// The ids of a text, a space put before it where that is a piece; of no text, none. Empty also
// where a character has no piece, no bytes and no unknown piece.
std::vector<int32_t> encode_merges(const Vocabulary& vocabulary, const std::string& text);

}  // namespace fovea::reference

#endif  // FOVEA_TESTS_REFERENCE_ENCODE_H_
