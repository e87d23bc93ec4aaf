#include <cmath>

#include "tests/runtime/operators/missing.h"

namespace fovea::test {
namespace {

constexpr uint32_t kMore = 2;

Doubles observed(const Doubles& x, size_t width) {
  Doubles y;
  for (size_t row = 0; row < x.size(); row += width) {
    for (size_t i = row; i < row + width; ++i) y.push_back(std::isnan(x[i]) ? 0 : x[i]);
    for (size_t i = row; i < row + width; ++i) y.push_back(std::isnan(x[i]) ? 0 : 1);
  }
  return y;
}

// What is seen shows as rows of a table.
void add_seen(Case& c) {
  const int32_t x = add_missing(c);
  const int32_t y = c.tensor({1, kPieces, 2 * kPieceWidth}, {0, -1, -1});
  const int32_t seen = c.tensor({1, 1, 1, kPieces + kMore}, {0, -1, -1, -1}, schema::DType::Int32);
  const int32_t rows = c.tensor({1, 1, 1, kPieces + kMore, 3}, {0, -1, -1, -1, -1});
  schema::ObservedT a;
  a.more = kMore;
  c.op(a, {x}, {y, seen});
  c.op(schema::EmbeddingT(), {seen}, {rows}, {c.weight(schema::Layout::Plain, {2, 3})});
  c.output(y);
  c.output(rows);
  c.oracle = [](const Given& g) {
    const Doubles x = missing_of(g);
    Doubles y = observed(x, kPieceWidth);
    for (size_t b = 0; b < g.batch; ++b) {
      for (size_t t = 0; t < kPieces + kMore; ++t) {
        bool any = t >= kPieces;
        for (size_t i = 0; t < kPieces && i < kPieceWidth; ++i) {
          any = any || !std::isnan(x[(b * kPieces + t) * kPieceWidth + i]);
        }
        const auto row = g.weights[0].begin() + (any ? 3 : 0);
        y.insert(y.end(), row, row + 3);
      }
    }
    return y;
  };
  const auto more = [](uint32_t count) {
    return [=](schema::OperatorT& o) { o.attributes.AsObserved()->more = count; };
  };
  c.wrong = {{"fewer tokens", more(kMore - 1), "output 1"},
             {"more tokens", more(kMore + 1), "output 1"},
             {"too many tokens", more(UINT32_MAX), "more"}};
}

void add_numbers(Case& c) {
  const int32_t x = c.rows(70), y = c.made(140);
  c.op(schema::ObservedT(), {x}, {y});
  c.output(y);
  c.oracle = [](const Given& g) { return observed(g.inputs[0], 70); };
  c.wrong = {{"tokens without a mask",
              [](schema::OperatorT& o) { o.attributes.AsObserved()->more = 1; }, "more"}};
}

}  // namespace

Cases cases_observed() {
  Cases cases;
  add_seen(cases.emplace_back("some numbers are missing"));
  add_numbers(cases.emplace_back("numbers alone"));
  Case& packed = cases.emplace_back("packed");
  packed.pack();
  add_numbers(packed);
  return cases;
}

}  // namespace fovea::test
