// The bytes of numbers, as files have them.

#ifndef FOVEA_TESTS_TOOLS_CHECKPOINT_PUT_H_
#define FOVEA_TESTS_TOOLS_CHECKPOINT_PUT_H_

#include <cstring>
#include <string>

namespace fovea::test {

template <typename T>
void put(std::string& bytes, T value) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  bytes.append(raw, sizeof(T));
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_CHECKPOINT_PUT_H_
