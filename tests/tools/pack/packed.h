// Weights of random numbers, packed.

#ifndef FOVEA_TESTS_TOOLS_PACK_PACKED_H_
#define FOVEA_TESTS_TOOLS_PACK_PACKED_H_

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "runtime/schema.h"
#include "tools/pack/pack.h"

namespace fovea::test {

using schema::Layout;

// The bytes of a weight of parts of this checkpoint's tensors.
std::string packed(const tools::Checkpoint& checkpoint, const tools::Source& source, Layout layout,
                   std::vector<uint32_t> shape, schema::DType type);

std::vector<float> random_numbers(size_t count, float scale);

// The bytes of a weight of these numbers, row after row.
std::string packed(const std::vector<float>& numbers, Layout layout, std::vector<uint32_t> shape,
                   schema::DType type = schema::DType::Int8);

template <class T>
T at(const std::string& bytes, size_t place) {
  T value;
  REQUIRE(place + sizeof value <= bytes.size());
  std::memcpy(&value, bytes.data() + place, sizeof value);
  return value;
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_PACK_PACKED_H_
