#include "tests/runtime/random_models/codes.h"

#include <cstring>

#include "kernels/formats.h"
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

// Where a code in groups and its numbers lie, in bytes.
struct HalfPlace {
  size_t byte, unit, minimum;
  int shift;
};

HalfPlace half_place_of(const Matrices& m, size_t numbers, size_t matrix, size_t output, size_t i) {
  const size_t k = m.k.value(), bytes = kernels::half_row_bytes(k, numbers);
  const int shift = i % 8 < 4 ? 0 : 4;
  if (!m.in_panels) {
    const size_t row = output * bytes;
    const size_t unit = row + kernels::half_words(k) * 4 + i / 32 * 2 * numbers;
    return {row + i / 8 * 4 + i % 4, unit, unit + 2, shift};
  }
  const size_t panel = (output / 16 * m.group + matrix) * bytes * 16;
  const size_t unit = panel + kernels::half_unit_at(i, numbers) + output % 16 * 2;
  return {panel + kernels::half_word_at(i, numbers) + output % 16 * 4 + i % 4, unit, unit + 32,
          shift};
}

template <size_t numbers>
void fill_halves(const Matrices& m, unsigned char* bytes, Random& random) {
  for (size_t g = 0; g < m.group; ++g) {
    for (size_t n = 0; n < m.outputs; ++n) {
      for (size_t i = 0; i < m.k.value(); ++i) {
        const HalfPlace place = half_place_of(m, numbers, g, n, i);
        unsigned char& byte = bytes[place.byte];
        byte = static_cast<unsigned char>(byte | random.below(16) << place.shift);
        for (const size_t at : {place.unit, place.minimum}) {
          kernels::F16 number;
          kernels::narrow(random.real() / 8, number);
          if (i % 32 == 0) std::memcpy(bytes + at, &number, sizeof number);
          if (numbers == 1) break;
        }
      }
    }
  }
}

double half_at(const unsigned char* bytes) {
  kernels::F16 number;
  std::memcpy(&number, bytes, sizeof number);
  return double{kernels::widen(number)};
}

template <size_t numbers>
std::vector<double> numbers_of_halves(const Matrices& m, const unsigned char* bytes) {
  std::vector<double> found;
  for (size_t g = 0; g < m.group; ++g) {
    for (size_t n = 0; n < m.outputs; ++n) {
      for (size_t i = 0; i < m.k.value(); ++i) {
        const HalfPlace place = half_place_of(m, numbers, g, n, i);
        const int code = bytes[place.byte] >> place.shift & 15;
        const double unit = half_at(bytes + place.unit);
        found.push_back(numbers == 1 ? (code - 8) * unit
                                     : code * unit + half_at(bytes + place.minimum));
      }
    }
  }
  return found;
}

void fill_bytes(const Matrices& m, unsigned char* bytes, Random& random) {
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

std::vector<double> numbers_of_bytes(const Matrices& m, const unsigned char* bytes) {
  std::vector<double> numbers;
  for (size_t g = 0; g < m.group; ++g) {
    for (size_t n = 0; n < m.outputs; ++n) {
      const Place place = place_of(m, g, n);
      float unit;
      std::memcpy(&unit, bytes + place.unit, sizeof unit);
      for (size_t i = 0; i < m.k.value(); ++i) {
        const unsigned char code = bytes[place.first + i / 4 * place.step + i % 4];
        numbers.push_back(double{unit} * static_cast<int8_t>(code));
      }
    }
  }
  return numbers;
}

}  // namespace

void fill_code_panels(const schema::WeightT& weight, float* segment, Random& random) {
  const Matrices m = matrices_of(weight);
  unsigned char* bytes = reinterpret_cast<unsigned char*>(segment) + weight.offset;
  std::memset(bytes, 0, weight.size);
  const auto fill = weight.dtype == schema::DType::Int4    ? fill_halves<1>
                    : weight.dtype == schema::DType::UInt4 ? fill_halves<2>
                                                           : fill_bytes;
  for (size_t e = 0; e < m.experts; ++e) fill(m, bytes + e * (weight.size / m.experts), random);
}

std::vector<double> numbers_of_codes(const schema::WeightT& weight, const float* packed) {
  const Matrices m = matrices_of(weight);
  const auto* bytes = reinterpret_cast<const unsigned char*>(packed);
  const auto of = weight.dtype == schema::DType::Int4    ? numbers_of_halves<1>
                  : weight.dtype == schema::DType::UInt4 ? numbers_of_halves<2>
                                                         : numbers_of_bytes;
  std::vector<double> numbers;
  for (size_t e = 0; e < m.experts; ++e) {
    const std::vector<double> some = of(m, bytes + e * (weight.size / m.experts));
    numbers.insert(numbers.end(), some.begin(), some.end());
  }
  return numbers;
}

}  // namespace fovea::test
