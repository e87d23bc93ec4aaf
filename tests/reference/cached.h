// Keys and values as a cache keeps them, of a number for each element: what kernels/ARITHMETIC.md
// says of formats of caches, written once more.

#ifndef FOVEA_TESTS_REFERENCE_CACHED_H_
#define FOVEA_TESTS_REFERENCE_CACHED_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fovea::test {

enum class CacheFormat { kF32, kF16, kInt8 };

// Codes of some rows, and what those of each row are multiples of.
struct CachedCodes {
  std::vector<int8_t> codes;  // [rows][width]
  std::vector<float> units;   // [rows]
};
CachedCodes cached_codes(const float* x, size_t rows, size_t width);

// The number that a cache in f16 keeps: the nearest of those that f16 has, ties to the even one.
float cached_f16(float x);

// What stands in the cache for each element.
std::vector<float> cached(CacheFormat format, const float* x, size_t rows, size_t width);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_REFERENCE_CACHED_H_
