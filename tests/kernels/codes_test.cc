// Products of codes against whole numbers: every sum is exact and every rounding that of
// kernels/ARITHMETIC.md, so results are compared bit by bit.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "kernels/formats.h"
#include "tests/kernels/page.h"
#include "tests/kernels/pieces.h"
#include "tests/kernels/support.h"

using namespace fovea;
using namespace fovea::test;

namespace {

using kernels::code_panel_bytes;
using kernels::code_row_words;
using kernels::code_words;

// Codes of some rows and the number of each row.
struct Codes {
  size_t rows, k;
  std::vector<int> codes;
  std::vector<float> units;

  Codes(size_t r, size_t columns) : rows(r), k(columns), codes(r * columns), units(r) {}
  Codes(Random& random, size_t r, size_t columns) : Codes(r, columns) {
    for (int& code : codes) code = static_cast<int>(random.from(0, 254)) - 127;
    for (float& unit : units) unit = random.number(0.1);
  }
  int at(size_t row, size_t i) const { return codes[row * k + i]; }
};

// As quantize_f32 makes them; what lies between rows is NaN.
std::vector<float> activations(const Codes& x, size_t stride) {
  std::vector<float> words(x.rows * stride, NAN);
  for (size_t r = 0; r < x.rows; ++r) {
    auto* bytes = reinterpret_cast<uint8_t*>(&words[r * stride]);
    for (size_t i = 0; i < code_words(x.k) * 4; ++i) {
      bytes[i] = static_cast<uint8_t>(i < x.k ? x.at(r, i) + 128 : 128);
    }
    words[r * stride + code_words(x.k)] = x.units[r];
  }
  return words;
}

// Panels of all matrices of a group, one panel of each in turn.
std::vector<float> code_panels(const std::vector<const Codes*>& group) {
  const Codes& one = *group[0];
  const size_t count = kernels::panels_of(one.rows), bytes = code_panel_bytes(one.k);
  std::vector<float> packed(count * group.size() * bytes / 4, 0.0f);
  for (size_t n = 0; n < one.rows; ++n) {
    for (size_t g = 0; g < group.size(); ++g) {
      auto* panel = reinterpret_cast<int8_t*>(packed.data()) + (n / 16 * group.size() + g) * bytes;
      int32_t sum = 0;
      for (size_t i = 0; i < one.k; ++i) {
        panel[64 + (i / 4 * 16 + n % 16) * 4 + i % 4] = static_cast<int8_t>(group[g]->at(n, i));
        sum += group[g]->at(n, i);
      }
      sum *= -128;
      std::memcpy(panel + n % 16 * 4, &sum, sizeof sum);
      std::memcpy(panel + bytes - 64 + n % 16 * 4, &group[g]->units[n], sizeof(float));
    }
  }
  return packed;
}

// fma(S, x's unit * w's unit, bias).
float product(const Codes& x, size_t r, const Codes& w, size_t n, float bias) {
  int64_t sum = 0;
  for (size_t i = 0; i < x.k; ++i) sum += x.at(r, i) * w.at(n, i);
  REQUIRE(std::abs(sum) <= INT32_MAX);
  const float unit = x.units[r] * w.units[n];
  return std::fma(static_cast<float>(static_cast<int32_t>(sum)), unit, bias);
}

// A product of all rows of x and w in one call of each row of kernels.
void check_linear(Random& random, const Codes& x, const Codes& w, bool biased, bool residual) {
  const size_t stride = code_row_words(x.k) + random.from(0, 2);
  const std::vector<float> rows = activations(x, stride), packed = code_panels({&w});
  const std::vector<float> bias = random.numbers(kernels::padded(w.rows));
  const std::vector<float> added = random.numbers(x.rows * w.rows);
  std::vector<float> right;
  for (size_t r = 0; r < x.rows; ++r) {
    for (size_t n = 0; n < w.rows; ++n) {
      const float y = product(x, r, w, n, biased ? bias[n] : 0.0f);
      right.push_back(residual ? y + added[r * w.rows + n] : y);
    }
  }
  for (const kernels::Kernels* row : exact_rows()) {
    const std::string name = row->name;
    CAPTURE(name);
    CAPTURE(x.k);
    CAPTURE(x.rows);
    CAPTURE(w.rows);
    const BeforePage guarded(packed);
    Guarded y(x.rows * w.rows);
    kernels::Linear a = {};
    a.x = rows.data();
    a.x_stride = stride;
    a.w = guarded.data();
    a.bias = biased ? bias.data() : nullptr;
    a.residual = residual ? added.data() : nullptr;
    a.y = y.data();
    a.y_stride = a.residual_stride = a.outputs = static_cast<uint32_t>(w.rows);
    a.rows = static_cast<uint32_t>(x.rows);
    a.k = static_cast<uint32_t>(x.k);
    row->linear_int8(a);
    CHECK(y.intact());
    CHECK(same_bits(std::vector<float>(y.data(), y.data() + right.size()), right));
  }
}

}  // namespace

TEST_CASE("codes: linear layers are exact, of every number of rows, columns and outputs") {
  Random random(31);
  for (size_t rows = 1; rows <= 20; ++rows) {
    for (int i = 0; i < 6; ++i) {
      const size_t k = random.from(1, 90), outputs = random.from(1, 150);
      const Codes x(random, rows, k), w(random, outputs, k);
      check_linear(random, x, w, random.coin(), random.coin());
    }
  }
  for (const size_t k : awkward_sizes(70)) {
    const Codes x(random, 5, k), w(random, 37, k);
    check_linear(random, x, w, true, false);
  }
}

// Rows of instructions may take those in blocks of rows and of columns, with sums between them.
TEST_CASE("codes: linear layers of many rows and columns are exact") {
  Random random(38);
  for (const size_t rows : {9, 10, 97, 200}) {
    for (const size_t k : {255, 256, 257, 600, 1031}) {
      const Codes x(random, rows, k), w(random, random.from(1, 70), k);
      check_linear(random, x, w, random.coin(), random.coin());
    }
  }
}

// Pairs of products of bytes that saturate or wrap around somewhere would show here.
TEST_CASE("codes: the largest sums are exact") {
  for (const size_t k : {size_t{3}, size_t{4096}, size_t{kernels::kMostCodes}}) {
    for (const int sign : {1, -1}) {
      Codes x(3, k), w(17, k);
      std::fill(x.codes.begin(), x.codes.end(), 127);
      std::fill(w.codes.begin(), w.codes.end(), 127 * sign);
      std::fill(x.codes.begin() + static_cast<ptrdiff_t>(k),
                x.codes.begin() + 2 * static_cast<ptrdiff_t>(k), -127);
      std::fill(x.units.begin(), x.units.end(), 0.5f);
      std::fill(w.units.begin(), w.units.end(), 0.25f);
      Random random(1);
      check_linear(random, x, w, false, false);
      // One of all columns: a sum whose float is not exact.
      x.codes[k / 2] = 126;
      check_linear(random, x, w, true, false);
    }
  }
}

TEST_CASE("codes: functions follow the sum, residuals follow functions") {
  Random random(33);
  for (int i = 0; i < 60; ++i) {
    const Codes x(random, random.from(1, 20), random.from(1, 60)),
        w(random, random.from(1, 90), x.k);
    const std::vector<float> rows = activations(x, code_row_words(x.k)), packed = code_panels({&w});
    const std::vector<float> added = random.numbers(x.rows * w.rows);
    for (const kernels::Kernels* row : exact_rows()) {
      std::vector<float> y(x.rows * w.rows), sums(y.size());
      kernels::Linear a = {};
      a.x = rows.data();
      a.x_stride = code_row_words(x.k);
      a.w = packed.data();
      a.y = sums.data();
      a.y_stride = a.residual_stride = a.outputs = static_cast<uint32_t>(w.rows);
      a.rows = static_cast<uint32_t>(x.rows);
      a.k = static_cast<uint32_t>(x.k);
      row->linear_int8(a);
      a.function = static_cast<kernels::Function>(i % 7);
      row->function_f32({sums.data(), sums.data(), sums.size(), a.function});
      for (size_t n = 0; n < sums.size(); ++n) sums[n] += added[n];
      a.residual = added.data();
      a.y = y.data();
      row->linear_int8(a);
      CHECK(same_bits(y, sums));
    }
  }
}

TEST_CASE("codes: gated layers multiply the gate's function by what they gate") {
  Random random(34);
  for (int i = 0; i < 80; ++i) {
    const size_t scale = i % 20 == 0 ? 7 : 1;
    const size_t rows = scale * random.from(1, 20), k = scale * random.from(1, 90);
    const size_t outputs = random.from(1, 100);
    const Codes x(random, rows, k), gate(random, outputs, k), up(random, outputs, k);
    const std::vector<float> words = activations(x, code_row_words(k)),
                             packed = code_panels({&gate, &up});
    const size_t padded = kernels::padded(outputs);
    const std::vector<float> bias = random.numbers(2 * padded);
    for (const kernels::Kernels* row : exact_rows()) {
      std::vector<float> y(rows * outputs), right, function(1);
      kernels::GatedLinear a = {};
      a.x = words.data();
      a.x_stride = code_row_words(k);
      a.w = packed.data();
      a.bias = bias.data();
      a.y = y.data();
      a.y_stride = a.outputs = static_cast<uint32_t>(outputs);
      a.rows = static_cast<uint32_t>(rows);
      a.k = static_cast<uint32_t>(k);
      a.function = static_cast<kernels::Function>(i % 7);
      row->gated_linear_int8(a);
      for (size_t r = 0; r < rows; ++r) {
        for (size_t n = 0; n < outputs; ++n) {
          const float* both = &bias[n / 16 * 32 + n % 16];
          function[0] = product(x, r, gate, n, both[0]);
          row->function_f32({function.data(), function.data(), 1, a.function});
          right.push_back(function[0] * product(x, r, up, n, both[16]));
        }
      }
      CHECK(same_bits(y, right));
    }
  }
}

TEST_CASE("codes: neither the rows nor the panels of a call change an output's bits") {
  Random random(35);
  for (int i = 0; i < 40; ++i) {
    const size_t rows = random.from(1, 30), k = random.from(1, 90), n = 16 * random.from(1, 12);
    const Codes x(random, rows, k), w(random, n, k);
    const std::vector<float> words = activations(x, code_row_words(k)), packed = code_panels({&w});
    check_pieces(rows, n, [&](const kernels::Kernels& row, kernels::Linear a, size_t r, size_t p) {
      a.x = &words[r * code_row_words(k)];
      a.x_stride = code_row_words(k);
      a.w = reinterpret_cast<const char*>(packed.data()) + p / 16 * code_panel_bytes(k);
      a.k = static_cast<uint32_t>(k);
      row.linear_int8(a);
    });
  }
}

TEST_CASE("codes: rows of a table, in panels and one after another") {
  Random random(36);
  for (int i = 0; i < 60; ++i) {
    const size_t count = random.from(1, 40), width = random.from(1, 70);
    const Codes table(random, count, width);
    const bool in_panels = random.coin();
    std::vector<float> packed = code_panels({&table});
    if (!in_panels) {
      packed.assign(count * code_row_words(width), 0.0f);
      for (size_t r = 0; r < count; ++r) {
        auto* bytes = reinterpret_cast<int8_t*>(&packed[r * code_row_words(width)]);
        for (size_t n = 0; n < width; ++n) bytes[n] = static_cast<int8_t>(table.at(r, n));
        packed[r * code_row_words(width) + code_words(width)] = table.units[r];
      }
    }
    const auto number = [&](size_t id, size_t i) {
      return static_cast<float>(table.at(id, i)) * table.units[id];
    };
    const auto run = [](const kernels::Kernels& row, const kernels::Embedding& a) {
      row.embedding_int8(a);
    };
    check_lookups(random, count, width, packed.data(), in_panels, run, number);
  }
}
