#include <doctest/doctest.h>

#include <cmath>

#include "tests/kernels/support.h"

using namespace fovea;
using namespace fovea::test;

TEST_CASE("function_f32 applies each function to every element, in place or not") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(7);
    for (size_t count : awkward_sizes(200)) {
      for (int f = 0; f < 7; ++f) {
        const auto function = static_cast<kernels::Function>(f);
        const std::vector<float> values = random.numbers(count, 4.0);
        const Guarded x(values, random.from(0, 3));
        Guarded y(count, random.from(0, 3)), in_place(values, 1);
        row->function_f32({x.data(), y.data(), count, function});
        row->function_f32({in_place.data(), in_place.data(), count, function});
        Doubles expected, tolerance;
        for (float v : values) {
          expected.push_back(apply(function, static_cast<double>(v)));
          tolerance.push_back(function_error(function, static_cast<double>(v)));
        }
        const std::string name = row->name;
        CAPTURE(name);
        CAPTURE(f);
        CAPTURE(count);
        CHECK(y.intact());
        CHECK(in_place.intact());
        CHECK(difference(y.rows(count, count), expected, tolerance) == "");
        CHECK(same_bits(y, in_place, count));
      }
    }
  }
}

TEST_CASE("functions keep NaN and are finite at the ends of the range") {
  for (const kernels::Kernels* row : runnable_rows()) {
    for (int f = 0; f < 7; ++f) {
      const auto function = static_cast<kernels::Function>(f);
      std::vector<float> x = {std::nanf(""), 3.4e38f, -3.4e38f, 1e20f,   -1e20f, 0.0f,  -0.0f,
                              88.0f,         -88.0f,  1e-45f,   -1e-45f, 20.0f,  -20.0f};
      std::vector<float> y(x.size());
      row->function_f32({x.data(), y.data(), x.size(), function});
      const std::string name = row->name;
      CAPTURE(name);
      CAPTURE(f);
      CHECK(std::isnan(y[0]));
      for (size_t i = 1; i < x.size(); ++i) {
        const double expected = apply(function, static_cast<double>(x[i]));
        CAPTURE(x[i]);
        CHECK(std::abs(static_cast<double>(y[i]) - expected) <=
              function_error(function, static_cast<double>(x[i])));
      }
    }
  }
}

TEST_CASE("binary_f32 adds, subtracts and multiplies, b repeating where its stride is 0") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(8);
    for (size_t width : awkward_sizes(100)) {
      for (int kind = 0; kind < 3; ++kind) {
        const size_t stride = width + random.from(0, 3);
        const bool repeat = random.coin();
        const std::vector<float> av = random.numbers(3 * width);
        const std::vector<float> bv = random.numbers(repeat ? width : 3 * width);
        const Guarded a(av, width, stride, random.from(0, 3)), b(bv, 1);
        Guarded y(2 * stride + width, 3);
        kernels::BinaryF32 args = {a.data(),
                                   stride,
                                   b.data(),
                                   repeat ? 0 : width,
                                   y.data(),
                                   stride,
                                   3,
                                   static_cast<uint32_t>(width),
                                   static_cast<kernels::BinaryKind>(kind)};
        row->binary_f32(args);
        std::vector<float> expected;
        for (size_t i = 0; i < av.size(); ++i) {
          const float p = av[i], q = bv[i % bv.size()];
          expected.push_back(kind == 0 ? p + q : kind == 1 ? p - q : p * q);
        }
        const std::string name = row->name;
        CAPTURE(name);
        CAPTURE(width);
        CHECK(y.intact(width, stride));
        CHECK(same_bits(y.rows(width, stride), expected));
      }
    }
  }
}

TEST_CASE("add_scaled_f32 adds with one rounding") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(9);
    for (size_t count : awkward_sizes(100)) {
      const std::vector<float> xv = random.numbers(count), yv = random.numbers(count);
      const Guarded x(xv, random.from(0, 3));
      Guarded y(yv, random.from(0, 3));
      row->add_scaled_f32({x.data(), y.data(), count, -0.7f});
      std::vector<float> expected;
      for (size_t i = 0; i < count; ++i) expected.push_back(std::fma(-0.7f, xv[i], yv[i]));
      const std::string name = row->name;
      CAPTURE(name);
      CAPTURE(count);
      CHECK(y.intact());
      CHECK(same_bits(y.rows(count, count), expected));
    }
  }
}

// Sums of outputs, gates and what they gate in turn.
static double gated(const kernels::GateF32& a, double gate, double up) {
  if (!(a.limit > 0)) return apply(a.function, gate) * up;
  gate = std::fmin(gate, static_cast<double>(a.limit));
  up = std::fmax(std::fmin(up, static_cast<double>(a.limit)), -static_cast<double>(a.limit));
  return gate / (1 + std::exp(-static_cast<double>(a.alpha) * gate)) * (up + 1);
}

TEST_CASE("gate_f32 is the function of the gate times up, or that of gpt-oss with a limit") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(10);
    for (size_t outputs : awkward_sizes(100)) {
      for (int f = 0; f < 8; ++f) {
        const std::vector<float> sums = random.numbers(2 * ((outputs + 15) / 16 * 16), 3.0);
        const Guarded x(sums, random.from(0, 3));
        Guarded y(outputs, random.from(0, 3));
        const auto function = static_cast<kernels::Function>(f % 7);
        const kernels::GateF32 a = {x.data(), y.data(), outputs, function, f == 7 ? 2.0f : 0.0f,
                                    1.702f};
        row->gate_f32(a);
        Doubles expected, tolerance;
        for (size_t n = 0; n < outputs; ++n) {
          const double gate = sums[n / 16 * 32 + n % 16], up = sums[n / 16 * 32 + 16 + n % 16];
          expected.push_back(gated(a, gate, up));
          tolerance.push_back(function_error(f == 7 ? kernels::Function::kSilu : function, gate) *
                                  (std::abs(up) + 1) +
                              4e-7 * std::abs(expected.back()));
        }
        const std::string name = row->name;
        CAPTURE(name);
        CAPTURE(f);
        CAPTURE(outputs);
        CHECK(y.intact());
        CHECK(difference(y.rows(outputs, outputs), expected, tolerance) == "");
      }
    }
  }
}

TEST_CASE("gate_f32 keeps NaN, of the gate and of what it gates, with a limit and without") {
  for (const kernels::Kernels* row : runnable_rows()) {
    for (const float limit : {0.0f, 2.0f}) {
      std::vector<float> sums(32, 1.0f), y(16);
      sums[3] = sums[16 + 5] = std::nanf("");
      row->gate_f32({sums.data(), y.data(), 16, kernels::Function::kSilu, limit, 1.0f});
      for (size_t n = 0; n < 16; ++n) CHECK(std::isnan(y[n]) == (n == 3 || n == 5));
    }
  }
}
