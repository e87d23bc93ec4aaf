// The elementary functions against the C library's double precision ones, over a stride of all
// floats. Their figures in ulp are quoted by ARITHMETIC.md. All rows share their bits
// (bits_test.cc), so the row that is fastest here speaks for all.

#define FOVEA_ROW test_row
#include "kernels/impl/vec_scalar-inl.h"

#include "kernels/impl/math-inl.h"
#undef FOVEA_ROW

#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <cstring>

#include "tests/kernels/support.h"

using namespace fovea;
using namespace fovea::test;

namespace {

namespace math = fovea::kernels::test_row;

// The distance between two neighbouring floats around x.
double ulp_of(double x) {
  const double size = std::fmax(std::fabs(x), 0x1p-126);
  return std::exp2(std::floor(std::log2(size)) - 23);
}

struct Worst {
  double ulp = 0.0;
  double at = 0.0;
  void add(double x, float actual, double expected) {
    const double error = std::fabs(static_cast<double>(actual) - expected) / ulp_of(expected);
    if (!(error <= ulp)) {
      ulp = error;
      at = x;
    }
  }
  void report(const char* name) const { std::printf("  %-12s %.3f ulp at %.9g\n", name, ulp, at); }
};

// Calls f(x) for every kStride-th float of [low, high]: a prime, so that all patterns of the last
// bits occur.
template <class F>
void sweep(float low, float high, F f) {
#if defined(FOVEA_EMULATED)
  constexpr uint32_t kStride = 10007;
#else
  constexpr uint32_t kStride = 509;
#endif
  for (uint32_t bits = 0; bits < 0x7f800000u; bits += kStride) {
    float x;
    std::memcpy(&x, &bits, sizeof x);
    if (x >= low && x <= high) f(x);
    if (-x >= low && -x <= high) f(-x);
  }
}

}  // namespace

TEST_CASE("log2 of positive numbers") {
  Worst log2;
  sweep(0x1p-126f, 0x1.fffffep+127f, [&](float x) {
    log2.add(x, math::log2_positive<math::Scalar>(x), std::log2(static_cast<double>(x)));
  });
  log2.report("log2");
  CHECK(log2.ulp < 1.7);
  for (int n = -126; n <= 127; ++n) {
    const float power = std::ldexp(1.0f, n);
    CHECK(math::log2_positive<math::Scalar>(power) == static_cast<float>(n));
  }
  CHECK(std::isnan(math::log2_positive<math::Scalar>(std::nanf(""))));
}

TEST_CASE("exp2 and exp of negative numbers") {
  Worst exp2, exp;
  sweep(-125.0f, 0.0f, [&](float x) {
    exp2.add(x, math::exp2_negative<math::Scalar>(x), std::exp2(static_cast<double>(x)));
  });
  sweep(-87.0f, 0.0f, [&](float x) {
    exp.add(x, math::exp_negative<math::Scalar>(x), std::exp(static_cast<double>(x)));
  });
  exp2.report("exp2");
  exp.report("exp");
  CHECK(exp2.ulp < 1.0);
  CHECK(exp.ulp < 1.0);
  CHECK(math::exp2_negative<math::Scalar>(0.0f) == 1.0f);
  CHECK(math::exp2_negative<math::Scalar>(-0.0f) == 1.0f);
  CHECK(math::exp_negative<math::Scalar>(0.0f) == 1.0f);
  for (float x : {-126.0f, -1e10f, -3e38f, -INFINITY}) {
    CHECK(math::exp2_negative<math::Scalar>(x) == 0.0f);
    CHECK(math::exp_negative<math::Scalar>(x) == 0.0f);
  }
}

namespace {

// Calls f(x, y) with y = function(x) for floats x of [low, high].
template <class F>
void sweep_function(kernels::Function function, float low, float high, F f) {
  const kernels::Kernels& row = *runnable_rows().front();
  std::vector<float> x, y;
  const auto flush = [&] {
    y.resize(x.size());
    row.function_f32({x.data(), y.data(), x.size(), function});
    for (size_t i = 0; i < x.size(); ++i) f(x[i], y[i]);
    x.clear();
  };
  sweep(low, high, [&](float v) {
    x.push_back(v);
    if (x.size() == 1 << 16) flush();
  });
  flush();
}

// In ulp, of the results that are safely normal numbers.
Worst worst_of(kernels::Function function, float low, float high) {
  Worst worst;
  sweep_function(function, low, high, [&](float x, float y) {
    const double expected = apply(function, static_cast<double>(x));
    if (std::fabs(expected) > 0x1p-120) worst.add(x, y, expected);
  });
  return worst;
}

}  // namespace

TEST_CASE("sigmoid, silu, tanh and gelu, relative to their exact values") {
  const struct {
    const char* name;
    kernels::Function function;
    float low, high;
    double ulp;
  } cases[] = {
      {"sigmoid", kernels::Function::kSigmoid, -80.0f, 80.0f, 2.2},
      {"silu", kernels::Function::kSilu, -80.0f, 80.0f, 3.2},
      {"tanh", kernels::Function::kTanh, -80.0f, 80.0f, 1.6},
      {"gelu erf +", kernels::Function::kGeluErf, -1.0f, 12.0f, 3.0},
      {"gelu erf -", kernels::Function::kGeluErf, -5.6f, -1.0f, 50.0},
      {"gelu tanh +", kernels::Function::kGeluTanh, -1.0f, 12.0f, 3.0},
  };
  for (const auto& c : cases) {
    const Worst worst = worst_of(c.function, c.low, c.high);
    worst.report(c.name);
    const std::string name = c.name;
    CAPTURE(name);
    CAPTURE(worst.at);
    CHECK(worst.ulp < c.ulp);
  }
}

namespace {

struct AngleError {
  double sine = 0.0, cosine = 0.0, at = 0.0;
  void add(float x) {
    float s, c;
    math::sine_cosine<math::Scalar>(x, s, c);
    const double angle = static_cast<double>(x);
    const double worst = std::fmax(sine, cosine);
    sine = std::fmax(sine, std::fabs(static_cast<double>(s) - std::sin(angle)));
    cosine = std::fmax(cosine, std::fabs(static_cast<double>(c) - std::cos(angle)));
    if (std::fmax(sine, cosine) > worst) at = angle;
  }
  void check(const char* name) const {
    std::printf("  sine         %.3f * 2^-24 %s\n", sine * 0x1p24, name);
    std::printf("  cosine       %.3f * 2^-24 %s\n", cosine * 0x1p24, name);
    CAPTURE(at);
    CHECK(sine < 0x1p-23);
    CHECK(cosine < 0x1p-23);
  }
};

#if defined(FOVEA_EMULATED)
constexpr uint32_t kAngleStride = 10007;
#else
constexpr uint32_t kAngleStride = 7;
#endif

}  // namespace

TEST_CASE("sine and cosine of angles up to 2^24") {
  AngleError small, large, positions;
  sweep(0.0f, 1e6f, [&](float x) { small.add(x); });
  // Few floats lie between 2^20 and 2^24, and all of the first reduction's steps.
  for (uint32_t bits = 0x49800000u; bits <= 0x4b800000u; bits += kAngleStride) {
    float x;
    std::memcpy(&x, &bits, sizeof x);
    large.add(x);
  }
  for (uint32_t position = 1u << 24; position > 0; position -= kAngleStride) {
    positions.add(static_cast<float>(position));
    if (position < kAngleStride) break;
  }
  small.check("up to 1e6");
  large.check("up to 2^24");
  positions.check("of whole numbers");
}

TEST_CASE("the angles at which whole turns begin to be taken off are as good as others") {
  AngleError error;
  for (uint32_t turns = 1; turns < 16; ++turns) {
    const float middle = static_cast<float>(turns) * 1146408.0f;  // half of 364913 turns
    for (int step = -64; step <= 64; ++step) {
      const float x = middle + 0.125f * static_cast<float>(step);
      if (x <= 0x1p24f) error.add(x);
    }
  }
  error.add(0x1p24f);
  error.check("around whole turns");
}

TEST_CASE("gelu never misses by more than 2.5 roundings of x") {
  for (auto function : {kernels::Function::kGeluErf, kernels::Function::kGeluTanh}) {
    double worst = 0.0;
    sweep_function(function, -16.0f, 16.0f, [&](float x, float y) {
      const double error = std::fabs(y - apply(function, static_cast<double>(x)));
      if (std::fabs(x) > 1e-30f) worst = std::fmax(worst, error / std::fabs(x));
    });
    std::printf("  gelu         %.3f * 2^-24 of |x|\n", worst * 0x1p24);
    CHECK(worst < 2.5 * kRounding);
  }
}
