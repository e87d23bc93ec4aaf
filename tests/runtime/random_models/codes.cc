#include "tests/runtime/random_models/codes.h"

#include <cstring>

#include "kernels/layout.h"
#include "runtime/layout.h"

namespace fovea::test {
namespace {

// Where the parts of one output lie, in bytes.
struct Place {
  size_t start, first, step, unit;
};

Place place_of(const Matrices& m, size_t matrix, size_t output) {
  const size_t k = m.k.value(), words = kernels::code_words(k);
  if (!m.in_panels) {
    const size_t row = output * kernels::code_row_words(k) * 4;
    return {0, row, 4, row + words * 4};
  }
  const size_t panel =
      (output / 16 * m.group + matrix) * kernels::code_panel_bytes(k) + output % 16 * 4;
  return {panel, panel + 64, 64, panel + 64 + words * 64};
}

Matrices matrices_of(const schema::WeightT& w) {
  return fovea::matrices_of(w.layout, w.shape.data(), static_cast<uint32_t>(w.shape.size()));
}

}  // namespace

void fill_code_panels(const schema::WeightT& weight, float* segment, Random& random) {
  const Matrices m = matrices_of(weight);
  unsigned char* bytes = reinterpret_cast<unsigned char*>(segment) + weight.offset;
  std::memset(bytes, 0, weight.size);
  for (size_t g = 0; g < m.group; ++g) {
    for (size_t n = 0; n < m.outputs; ++n) {
      const Place place = place_of(m, g, n);
      int32_t sum = 0;
      for (size_t i = 0; i < m.k.value(); ++i) {
        const int32_t code = static_cast<int32_t>(random.below(255)) - 127;
        bytes[place.first + i / 4 * place.step + i % 4] = static_cast<unsigned char>(code);
        sum += code;
      }
      sum *= -128;
      if (m.in_panels) std::memcpy(bytes + place.start, &sum, sizeof sum);
      const float unit = random.real() / 127;
      std::memcpy(bytes + place.unit, &unit, sizeof unit);
    }
  }
}

std::vector<double> numbers_of_codes(const schema::WeightT& weight, const float* packed) {
  const Matrices m = matrices_of(weight);
  const auto* bytes = reinterpret_cast<const int8_t*>(packed);
  std::vector<double> numbers;
  for (size_t g = 0; g < m.group; ++g) {
    for (size_t n = 0; n < m.outputs; ++n) {
      const Place place = place_of(m, g, n);
      float unit;
      std::memcpy(&unit, bytes + place.unit, sizeof unit);
      for (size_t i = 0; i < m.k.value(); ++i) {
        numbers.push_back(double{unit} * bytes[place.first + i / 4 * place.step + i % 4]);
      }
    }
  }
  return numbers;
}

}  // namespace fovea::test
