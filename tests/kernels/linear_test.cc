#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/kernels/support.h"

using namespace fovea;
using namespace fovea::test;

namespace {

struct LinearShape {
  size_t rows, k, outputs;
};

std::vector<LinearShape> linear_shapes() {
  std::vector<LinearShape> all;
  for (size_t n : awkward_sizes(130)) all.push_back({3, 20, n});
  for (size_t k : awkward_sizes(100)) all.push_back({2, k, 33});
  for (size_t rows = 1; rows < 28; ++rows) all.push_back({rows, 17, 70});
  all.push_back({130, 9, 20});
  all.push_back({200, 40, 100});
  all.push_back({5, 1600, 40});
  return all;
}

struct Problem {
  LinearShape s;
  std::vector<float> x, w, bias, residual;
  kernels::Function function;

  Problem(const LinearShape& shape, Random& random, bool both) : s(shape) {
    x = random.numbers(s.rows * s.k);
    w = random.numbers(s.outputs * s.k);
    if (random.coin()) bias = random.numbers(s.outputs);
    if (both || random.coin()) residual = random.numbers(s.rows * s.outputs);
    function = static_cast<kernels::Function>(both || random.coin() ? random.from(0, 6) : 0);
  }

  // k multiply-adds and the start, then the function: its slope is at most 1.13, then the residual.
  void expect(Doubles& expected, Doubles& tolerance) const {
    const Doubles xd = to_doubles(x.data(), x.size()), wd = to_doubles(w.data(), w.size());
    const Doubles bd = to_doubles(bias.data(), bias.size());
    expected = linear(xd, wd, bd, s.rows, s.k, s.outputs);
    tolerance = linear(absolutes(xd), absolutes(wd), absolutes(bd), s.rows, s.k, s.outputs);
    for (size_t i = 0; i < expected.size(); ++i) {
      const double sum_error = static_cast<double>(s.k + 1) * kRounding * tolerance[i];
      tolerance[i] = 1.13 * sum_error + function_error(function, expected[i]);
      expected[i] = apply(function, expected[i]);
      if (residual.empty()) continue;
      expected[i] += residual[i];
      tolerance[i] += 2 * kRounding * std::abs(expected[i]);
    }
  }
};

std::string run_linear(const kernels::Kernels& row, const Problem& p, Random& random) {
  const LinearShape& s = p.s;
  const size_t x_stride = s.k + random.from(0, 3), y_stride = s.outputs + random.from(0, 3);
  const Guarded x(p.x, s.k, x_stride, random.from(0, 3));
  const Guarded w(pack(p.w, s.outputs, s.k), 4 * random.from(0, 1));
  const Guarded bias(padded(p.bias), 4 * random.from(0, 1));
  const bool in_place = !p.residual.empty() && random.coin();
  const Guarded residual(p.residual, s.outputs, y_stride, random.from(0, 3));
  Guarded y((s.rows - 1) * y_stride + s.outputs, 1);
  if (in_place) y = Guarded(p.residual, s.outputs, y_stride, 1);
  Scratch scratch(kernels::linear_scratch(s.rows, s.k));

  kernels::Linear a = {};
  a.x = x.data();
  a.x_stride = x_stride;
  a.w = w.data();
  a.bias = p.bias.empty() ? nullptr : bias.data();
  a.residual = p.residual.empty() ? nullptr : in_place ? y.data() : residual.data();
  a.residual_stride = y_stride;
  a.y = y.data();
  a.y_stride = y_stride;
  a.rows = static_cast<uint32_t>(s.rows);
  a.k = static_cast<uint32_t>(s.k);
  a.outputs = static_cast<uint32_t>(s.outputs);
  a.function = p.function;
  a.scratch = scratch.data();
  row.linear_f32(a);

  if (!y.intact(s.outputs, y_stride) || !scratch.intact()) return "wrote outside";
  Doubles expected, tolerance;
  p.expect(expected, tolerance);
  return difference(y.rows(s.outputs, y_stride), expected, tolerance);
}

}  // namespace

TEST_CASE("linear_f32 is the sum of products, the function, the residual") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(1);
    for (const LinearShape& shape : linear_shapes()) {
      for (bool both : {false, true}) {
        const Problem problem(shape, random, both);
        const std::string name = row->name;
        CAPTURE(name);
        CAPTURE(shape.rows);
        CAPTURE(shape.k);
        CAPTURE(shape.outputs);
        CAPTURE(static_cast<int>(problem.function));
        CHECK(run_linear(*row, problem, random) == "");
      }
    }
  }
}

TEST_CASE("a NaN in a row of x reaches that row's outputs, and no other row") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(2);
    Problem p({5, 12, 40}, random, false);
    p.function = kernels::Function::kRelu;
    const std::vector<float> w = pack(p.w, 40, 12);
    p.x[2 * 12 + 7] = std::nanf("");
    std::vector<float> y(5 * 40);
    kernels::Linear a = {};
    a.x = p.x.data();
    a.x_stride = a.k = 12;
    a.w = w.data();
    a.y = y.data();
    a.y_stride = a.outputs = 40;
    a.rows = 5;
    a.function = p.function;
    row->linear_f32(a);
    for (size_t i = 0; i < y.size(); ++i) CHECK(std::isnan(y[i]) == (i / 40 == 2));
  }
}

namespace {

std::string run_gated(const kernels::Kernels& row, const LinearShape& s, Random& random) {
  const std::vector<float> x = random.numbers(s.rows * s.k);
  const std::vector<float> gate = random.numbers(s.outputs * s.k);
  const std::vector<float> up = random.numbers(s.outputs * s.k);
  const std::vector<float> gate_bias = random.numbers(s.outputs), up_bias = gate_bias;
  const auto function = static_cast<kernels::Function>(random.from(0, 6));
  const bool biased = random.coin();

  const std::vector<float> gates = pack(gate, s.outputs, s.k), ups = pack(up, s.outputs, s.k);
  const std::vector<float> gate_biases = padded(gate_bias), up_biases = padded(up_bias);
  std::vector<float> w, bias;
  for (size_t p = 0; p < (s.outputs + 15) / 16; ++p) {
    w.insert(w.end(), &gates[p * s.k * 16], &gates[p * s.k * 16] + s.k * 16);
    w.insert(w.end(), &ups[p * s.k * 16], &ups[p * s.k * 16] + s.k * 16);
    bias.insert(bias.end(), &gate_biases[p * 16], &gate_biases[p * 16] + 16);
    bias.insert(bias.end(), &up_biases[p * 16], &up_biases[p * 16] + 16);
  }
  const size_t y_stride = s.outputs + random.from(0, 3);
  const Guarded gx(x, s.k, s.k + 1, 1), gw(w), gbias(bias);
  Guarded y((s.rows - 1) * y_stride + s.outputs, random.from(0, 3));
  kernels::GatedLinear a = {};
  a.x = gx.data();
  a.x_stride = s.k + 1;
  a.w = gw.data();
  a.bias = biased ? gbias.data() : nullptr;
  a.y = y.data();
  a.y_stride = y_stride;
  a.rows = static_cast<uint32_t>(s.rows);
  a.k = static_cast<uint32_t>(s.k);
  a.outputs = static_cast<uint32_t>(s.outputs);
  a.function = function;
  row.gated_linear_f32(a);
  if (!y.intact(s.outputs, y_stride)) return "wrote outside";

  const Doubles xd = to_doubles(x.data(), x.size());
  const Doubles gd = to_doubles(gate.data(), gate.size()), ud = to_doubles(up.data(), up.size());
  const Doubles bd = biased ? to_doubles(gate_bias.data(), gate_bias.size()) : Doubles();
  const Doubles g = linear(xd, gd, bd, s.rows, s.k, s.outputs);
  const Doubles u = linear(xd, ud, bd, s.rows, s.k, s.outputs);
  const Doubles gm = linear(absolutes(xd), absolutes(gd), absolutes(bd), s.rows, s.k, s.outputs);
  const Doubles um = linear(absolutes(xd), absolutes(ud), absolutes(bd), s.rows, s.k, s.outputs);
  Doubles expected, tolerance;
  const double terms = static_cast<double>(s.k + 1) * kRounding;
  for (size_t i = 0; i < g.size(); ++i) {
    const double f = apply(function, g[i]);
    const double f_error = 1.13 * terms * gm[i] + function_error(function, g[i]);
    expected.push_back(f * u[i]);
    tolerance.push_back(f_error * (std::abs(u[i]) + terms * um[i]) + std::abs(f) * terms * um[i] +
                        2 * kRounding * std::abs(f * u[i]));
  }
  return difference(y.rows(s.outputs, y_stride), expected, tolerance);
}

}  // namespace

TEST_CASE("gated_linear_f32 is the function of the gate times up") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(3);
    for (const LinearShape& shape : linear_shapes()) {
      const std::string name = row->name;
      CAPTURE(name);
      CAPTURE(shape.rows);
      CAPTURE(shape.k);
      CAPTURE(shape.outputs);
      CHECK(run_gated(*row, shape, random) == "");
    }
  }
}
