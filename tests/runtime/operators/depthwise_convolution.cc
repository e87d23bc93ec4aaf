#include "tests/runtime/operators/grid.h"

namespace fovea::test {
namespace {

struct DepthwiseForm : GridForm {
  uint32_t width;
  bool bias = true;
  schema::Function function = schema::Function::None;
};

Doubles convolved(const DepthwiseForm& form, const Given& g) {
  const size_t images = g.inputs[0].size() / (form.tokens() * form.width);
  Doubles y;
  for (size_t row = 0; row < images * form.made(); ++row) {
    const size_t first = row / form.made() * form.tokens();
    for (size_t n = 0; n < form.width; ++n) {
      double sum = form.bias ? g.weights[1][n] : 0;
      form.each_tap(row % form.made(), [&](size_t tap, size_t from) {
        sum += g.inputs[0][(first + from) * form.width + n] * g.weights[0][tap * form.width + n];
      });
      y.push_back(apply(static_cast<kernels::Function>(form.function), sum));
    }
  }
  return y;
}

Case& add_depthwise(Cases& cases, const char* what, const DepthwiseForm& form) {
  Case& c = cases.emplace_back(what);
  const int32_t x = c.copy({1, form.tokens(), form.width}, {0, -1, -1});
  const int32_t y = c.tensor({1, form.made(), form.width}, {0, -1, -1});
  schema::DepthwiseConvolutionT a;
  a.windows = form.windows();
  a.function = form.function;
  auto& op =
      c.op(std::move(a), {x}, {y}, {c.weight(schema::Layout::Row16, {form.taps(), form.width})});
  if (form.bias) op.weights.push_back(c.weight(schema::Layout::Row16, {form.width}));
  c.output(y);
  c.terms = form.taps();
  c.oracle = [form](const Given& g) { return convolved(form, g); };
  return c;
}

}  // namespace

Cases cases_depthwise_convolution() {
  Cases cases;
  Case& usual = add_depthwise(cases, "a grid", {{{7, 3, 1, 1, 1, 1}, {9, 2, 2, 1, 1, 1}}, 70});
  usual.wrong = wrong_windows<schema::DepthwiseConvolutionT>();
  usual.wrong.push_back(
      {"function",
       [](auto& o) { o.attributes.AsDepthwiseConvolution()->function = schema::Function(7); },
       "function"});
  add_depthwise(cases, "taps apart", {{{6, 3, 1, 2, 5, 6}, {5, 2, 3, 3, 2, 4}}, 33, false});
  add_depthwise(cases, "gaps between windows",
                {{{11, 2, 5}, {19, 1, 2}}, 148, true, schema::Function::GeluErf});
  add_depthwise(cases, "one window", {{{4, 4, 4}, {5, 5, 5}}, 900});
  return cases;
}

}  // namespace fovea::test
