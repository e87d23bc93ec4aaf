#include <doctest/doctest.h>

#include <cmath>

#include "tests/kernels/support.h"

using namespace fovea;
using namespace fovea::test;

namespace {

struct Case {
  size_t rows, width, stride;
  std::vector<float> x, gain, bias;
  Case(size_t width_of, bool biased, Random& random) : rows(3), width(width_of) {
    stride = width + random.from(0, 3);
    x = random.numbers(rows * width);
    const float offset = random.coin() ? 3.0f : 0.0f;
    for (float& v : x) v += offset;
    gain = random.numbers(width);
    if (biased) bias = random.numbers(width);
  }
};

// One lane sums width / 16 + 1 terms, the tree adds 4, mean, epsilon, root and reciprocal 4 more;
// half of the relative error of the sum reaches its root.
Doubles rms_tolerance(const Case& c, const Doubles& expected) {
  const double relative = (0.5 * (static_cast<double>(c.width) / 16 + 9) + 4) * kRounding;
  Doubles tolerance;
  for (double y : expected) tolerance.push_back(relative * std::abs(y) + kUnderflow);
  return tolerance;
}

// The rounding errors of the mean enter every difference x - mean, in units of 1 / deviation.
Doubles layer_tolerance(const Case& c) {
  Doubles tolerance;
  const double n = static_cast<double>(c.width);
  for (size_t r = 0; r < c.rows; ++r) {
    double mean = 0, size = 0, variance = 0;
    for (size_t i = 0; i < c.width; ++i) mean += c.x[r * c.width + i] / n;
    for (size_t i = 0; i < c.width; ++i) size += std::fabs(c.x[r * c.width + i]) / n;
    for (size_t i = 0; i < c.width; ++i) variance += std::pow(c.x[r * c.width + i] - mean, 2) / n;
    const double scale = 1.0 / std::sqrt(variance + 1e-5);
    const double terms = (n / 16 + 9) * kRounding;
    for (size_t i = 0; i < c.width; ++i) {
      const double d = std::fabs(c.x[r * c.width + i] - mean);
      // The shift of the mean also adds its square to the variance.
      const double shift = terms * size;
      const double relative = terms + shift * shift * scale * scale + 4 * kRounding;
      tolerance.push_back((shift + kRounding * d + relative * d) * scale * std::fabs(c.gain[i]) +
                          kRounding * (d * scale * std::fabs(c.gain[i]) + std::fabs(c.bias[i])) +
                          kUnderflow);
    }
  }
  return tolerance;
}

std::string run_norm(const kernels::Kernels& row, const Case& c, bool in_place, Random& random) {
  const Guarded x(c.x, c.width, c.stride, random.from(0, 3));
  const Guarded gain(padded(c.gain)), bias(padded(c.bias));
  Guarded y(c.x, c.width, c.stride, 2);
  if (!in_place) y = Guarded((c.rows - 1) * c.stride + c.width, 2);
  kernels::NormF32 a = {};
  a.x = in_place ? y.data() : x.data();
  a.x_stride = a.y_stride = c.stride;
  a.gain = gain.data();
  a.bias = c.bias.empty() ? nullptr : bias.data();
  a.y = y.data();
  a.rows = static_cast<uint32_t>(c.rows);
  a.width = static_cast<uint32_t>(c.width);
  a.epsilon = 1e-5f;
  c.bias.empty() ? row.rms_norm_f32(a) : row.layer_norm_f32(a);
  if (!y.intact(c.width, c.stride)) return "wrote outside";
  const Doubles xd = to_doubles(c.x.data(), c.x.size());
  const Doubles gd = to_doubles(c.gain.data(), c.gain.size());
  const double epsilon = static_cast<double>(a.epsilon);
  const std::vector<float> actual = y.rows(c.width, c.stride);
  if (c.bias.empty()) {
    const Doubles expected = rms_norm(xd, gd, c.width, epsilon);
    return difference(actual, expected, rms_tolerance(c, expected));
  }
  const Doubles bd = to_doubles(c.bias.data(), c.bias.size());
  return difference(actual, layer_norm(xd, gd, bd, c.width, epsilon), layer_tolerance(c));
}

}  // namespace

TEST_CASE("norms agree with the reference at every awkward width, in place or not") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(4);
    for (size_t width : awkward_sizes(800)) {
      for (bool biased : {false, true}) {
        const Case c(width, biased, random);
        const std::string name = row->name;
        CAPTURE(name);
        CAPTURE(width);
        CAPTURE(biased);
        CHECK(run_norm(*row, c, false, random) == "");
        CHECK(run_norm(*row, c, true, random) == "");
      }
    }
  }
}

TEST_CASE("a NaN anywhere in a row makes the whole row NaN") {
  for (const kernels::Kernels* row : runnable_rows()) {
    for (size_t at : {0, 15, 16, 30}) {
      Random random(5);
      std::vector<float> x = random.numbers(31), y(31);
      const std::vector<float> one(32, 1.0f);
      x[at] = std::nanf("");
      kernels::NormF32 a = {x.data(), 31, one.data(), nullptr, y.data(), 31, 1, 31, 1e-5f};
      row->rms_norm_f32(a);
      for (float v : y) CHECK(std::isnan(v));
      a.bias = one.data();
      row->layer_norm_f32(a);
      for (float v : y) CHECK(std::isnan(v));
      row->softmax_f32({x.data(), 31, y.data(), 31, 1, 31});
      for (float v : y) CHECK(std::isnan(v));
    }
  }
}

TEST_CASE("softmax agrees with the reference") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(6);
    for (size_t width : awkward_sizes(300)) {
      const size_t stride = width + random.from(0, 3);
      const std::vector<float> values = random.numbers(3 * width, 10.0);
      const Guarded x(values, width, stride, random.from(0, 3));
      Guarded y(2 * stride + width, random.from(0, 3));
      row->softmax_f32({x.data(), stride, y.data(), stride, 3, static_cast<uint32_t>(width)});
      const Doubles expected = softmax(to_doubles(values.data(), values.size()), width);
      Doubles tolerance;
      for (size_t i = 0; i < expected.size(); ++i) {
        // x - max is rounded; e^x 2 ulp; the sum, the division and the product.
        const double shift = 100.0 * kRounding;
        const double terms = static_cast<double>(width) / 16 + 6;
        tolerance.push_back((2 * shift + (terms + 8) * kRounding) * expected[i] + 0x1p-125);
      }
      const std::string name = row->name;
      CAPTURE(name);
      CAPTURE(width);
      CHECK(y.intact(width, stride));
      CHECK(difference(y.rows(width, stride), expected, tolerance) == "");
    }
  }
}

TEST_CASE("softmax of nothing but -inf is zeros, and -inf beside numbers gives zero") {
  const float inf = INFINITY;
  for (const kernels::Kernels* row : runnable_rows()) {
    std::vector<float> x(20, -inf), y(20, 7.0f);
    row->softmax_f32({x.data(), 20, y.data(), 20, 1, 20});
    for (float v : y) CHECK(v == 0.0f);
    x[3] = -3.4e38f;
    row->softmax_f32({x.data(), 20, y.data(), 20, 1, 20});
    for (size_t i = 0; i < 20; ++i) CHECK(y[i] == (i == 3 ? 1.0f : 0.0f));
  }
}
