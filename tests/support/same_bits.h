#ifndef FOVEA_TESTS_SUPPORT_SAME_BITS_H_
#define FOVEA_TESTS_SUPPORT_SAME_BITS_H_

#include <cstring>
#include <vector>

namespace fovea::test {

// Bit for bit, so that zeros of different sign differ and equal NaN do not.
inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return false;
  return a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_SUPPORT_SAME_BITS_H_
