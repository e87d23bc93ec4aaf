// Products of codes in groups against whole numbers, bit by bit: kernels/ARITHMETIC.md has the
// rule. Where everything lies is written out here, as schema/README.md has it.

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

size_t groups(size_t k) {
  return (k + 31) / 32;
}

// Matrices of codes, as stored from 0 to 15, and for each 32 of a row a unit and, where `minima`, a
// minimum.
struct Groups {
  size_t rows, k;
  bool minima;
  std::vector<int> stored;
  std::vector<kernels::F16> numbers;

  Groups(Random& random, size_t r, size_t columns, bool with_minima)
      : rows(r),
        k(columns),
        minima(with_minima),
        stored(r * columns),
        numbers(r * groups(columns) * (minima ? 2 : 1)) {
    for (int& code : stored) code = static_cast<int>(random.from(0, 15));
    for (kernels::F16& number : numbers) kernels::narrow(random.number(0.1), number);
  }
  size_t numbers_of_group() const { return minima ? 2 : 1; }
  int at(size_t row, size_t i) const { return stored[row * k + i] - (minima ? 0 : 8); }
  const kernels::F16* of(size_t row, size_t group) const {
    return &numbers[(row * groups(k) + group) * numbers_of_group()];
  }
  float unit(size_t row, size_t group) const { return widen(of(row, group)[0]); }
  float minimum(size_t row, size_t group) const { return widen(of(row, group)[1]); }
  size_t row_bytes() const {
    return (k + 7) / 8 * 4 + (groups(k) * numbers_of_group() + 1) / 2 * 4;
  }
  void put(uint8_t* word, size_t row, size_t i) const {
    const int code = stored[row * k + i] << (i % 8 < 4 ? 0 : 4);
    word[i % 4] = static_cast<uint8_t>(word[i % 4] | code);
  }
};

auto linear_of(const kernels::Kernels& row, const Groups& w) {
  return w.minima ? row.linear_uint4 : row.linear_int4;
}

// Panels of all matrices of a group, one panel of each in turn.
std::vector<float> group_panels(const std::vector<const Groups*>& matrices) {
  const Groups& one = *matrices[0];
  const size_t bytes = one.row_bytes() * 16, count = (one.rows + 15) / 16 * matrices.size();
  std::vector<float> packed(count * bytes / 4, 0.0f);
  for (size_t g = 0; g < matrices.size(); ++g) {
    for (size_t n = 0; n < one.rows; ++n) {
      auto* panel = reinterpret_cast<uint8_t*>(packed.data());
      panel += (n / 16 * matrices.size() + g) * bytes;
      for (size_t i = 0; i < one.k; ++i) {
        uint8_t* block = panel + (one.minima ? i / 32 * 320 : i / 64 * 576);
        matrices[g]->put(block + 64 + i % (one.minima ? 32 : 64) / 8 * 64 + n % 16 * 4, n, i);
        const kernels::F16* numbers = matrices[g]->of(n, i / 32);
        std::memcpy(block + (one.minima ? 0 : i / 32 % 2 * 32) + n % 16 * 2, numbers, 2);
        if (one.minima) std::memcpy(block + 32 + n % 16 * 2, numbers + 1, 2);
      }
    }
  }
  return packed;
}

// Rows of activations, from -127 to 127, and their units.
struct Activations {
  size_t rows, k, stride;
  std::vector<float> words;

  // Made by the kernel whose rule quantize_test.cc knows, of numbers; what lies between is NaN.
  Activations(Random& random, size_t r, size_t columns, size_t more)
      : rows(r), k(columns), stride((columns + 3) / 4 + 1 + groups(columns) + more) {
    words.assign(rows * stride, NAN);
    const std::vector<float> x = random.numbers(rows * k);
    kernels::QuantizeF32 a = {};
    a.x = x.data();
    a.x_stride = a.k = static_cast<uint32_t>(k);
    a.y = reinterpret_cast<uint32_t*>(words.data());
    a.y_stride = stride;
    a.rows = static_cast<uint32_t>(rows);
    kernels::select_row(nullptr)->quantize_groups_f32(a);
  }
  int at(size_t row, size_t i) const {
    return reinterpret_cast<const int8_t*>(&words[row * stride])[i];
  }
  float unit(size_t row) const { return words[row * stride + (k + 3) / 4]; }
};

// fma(f, x's unit, bias), where f = fma(S of a group, its unit, f), and with minima then
// f = fma(sum of x's codes, the minimum, f).
float product(const Activations& x, size_t r, const Groups& w, size_t n, float bias) {
  float f = 0;
  for (size_t g = 0; g < groups(x.k); ++g) {
    int sum = 0, codes = 0;
    for (size_t i = 32 * g; i < std::min(x.k, 32 * g + 32); ++i) {
      sum += x.at(r, i) * w.at(n, i);
      codes += x.at(r, i);
    }
    f = std::fma(static_cast<float>(sum), w.unit(n, g), f);
    if (w.minima) f = std::fma(static_cast<float>(codes), w.minimum(n, g), f);
  }
  return std::fma(f, x.unit(r), bias);
}

template <class Args>
Args args_of(const Activations& x, const void* w, size_t outputs, float* y) {
  Args a = {};
  a.x = x.words.data();
  a.x_stride = x.stride;
  a.w = w;
  a.y = y;
  a.y_stride = a.outputs = static_cast<uint32_t>(outputs);
  a.rows = static_cast<uint32_t>(x.rows);
  a.k = static_cast<uint32_t>(x.k);
  return a;
}

void check_linear(Random& random, bool minima, size_t rows, size_t k, size_t outputs) {
  const Activations x(random, rows, k, random.from(0, 2));
  const Groups w(random, outputs, k, minima);
  const std::vector<float> packed = group_panels({&w});
  const std::vector<float> bias = random.numbers((outputs + 15) / 16 * 16);
  const std::vector<float> added = random.numbers(rows * outputs);
  const bool biased = random.coin(), residual = random.coin();
  std::vector<float> right;
  for (size_t r = 0; r < rows; ++r) {
    for (size_t n = 0; n < outputs; ++n) {
      const float sum = product(x, r, w, n, biased ? bias[n] : 0.0f);
      right.push_back(residual ? sum + added[r * outputs + n] : sum);
    }
  }
  for (const kernels::Kernels* row : exact_rows()) {
    const std::string name = row->name;
    CAPTURE(name);
    CAPTURE(rows);
    CAPTURE(k);
    CAPTURE(outputs);
    CAPTURE(minima);
    const BeforePage guarded(packed);
    Guarded y(rows * outputs);
    auto a = args_of<kernels::Linear>(x, guarded.data(), outputs, y.data());
    a.bias = biased ? bias.data() : nullptr;
    a.residual = residual ? added.data() : nullptr;
    a.residual_stride = outputs;
    linear_of(*row, w)(a);
    CHECK(y.intact());
    CHECK(same_bits(y.rows(outputs, outputs), right));
  }
}

}  // namespace

TEST_CASE("groups: activations keep their sign, sums begin with -8 times theirs") {
  Random random(50);
  for (const size_t k : awkward_sizes(300)) {
    const std::vector<float> x = random.numbers(3 * k);
    const size_t plain = (k + 3) / 4 + 1, stride = plain + groups(k) + random.from(0, 2);
    for (const kernels::Kernels* row : exact_rows()) {
      Guarded codes(3 * plain), y(3 * stride);
      kernels::QuantizeF32 a = {};
      a.x = x.data();
      a.x_stride = a.k = static_cast<uint32_t>(k);
      a.rows = 3;
      a.y = reinterpret_cast<uint32_t*>(codes.data());
      a.y_stride = plain;
      row->quantize_f32(a);
      a.y = reinterpret_cast<uint32_t*>(y.data());
      a.y_stride = stride;
      row->quantize_groups_f32(a);
      CHECK(y.intact(plain + groups(k), stride));
      for (size_t r = 0; r < 3; ++r) {
        const auto* bytes = reinterpret_cast<const uint8_t*>(codes.data() + r * plain);
        const auto* found = reinterpret_cast<const int8_t*>(y.data() + r * stride);
        std::vector<int32_t> starts(groups(k));
        for (size_t i = 0; i < (k + 3) / 4 * 4; ++i) {
          CHECK(int{found[i]} == int{bytes[i]} - 128);
          starts[i / 32] -= 8 * found[i];
        }
        CHECK(codes.data()[r * plain + plain - 1] == y.data()[r * stride + plain - 1]);
        CHECK(std::memcmp(starts.data(), y.data() + r * stride + plain, 4 * groups(k)) == 0);
      }
    }
  }
}

TEST_CASE("groups: sums of a group are exact, groups are added one after another") {
  Random random(51);
  for (const bool minima : {false, true}) {
    const auto check = [&](size_t rows, size_t k, size_t outputs) {
      check_linear(random, minima, rows, k, outputs);
    };
    for (const size_t rows : {1, 2, 3, 4, 5, 6, 7, 8, 9, 17}) {
      for (const size_t outputs : {1, 4, 8, 12, 16, 17, 32, 47, 48, 100}) {
        check(rows, random.from(1, 150), outputs);
      }
    }
    for (size_t k = 1; k <= 200; ++k) check(random.from(1, 9), k, random.from(1, 40));
    check(100, 70, 60);
    for (const size_t rows : {9, 10, 97, 200}) {
      for (const size_t k : {511, 512, 513, 1100}) check(rows, k, random.from(1, 40));
    }
  }
}

// What 16 bits hold just so: eight products of the largest codes in each half of a sum.
TEST_CASE("groups: the largest codes do not saturate") {
  Random random(52);
  Groups whole(random, 16, 64, false), above(random, 16, 64, true);
  const Activations x = [&] {
    Activations made(random, 2, 64, 0);
    std::memset(made.words.data(), 127, 64);
    std::memset(made.words.data() + made.stride, -127, 64);
    for (size_t r = 0; r < 2; ++r) {
      const int32_t start = r == 0 ? -8 * 32 * 127 : 8 * 32 * 127;
      for (size_t g = 0; g < 2; ++g) std::memcpy(&made.words[r * made.stride + 17 + g], &start, 4);
    }
    return made;
  }();
  for (Groups* w : {&whole, &above}) {
    for (const int code : {15, 0}) {
      std::fill(w->stored.begin(), w->stored.end(), code);
      const std::vector<float> packed = group_panels({w});
      for (const kernels::Kernels* row : exact_rows()) {
        std::vector<float> y(32);
        linear_of(*row, *w)(args_of<kernels::Linear>(x, packed.data(), 16, y.data()));
        for (size_t i = 0; i < 32; ++i) CHECK(y[i] == product(x, i / 16, *w, i % 16, 0.0f));
      }
    }
  }
}

// Of a row of zeros with a bias of -0 it shows, where a group's number is below zero.
TEST_CASE("groups: sums of floats begin with +0") {
  Random random(56);
  Activations x(random, 9, 20, 0);
  std::fill(x.words.begin(), x.words.end(), 0.0f);
  for (const bool minima : {false, true}) {
    Groups w(random, 16, 20, minima);
    for (kernels::F16& number : w.numbers) kernels::narrow(-0.5f, number);
    const std::vector<float> packed = group_panels({&w}), bias(16, -0.0f);
    for (const kernels::Kernels* row : exact_rows()) {
      for (const uint32_t rows : {1u, 9u}) {
        std::vector<float> y(9 * 16, 1.0f);
        auto a = args_of<kernels::Linear>(x, packed.data(), 16, y.data());
        a.rows = rows;
        a.bias = bias.data();
        linear_of(*row, w)(a);
        for (size_t i = 0; i < rows * 16; ++i) CHECK((y[i] == 0.0f && !std::signbit(y[i])));
      }
    }
  }
}

TEST_CASE("groups: gated layers multiply the gate's function by what they gate") {
  Random random(53);
  for (int i = 0; i < 80; ++i) {
    const size_t scale = i % 20 == 0 ? 7 : 1;
    const size_t rows = scale * random.from(1, 20), k = scale * random.from(1, 130);
    const size_t outputs = random.from(1, 100);
    const Activations x(random, rows, k, 0);
    const bool minima = random.coin();
    const Groups gate(random, outputs, k, minima), up(random, outputs, k, minima);
    const std::vector<float> packed = group_panels({&gate, &up});
    const std::vector<float> bias = random.numbers(2 * kernels::padded(outputs));
    for (const kernels::Kernels* row : exact_rows()) {
      const BeforePage guarded(packed);
      std::vector<float> y(rows * outputs), right;
      auto a = args_of<kernels::GatedLinear>(x, guarded.data(), outputs, y.data());
      a.bias = bias.data();
      a.function = static_cast<kernels::Function>(i % 7);
      (minima ? row->gated_linear_uint4 : row->gated_linear_int4)(a);
      for (size_t r = 0; r < rows; ++r) {
        for (size_t n = 0; n < outputs; ++n) {
          const float* both = &bias[n / 16 * 32 + n % 16];
          float function = product(x, r, gate, n, both[0]);
          row->function_f32({&function, &function, 1, a.function});
          right.push_back(function * product(x, r, up, n, both[16]));
        }
      }
      CHECK(same_bits(y, right));
    }
  }
}

TEST_CASE("groups: neither the rows nor the panels of a call change an output's bits") {
  Random random(54);
  for (int i = 0; i < 30; ++i) {
    const size_t rows = random.from(1, 30), k = random.from(1, 130), n = 16 * random.from(1, 12);
    const Activations x(random, rows, k, 0);
    const Groups w(random, n, k, random.coin());
    const std::vector<float> packed = group_panels({&w});
    check_pieces(rows, n, [&](const kernels::Kernels& row, kernels::Linear a, size_t r, size_t p) {
      a.x = &x.words[r * x.stride];
      a.x_stride = x.stride;
      a.w = reinterpret_cast<const char*>(packed.data()) + p * w.row_bytes();
      a.k = static_cast<uint32_t>(k);
      linear_of(row, w)(a);
    });
  }
}

TEST_CASE("groups: rows of a table, in panels and one after another") {
  Random random(55);
  for (int i = 0; i < 60; ++i) {
    const size_t count = random.from(1, 40), width = random.from(1, 130);
    const Groups table(random, count, width, random.coin());
    const bool in_panels = random.coin();
    std::vector<float> packed = group_panels({&table});
    if (!in_panels) {
      packed.assign(count * table.row_bytes() / 4, 0.0f);
      for (size_t r = 0; r < count; ++r) {
        auto* row = reinterpret_cast<uint8_t*>(packed.data()) + r * table.row_bytes();
        for (size_t n = 0; n < width; ++n) table.put(row + n / 8 * 4, r, n);
        std::memcpy(row + (width + 7) / 8 * 4, table.of(r, 0),
                    2 * groups(width) * table.numbers_of_group());
      }
    }
    const auto number = [&](size_t id, size_t i) {
      const float number = static_cast<float>(table.at(id, i)) * table.unit(id, i / 32);
      return table.minima ? number + table.minimum(id, i / 32) : number;
    };
    const auto run = [&](const kernels::Kernels& row, const kernels::Embedding& a) {
      (table.minima ? row.embedding_uint4 : row.embedding_int4)(a);
    };
    check_lookups(random, count, width, packed.data(), in_panels, run, number);
  }
}
