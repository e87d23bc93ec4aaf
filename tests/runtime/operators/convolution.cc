#include <algorithm>
#include <numeric>

#include "tests/runtime/operators/case.h"

namespace fovea::test {
namespace {

using schema::Layout;

// What a case convolves, and how.
struct ConvolutionForm {
  uint32_t columns, outputs;
  schema::ConvolutionT attributes;
  bool bias = true;
  schema::DType type = schema::DType::Float32;

  int64_t reach() const { return int64_t{attributes.dilation} * (attributes.taps - 1); }
  size_t rows(size_t tokens) const {
    const int64_t last =
        static_cast<int64_t>(tokens) + attributes.before + attributes.after - reach() - 1;
    return static_cast<size_t>(last / attributes.stride + 1);
  }
};

schema::ConvolutionT convolution_of(uint32_t taps, uint32_t stride, uint32_t dilation,
                                    uint32_t groups, uint32_t before, uint32_t after) {
  schema::ConvolutionT a;
  a.taps = taps;
  a.stride = stride;
  a.dilation = dilation;
  a.groups = groups;
  a.before = before;
  a.after = after;
  return a;
}

// What a group reads for one row of y, tap after tap.
Doubles window_of(const ConvolutionForm& form, const Given& g, const Sequence& s, size_t t,
                  size_t group) {
  const schema::ConvolutionT& a = form.attributes;
  const size_t of = form.columns / a.groups;
  Doubles window(a.taps * of, 0.0);
  for (size_t j = 0; j < a.taps; ++j) {
    const int64_t at = static_cast<int64_t>(t * a.stride + j * a.dilation) - a.before;
    if (at < 0 || at >= static_cast<int64_t>(s.rows)) continue;
    const double* x = &g.inputs[0][(s.first + static_cast<size_t>(at)) * form.columns + group * of];
    std::copy(x, x + of, window.begin() + static_cast<ptrdiff_t>(j * of));
  }
  return as_read(window, window.size(), form.type);
}

// A sequence's rows of y, by their definition.
void convolve(const ConvolutionForm& form, const Given& g, const Sequence& s, Doubles& y) {
  const schema::ConvolutionT& a = form.attributes;
  for (size_t t = 0; t < form.rows(s.rows); ++t) {
    for (size_t group = 0; group < a.groups; ++group) {
      const Doubles window = window_of(form, g, s, t, group);
      const size_t each = form.outputs / a.groups;
      for (size_t n = group * each; n < (group + 1) * each; ++n) {
        const double* w = &g.weights[0][n * window.size()];
        const double start = form.bias ? g.weights[1][n] : 0;
        const double sum = std::inner_product(window.begin(), window.end(), w, start);
        y.push_back(apply(static_cast<kernels::Function>(a.function), sum));
      }
    }
  }
}

void add_convolution(Case& c, const ConvolutionForm& form, int32_t x, int32_t y) {
  const schema::ConvolutionT& a = form.attributes;
  const uint32_t k = a.taps * (form.columns / a.groups), n = form.outputs / a.groups;
  const bool grouped = a.groups > 1;
  auto& op = c.op(form.attributes, {x}, {y},
                  {grouped ? c.matrix(Layout::Panels16, {a.groups, n, k}, form.type)
                           : c.matrix(Layout::Panels16, {n, k}, form.type)});
  if (form.bias) {
    op.weights.push_back(grouped ? c.weight(Layout::Row16, {a.groups, n})
                                 : c.weight(Layout::Row16, {n}));
  }
  c.output(y);
  c.terms = k;
  c.oracle = [form](const Given& g) {
    Doubles y;
    for (const Sequence& s : g.sequences) convolve(form, g, s, y);
    return y;
  };
}

// Rows of a dim, of which those of y are derived.
void add_derived_convolution(Cases& cases, const char* what, const ConvolutionForm& form) {
  Case& c = cases.emplace_back(what);
  const schema::ConvolutionT& a = form.attributes;
  const int32_t x = c.rows(form.columns);
  const int64_t offset = int64_t{a.before} + a.after - form.reach() - 1 + a.stride;
  const int32_t dim = c.add_windows(static_cast<int32_t>(offset), a.stride);
  add_convolution(c, form, x, c.tensor({1, 1, form.outputs}, {0, dim, -1}));
}

void add_wrong_convolution(Case& c) {
  const auto with = [](auto change) {
    return [change](schema::OperatorT& o) { change(*o.attributes.AsConvolution()); };
  };
  c.wrong = {{"no taps", with([](auto& a) { a.taps = 0; })},
             {"more taps than columns", with([](auto& a) { a.taps = 4; })},
             {"no stride", with([](auto& a) { a.stride = 0; }), "stride"},
             {"another stride", with([](auto& a) { a.stride = 3; })},
             {"a stride past all", with([](auto& a) { a.stride = 0xffffffff; }), "stride"},
             {"no dilation", with([](auto& a) { a.dilation = 0; }), "dilation"},
             {"another dilation", with([](auto& a) { a.dilation = 2; })},
             {"a dilation past all", with([](auto& a) { a.dilation = 0x80000001; }), "dilation"},
             {"no groups", with([](auto& a) { a.groups = 0; }), "groups"},
             {"groups that do not divide", with([](auto& a) { a.groups = 3; })},
             {"groups that the weight lacks", with([](auto& a) { a.groups = 2; })},
             {"more groups than columns", with([](auto& a) { a.groups = 0xffffffff; }), "groups"},
             {"before", with([](auto& a) { a.before = 2; })},
             {"before past all", with([](auto& a) { a.before = 0xffffffff; }), "before"},
             {"after", with([](auto& a) { a.after = 0; })},
             {"after past all", with([](auto& a) { a.after = 0xffffffff; }), "after"},
             {"function", with([](auto& a) { a.function = schema::Function(7); }), "function"}};
}

}  // namespace

Cases cases_convolution() {
  Cases cases;
  ConvolutionForm half = {20, 70, convolution_of(3, 2, 1, 1, 1, 1)};
  half.attributes.function = schema::Function::GeluErf;
  add_derived_convolution(cases, "half as many rows", half);
  add_wrong_convolution(cases.back());
  add_derived_convolution(cases, "dilated groups", {12, 34, convolution_of(4, 3, 2, 2, 6, 2)});
  // Tokens between windows that none sees.
  add_derived_convolution(cases, "gaps", {8, 100, convolution_of(2, 5, 1, 1, 1, 0), false});
  add_derived_convolution(cases, "more rows than tokens",
                          {9, 17, convolution_of(2, 1, 1, 1, 3, 4)});
  for (const schema::DType type :
       {schema::DType::Int8, schema::DType::Int4, schema::DType::UInt4}) {
    ConvolutionForm codes = {20, 70, convolution_of(3, 2, 1, 1, 1, 1), true, type};
    codes.attributes.function = schema::Function::GeluErf;
    add_derived_convolution(cases, "codes", codes);
    add_derived_convolution(cases, "codes of dilated groups",
                            {12, 34, convolution_of(4, 3, 2, 2, 6, 2), true, type});
  }
  Case& dilated = cases.emplace_back("dilated, one group");
  const ConvolutionForm apart = {12, 20, convolution_of(3, 1, 3, 1, 4, 2)};
  add_convolution(dilated, apart, dilated.rows(apart.columns), dilated.made(apart.outputs));
  for (const bool packed : {false, true}) {
    Case& c = cases.emplace_back(packed ? "packed" : "as many rows");
    if (packed) c.pack();
    const ConvolutionForm form = {32, 48, convolution_of(5, 1, 1, 4, 1, 3)};
    add_convolution(c, form, c.rows(form.columns), c.made(form.outputs));
  }
  Case& packed = cases.emplace_back("packed, one group");
  packed.pack();
  const ConvolutionForm one = {36, 40, convolution_of(4, 1, 1, 1, 3, 0)};
  add_convolution(packed, one, packed.rows(one.columns), packed.made(one.outputs));
  Case& constant = cases.emplace_back("constant rows");
  const ConvolutionForm fixed = {10, 16, convolution_of(10, 5, 1, 1, 0, 0)};
  const auto rows = static_cast<uint32_t>(fixed.rows(kCaseTokens));
  add_convolution(constant, fixed, constant.copy({1, kCaseTokens, 10}, {0, -1, -1}),
                  constant.tensor({1, rows, 16}, {0, -1, -1}));
  constant.oracle = [form = fixed](const Given& g) {
    Doubles y;
    for (size_t b = 0; b < g.batch; ++b) convolve(form, g, {b * kCaseTokens, kCaseTokens}, y);
    return y;
  };
  return cases;
}

}  // namespace fovea::test
