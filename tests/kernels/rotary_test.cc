#include <doctest/doctest.h>

#include <cmath>

#include "tests/kernels/support.h"

using namespace fovea;
using namespace fovea::test;

namespace {

// The angle is defined as the f32 product; sine and cosine are off by 2^-23 at most
// (math_test.cc), the two products and the sum add three roundings.
std::string run_rotary(const kernels::Kernels& row, size_t pairs, bool interleaved, float factor,
                       Random& random) {
  const size_t head_width = 2 * pairs + random.from(0, 5), heads = random.from(1, 3), rows = 3;
  const size_t width = heads * head_width, stride = width + random.from(0, 3);
  const uint32_t positions[] = {static_cast<uint32_t>(random.from(0, 50)), 999000, 16777213};
  const uint32_t first = positions[random.from(0, 2)];
  const std::vector<float> values = random.numbers(rows * width);
  std::vector<float> frequencies;
  for (size_t i = 0; i < pairs; ++i) {
    frequencies.push_back(std::pow(10000.0f, -static_cast<float>(i) / static_cast<float>(pairs)));
  }
  Guarded x(values, width, stride, random.from(0, 3));
  const Guarded f(frequencies, 1);
  const size_t table_stride = 2 * pairs + random.from(0, 3);
  Guarded table(rows * table_stride, random.from(0, 3));
  const auto n = [](size_t size) { return static_cast<uint32_t>(size); };
  row.rotary_table_f32({f.data(), table.data(), table_stride, n(rows), n(pairs), first, factor});
  if (!table.intact(2 * pairs, table_stride)) return "table: wrote outside";
  row.rotary_f32({x.data(), stride, table.data(), table_stride, n(rows), n(heads), n(head_width),
                  n(pairs), interleaved});
  if (!x.intact(width, stride)) return "wrote outside";

  Doubles expected = to_doubles(values.data(), values.size());
  const double largest = 6.0;
  for (size_t r = 0; r < rows; ++r) {
    Doubles angles;
    const float position = static_cast<float>(first + r);
    for (float frequency : frequencies) angles.push_back(static_cast<double>(position * frequency));
    double* row_of = &expected[r * width];
    rotate(row_of, heads, head_width, angles, interleaved);
    for (size_t i = 0; i < width; ++i) row_of[i] *= i % head_width < 2 * pairs ? factor : 1.0f;
  }
  const double each = (2 * 0x1p-23 + 5 * kRounding) * std::fmax(1.0, static_cast<double>(factor));
  const Doubles tolerance(expected.size(), each * largest);
  return difference(x.rows(width, stride), expected, tolerance);
}

}  // namespace

TEST_CASE("rotary_f32 turns pairs by position times frequency") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(9);
    for (size_t pairs : awkward_sizes(100)) {
      for (bool interleaved : {false, true}) {
        const std::string name = row->name;
        CAPTURE(name);
        CAPTURE(pairs);
        CAPTURE(interleaved);
        for (float factor : {1.0f, 1.138629436f, 0.25f}) {
          CAPTURE(factor);
          CHECK(run_rotary(*row, pairs, interleaved, factor, random) == "");
        }
      }
    }
  }
}

TEST_CASE("rotary_f32 leaves what follows the pairs alone, to the bit") {
  for (const kernels::Kernels* row : runnable_rows()) {
    for (const bool interleaved : {false, true}) {
      std::vector<float> x(12, -0.0f);
      const std::vector<float> table = {0.5f, 0.25f, 1.0f, 0.75f, 0.5f, 0.0f};
      row->rotary_f32({x.data(), 12, table.data(), 6, 1, 1, 12, 3, interleaved});
      for (size_t i = 6; i < 12; ++i) CHECK(std::signbit(x[i]));
    }
  }
}

TEST_CASE("store_keys_f32 fills its slots of the dim-major blocks and no others") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(10);
    for (size_t width : awkward_sizes(40)) {
      const size_t heads = random.from(1, 3), rows = random.from(1, 40);
      const size_t first = random.from(0, 40), stride = heads * width + random.from(0, 3);
      const size_t blocks = (first + rows + 15) / 16, head_stride = blocks * width * 16;
      const std::vector<float> values = random.numbers(rows * heads * width);
      const Guarded x(values, heads * width, stride, random.from(0, 3));
      Guarded keys(heads * head_stride);
      row->store_keys_f32({x.data(), stride, keys.data(), head_stride, static_cast<uint32_t>(rows),
                           static_cast<uint32_t>(heads), static_cast<uint32_t>(width),
                           static_cast<uint32_t>(first)});
      CHECK(keys.intact());
      size_t wrong = 0;
      for (size_t h = 0; h < heads; ++h) {
        for (size_t slot = 0; slot < blocks * 16; ++slot) {
          for (size_t d = 0; d < width; ++d) {
            const float at =
                keys.data()[h * head_stride + (slot / 16 * width + d) * 16 + slot % 16];
            const bool stored = slot >= first && slot < first + rows;
            wrong +=
                stored ? at != values[((slot - first) * heads + h) * width + d] : !is_poison(at);
          }
        }
      }
      const std::string name = row->name;
      CAPTURE(name);
      CHECK(wrong == 0);
    }
  }
}
