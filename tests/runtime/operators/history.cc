#include <algorithm>
#include <cstddef>

#include "tests/runtime/operators/case.h"

namespace fovea::test {
namespace {

constexpr uint32_t kHistoryWidth = 128, kRowsBefore = 3, kRows = 50;

// Of each sequence the last `rows`, zeros before its first.
Doubles last_rows(const Given& g, size_t rows) {
  Doubles y;
  for (const Sequence& s : g.sequences) {
    const size_t taken = std::min(rows, s.rows);
    y.insert(y.end(), (rows - taken) * kHistoryWidth, 0.0);
    const auto end =
        g.inputs[0].begin() + static_cast<ptrdiff_t>((s.first + s.rows) * kHistoryWidth);
    y.insert(y.end(), end - static_cast<ptrdiff_t>(taken * kHistoryWidth), end);
  }
  return y;
}

void add_history(Case& c, const schema::HistoryT& a, int32_t y) {
  c.add_cache();
  c.add_update();
  const int32_t state = c.state(schema::StateLayout::Values, 1, kHistoryWidth);
  const int32_t x = c.rows(kHistoryWidth);
  c.op(a, {x}, {y}, {}, {state});
  c.output(y);
  c.wrong = {{"rows before", [](auto& o) { ++o.attributes.AsHistory()->before; }},
             {"rows", [](auto& o) { ++o.attributes.AsHistory()->rows; }}};
}

}  // namespace

Cases cases_history() {
  Cases cases;
  schema::HistoryT a;
  a.before = kRowsBefore;
  Case& before = cases.emplace_back("rows and those before");
  add_history(before, a,
              before.tensor({1, 1, kHistoryWidth}, {0, before.add_windows(kRowsBefore, 1), -1}));
  before.oracle = [](const Given& g) { return last_rows(g, g.tokens + kRowsBefore); };
  a.before = 0;
  for (const uint32_t rows : {kRows, 5u}) {
    a.rows = rows;
    Case& last = cases.emplace_back(rows == 5 ? "some of the rows" : "always as many rows");
    add_history(last, a, last.tensor({1, rows, kHistoryWidth}, {0, -1, -1}));
    last.oracle = [rows](const Given& g) { return last_rows(g, rows); };
  }
  return cases;
}

}  // namespace fovea::test
