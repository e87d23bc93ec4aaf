#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_add_boxes() {
  constexpr size_t kWidth = 130;
  Cases cases;
  for (const bool packed : {false, true}) {
    Case& c = cases.emplace_back(packed ? "packed" : "equal lengths");
    if (packed) c.pack();
    const int32_t x = c.rows(kWidth);
    const int32_t boxes = packed ? c.numbers({1, 4}, {1, -1}) : c.numbers({1, 1, 4}, {0, 1, -1});
    const int32_t y = c.made(kWidth);
    std::vector<int32_t> tables;
    for (const uint32_t rows : {5u, 6u, 5u, 7u}) {
      tables.push_back(c.weight(schema::Layout::Plain, {rows, kWidth}));
    }
    c.op(schema::AddBoxesT(), {x, boxes}, {y}, tables);
    c.output(y);
    c.oracle = [](const Given& g) {
      Doubles y = g.inputs[0];
      for (size_t i = 0; i < y.size(); ++i) {
        const double* box = &g.inputs[1][i / kWidth * 4];
        const auto row = [&](size_t table, double entry) {
          return g.weights[table][static_cast<size_t>(entry) * kWidth + i % kWidth];
        };
        y[i] += row(0, box[0]) + row(0, box[2]) + row(1, box[1]) + row(1, box[3]) +
                row(2, box[3] - box[1]) + row(3, box[2] - box[0]);
      }
      return y;
    };
    const int32_t narrow = packed ? c.input({1, 3}, {1, -1}, schema::DType::Int32)
                                  : c.input({1, 1, 3}, {0, 1, -1}, schema::DType::Int32);
    const int32_t few = c.input({3, 4}, {-1, -1}, schema::DType::Int32);
    const int32_t wide = c.weight(schema::Layout::Plain, {9, kWidth + 1});
    c.terms = 7;
    c.wrong = {{"boxes of three", [narrow](auto& o) { o.inputs[1] = narrow; }},
               {"other boxes", [few](auto& o) { o.inputs[1] = few; }},
               {"wider rows", [wide](auto& o) { o.weights[1] = wide; }},
               {"wider widths", [wide](auto& o) { o.weights[3] = wide; }}};
  }
  return cases;
}

}  // namespace fovea::test
