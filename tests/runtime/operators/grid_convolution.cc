#include <algorithm>
#include <numeric>

#include "tests/runtime/operators/grid.h"

namespace fovea::test {
namespace {

using schema::Layout;

struct GridConvolutionForm : GridForm {
  uint32_t columns_in, outputs, groups = 1;
  bool bias = true;
  schema::Function function = schema::Function::None;
  schema::DType type = schema::DType::Float32;
};

// What a group reads for a token of an image that begins in row `first`, tap after tap.
Doubles window_of(const GridConvolutionForm& form, const Given& g, size_t first, size_t token,
                  size_t group) {
  const size_t of = form.columns_in / form.groups;
  Doubles window(form.taps() * of, 0.0);
  form.each_tap(token, [&](size_t tap, size_t from) {
    const double* x = &g.inputs[0][(first + from) * form.columns_in + group * of];
    std::copy(x, x + of, window.begin() + static_cast<ptrdiff_t>(tap * of));
  });
  return as_read(window, window.size(), form.type);
}

Doubles convolved(const GridConvolutionForm& form, const Given& g) {
  const size_t each = form.outputs / form.groups;
  const size_t images = g.inputs[0].size() / (form.tokens() * form.columns_in);
  Doubles y;
  for (size_t row = 0; row < images * form.made(); ++row) {
    const size_t first = row / form.made() * form.tokens();
    for (size_t group = 0; group < form.groups; ++group) {
      const Doubles window = window_of(form, g, first, row % form.made(), group);
      for (size_t n = group * each; n < (group + 1) * each; ++n) {
        const double* w = &g.weights[0][n * window.size()];
        const double start = form.bias ? g.weights[1][n] : 0;
        const double sum = std::inner_product(window.begin(), window.end(), w, start);
        y.push_back(apply(static_cast<kernels::Function>(form.function), sum));
      }
    }
  }
  return y;
}

Case& add_grid_convolution(Cases& cases, const char* what, const GridConvolutionForm& form) {
  Case& c = cases.emplace_back(what);
  const uint32_t k = form.taps() * (form.columns_in / form.groups), n = form.outputs / form.groups;
  const bool grouped = form.groups > 1;
  const int32_t x = c.copy({1, form.tokens(), form.columns_in}, {0, -1, -1});
  const int32_t y = c.tensor({1, form.made(), form.outputs}, {0, -1, -1});
  schema::GridConvolutionT a;
  a.windows = form.windows();
  a.groups = form.groups;
  a.function = form.function;
  auto& op = c.op(std::move(a), {x}, {y},
                  {grouped ? c.matrix(Layout::Panels16, {form.groups, n, k}, form.type)
                           : c.matrix(Layout::Panels16, {n, k}, form.type)});
  if (form.bias) {
    op.weights.push_back(grouped ? c.weight(Layout::Row16, {form.groups, n})
                                 : c.weight(Layout::Row16, {n}));
  }
  c.output(y);
  c.terms = k;
  c.oracle = [form](const Given& g) { return convolved(form, g); };
  return c;
}

void add_wrong_grid_convolution(Case& c) {
  const auto with = [](auto change) {
    return [change](schema::OperatorT& o) { change(*o.attributes.AsGridConvolution()); };
  };
  c.wrong = wrong_windows<schema::GridConvolutionT>();
  c.wrong.push_back({"no groups", with([](auto& a) { a.groups = 0; }), "groups"});
  c.wrong.push_back({"groups that do not divide", with([](auto& a) { a.groups = 3; })});
  c.wrong.push_back({"groups that the weight lacks", with([](auto& a) { a.groups = 2; })});
  c.wrong.push_back({"more groups than columns", with([](auto& a) { a.groups = 999; }), "groups"});
  c.wrong.push_back(
      {"function", with([](auto& a) { a.function = schema::Function(7); }), "function"});
}

}  // namespace

Cases cases_grid_convolution() {
  Cases cases;
  const GridConvolutionForm usual = {{{7, 3, 2, 1, 1, 1}, {9, 2, 1, 1, 0, 1}}, 20, 70};
  add_wrong_grid_convolution(add_grid_convolution(cases, "a grid", usual));
  // Taps apart, more zeros than taps, windows that have none of the grid.
  add_grid_convolution(cases, "taps apart",
                       {{{6, 3, 1, 2, 5, 6}, {5, 2, 3, 3, 2, 4}}, 8, 34, 2, false});
  add_grid_convolution(cases, "gaps between windows", {{{11, 2, 5}, {9, 1, 4}}, 12, 48, 4});
  add_grid_convolution(cases, "each token by itself",
                       {{{8}, {5}}, 17, 19, 1, true, schema::Function::GeluErf});
  add_grid_convolution(cases, "one window",
                       {{{4, 4, 4}, {5, 5, 5}}, 6, 150, 3, true, schema::Function::Silu});
  for (const schema::DType type :
       {schema::DType::Int8, schema::DType::Int4, schema::DType::UInt4}) {
    GridConvolutionForm codes = usual;
    codes.type = type;
    add_grid_convolution(cases, "codes", codes);
    codes = {{{6, 3, 1, 2, 5, 6}, {5, 2, 3, 3, 2, 4}}, 8, 34, 2, false};
    codes.type = type;
    add_grid_convolution(cases, "codes of groups, taps apart", codes);
  }
  return cases;
}

}  // namespace fovea::test
