#include "tests/runtime/operators/case.h"

namespace fovea::test {
namespace {

// Codes are no numbers of their own: matrices that read them show what they stand for.
void add_cases_of(Cases& cases, schema::DType type) {
  for (const bool gated : {false, true}) {
    Case& c = cases.emplace_back(gated ? "for a gated layer" : "for a linear layer");
    const int32_t residual = gated ? -1 : c.rows(90);
    const int32_t x = c.rows(1001), codes = c.quantized(x, 1001, type), y = c.made(90);
    // The first weight is none of codes: one that the operator does not have would make it unknown.
    const auto row = gated ? schema::Layout::GatedRow16 : schema::Layout::Row16;
    const int32_t biases =
        c.weight(row, gated ? std::vector<uint32_t>{2, 90} : std::vector<uint32_t>{90});
    if (gated) {
      c.op(schema::GatedLinearT(), {codes}, {y},
           {c.codes(schema::Layout::GatedPanels16, {2, 90, 1001}, type), biases});
    } else {
      c.op(schema::LinearT(), {codes, residual}, {y},
           {c.codes(schema::Layout::Panels16, {90, 1001}, type), biases});
    }
    c.output(y);
    c.terms = 1001;
    c.oracle = [gated, type](const Given& g) {
      const Doubles x = as_read(g.inputs.back(), 1001, type);
      const Doubles &bias = g.weights[0], &w = g.weights[1];
      const auto half = [gated](const Doubles& all, bool second) {
        const auto middle = all.begin() + static_cast<long>(all.size() / 2);
        if (!gated) return all;
        return second ? Doubles(middle, all.end()) : Doubles(all.begin(), middle);
      };
      Doubles y = linear(x, half(w, false), half(bias, false), x.size() / 1001, 1001, 90);
      const Doubles up = gated
                             ? linear(x, half(w, true), half(bias, true), x.size() / 1001, 1001, 90)
                             : g.inputs[0];
      for (size_t i = 0; i < y.size(); ++i) y[i] = gated ? y[i] * up[i] : y[i] + up[i];
      return y;
    };
  }
}

}  // namespace

Cases cases_quantize() {
  Cases cases;
  add_cases_of(cases, schema::DType::Int8);
  return cases;
}

Cases cases_quantize_groups() {
  Cases cases;
  add_cases_of(cases, schema::DType::Int4);
  add_cases_of(cases, schema::DType::UInt4);
  return cases;
}

}  // namespace fovea::test
