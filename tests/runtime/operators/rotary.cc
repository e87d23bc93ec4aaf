#include "tests/runtime/operators/case.h"

namespace fovea::test {

namespace {

// Rows of two heads by rows of the cosines and sines of 20 pairs.
Doubles turned(Doubles x, const Doubles& table, bool interleaved) {
  for (size_t head = 0; head < x.size() / 64; ++head) {
    const double* row = &table[head / 2 * 40];
    for (size_t i = 0; i < 20; ++i) {
      double& a = x[head * 64 + (interleaved ? 2 * i : i)];
      double& b = x[head * 64 + (interleaved ? 2 * i + 1 : i + 20)];
      const double before = a;
      a = before * row[i] - b * row[20 + i];
      b = b * row[i] + before * row[20 + i];
    }
  }
  return x;
}

}  // namespace

Cases cases_rotary() {
  Cases cases;
  for (const bool interleaved : {false, true}) {
    Case& c = cases.emplace_back(interleaved ? "neighbours" : "halves");
    schema::RotaryT attributes;
    attributes.heads = 2;
    attributes.head_width = 64;
    attributes.interleaved = interleaved;
    const int32_t x = c.rows(128), table = c.rows(40);
    c.op(attributes, {x, table}, {x});
    c.output(x);
    c.oracle = [interleaved](const Given& g) {
      return turned(g.inputs[0], g.inputs[1], interleaved);
    };
    const int32_t one_row = c.input({1, 40}, {-1, -1}, schema::DType::Float32);
    const int32_t odd = c.input({1, 1, 41}, {0, 1, -1}, schema::DType::Float32);
    c.wrong = {{"heads", [](auto& o) { o.attributes.AsRotary()->heads = 3; }},
               {"head width", [](auto& o) { o.attributes.AsRotary()->head_width = 0; }},
               {"too few pairs",
                [](auto& o) {
                  o.attributes.AsRotary()->heads = 4;
                  o.attributes.AsRotary()->head_width = 32;
                }},
               {"table of fewer rows", [one_row](auto& o) { o.inputs[1] = one_row; }},
               {"half a pair", [odd](auto& o) { o.inputs[1] = odd; }}};
  }
  return cases;
}

}  // namespace fovea::test
