#include <cmath>

#include "tests/runtime/operators/case.h"

namespace fovea::test {
namespace {

constexpr uint32_t kLineWidth = 60;

schema::TilesT tiles(uint32_t lines, bool by_column, bool ends) {
  schema::TilesT a;
  a.lines = lines;
  a.high = 5;
  a.wide = 8;
  a.down = 3;
  a.right = 4;
  a.first = 2;
  a.by_column = by_column;
  a.ends = ends;
  a.fill = -1.5f;
  return a;
}

std::vector<Wrong> wrong_tiles() {
  const auto with = [](auto change) {
    return [change](schema::OperatorT& o) { change(*o.attributes.AsTiles()); };
  };
  return {{"no lines", with([](auto& t) { t.lines = 0; }), "lines"},
          {"more tiles", with([](auto& t) { t.lines += 3; })},
          {"first behind all lines", with([](auto& t) { t.first = t.lines; }), "first"},
          {"high 0", with([](auto& t) { t.high = 0; }), "high"},
          {"higher than what there is", with([](auto& t) { t.high = t.lines - 1; }), "high"},
          {"another height", with([](auto& t) { t.high = 4; })},
          {"wide 0", with([](auto& t) { t.wide = 0; }), "wide"},
          {"wider than x", with([](auto& t) { t.wide = kLineWidth + 1; }), "wide"},
          {"down 0", with([](auto& t) { t.down = 0; }), "down"},
          {"right 0", with([](auto& t) { t.right = 0; }), "right"},
          {"right too far", with([](auto& t) { t.right = UINT32_MAX; }), "right"},
          {"fill", with([](auto& t) { t.fill = INFINITY; }), "fill"}};
}

// Of lines that a sequence has and of some more, or of fewer.
void add_tiles(Cases& cases, uint32_t lines, bool by_column, bool ends) {
  Case& c = cases.emplace_back(std::string(by_column ? "by column" : "by line") +
                               (ends ? ", the last lines" : ""));
  const schema::TilesT a = tiles(lines, by_column, ends);
  const uint32_t along = (lines - 2 - 5) / 3 + 1, across = (kLineWidth - 8) / 4 + 1;
  const int32_t x = c.rows(kLineWidth);
  const int32_t y = c.tensor({1, along * across, 40}, {0, -1, -1});
  c.op(a, {x}, {y});
  c.output(y);
  c.oracle = [=](const Given& g) {
    Doubles y;
    for (size_t r = 0; r < g.batch * along * across; ++r) {
      const size_t image = r / (along * across), tile = r % (along * across);
      const size_t down = by_column ? tile % along : tile / across;
      const size_t right = by_column ? tile / along : tile % across;
      for (size_t i = 0; i < 40; ++i) {
        const size_t from = ends ? g.tokens - lines : 0;  // modulo 2^64
        const size_t line = from + 2 + 3 * down + i / 8, column = 4 * right + i % 8;
        y.push_back(line < g.tokens ? g.inputs[0][(image * g.tokens + line) * kLineWidth + column]
                                    : -1.5);
      }
    }
    return y;
  };
  c.wrong = wrong_tiles();
}

}  // namespace

Cases cases_tiles() {
  Cases cases;
  for (const bool ends : {false, true}) {
    add_tiles(cases, kCaseTokens + 9, false, ends);
    add_tiles(cases, kCaseTokens - 10, true, ends);
  }
  return cases;
}

}  // namespace fovea::test
