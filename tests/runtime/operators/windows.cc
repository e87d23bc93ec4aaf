#include "tests/runtime/operators/case.h"

namespace fovea::test {
namespace {

// A grid of 7 lines of 10 tokens, in windows of 3 x 4.
schema::WindowsT grid() {
  schema::WindowsT a;
  a.lines = 7;
  a.columns = 10;
  a.high = 3;
  a.wide = 4;
  a.down = 1;
  a.right = 2;
  return a;
}

constexpr size_t kLines = 9, kColumns = 12, kTokens = 70, kWindows = 9, kArea = 12,
                 kTokenWidth = 70;

// Line after line of the filled grid goes to its window, from where a grid that is turned has it.
void each_token(const std::function<void(size_t place, size_t token)>& each,
                bool by_column = false) {
  for (size_t line = 0; line < kLines; ++line) {
    for (size_t column = 0; column < kColumns; ++column) {
      const size_t window = line / 3 * 3 + column / 4;
      const size_t place = by_column ? column % 4 * 3 + line % 3 : line % 3 * 4 + column % 4;
      const size_t from = (line + 1) % kLines, at = (column + 2) % kColumns;
      if (from < 7 && at < 10) each(window * kArea + place, from * 10 + at);
    }
  }
}

std::vector<Wrong> wrong_windowing() {
  return {{"lines 6", [](auto& o) { o.attributes.AsWindows()->lines = 6; }},
          {"columns 0", [](auto& o) { o.attributes.AsWindows()->columns = 0; }, "columns"},
          {"columns 9", [](auto& o) { o.attributes.AsWindows()->columns = 9; }},
          {"high 4", [](auto& o) { o.attributes.AsWindows()->high = 4; }},
          {"wide 0", [](auto& o) { o.attributes.AsWindows()->wide = 0; }, "wide"},
          {"wide 4097", [](auto& o) { o.attributes.AsWindows()->wide = 4097; }, "wide"},
          {"down 9", [](auto& o) { o.attributes.AsWindows()->down = 9; }, "down"},
          {"right 12", [](auto& o) { o.attributes.AsWindows()->right = 12; }, "right"},
          {"the other way", [](auto& o) {
             auto& joins = o.attributes.AsWindows()->joins;
             joins = !joins;
           }}};
}

void add_cut(Cases& cases) {
  Case& c = cases.emplace_back("cut");
  const int32_t x = c.copy({1, kTokens, kTokenWidth}, {0, -1, -1});
  const int32_t y = c.tensor({kWindows, kArea, kTokenWidth}, {0, -1, -1});
  c.op(grid(), {x}, {y});
  c.output(y);
  c.oracle = [](const Given& g) {
    const size_t images = g.inputs[0].size() / (kTokens * kTokenWidth);
    Doubles y(images * kWindows * kArea * kTokenWidth);
    for (size_t image = 0; image < images; ++image) {
      each_token([&](size_t place, size_t token) {
        const size_t to = image * kWindows * kArea + place, from = image * kTokens + token;
        for (size_t i = 0; i < kTokenWidth; ++i)
          y[to * kTokenWidth + i] = g.inputs[0][from * kTokenWidth + i];
      });
    }
    return y;
  };
  c.wrong = wrong_windowing();
}

void add_joined(Cases& cases, bool by_column) {
  Case& c = cases.emplace_back(by_column ? "joined by column" : "joined");
  const int32_t x = c.copy({kWindows, kArea, kTokenWidth}, {0, -1, -1});
  const int32_t y = c.tensor({1, kTokens, kTokenWidth}, {0, -1, -1});
  schema::WindowsT attributes = grid();
  attributes.joins = true;
  attributes.by_column = by_column;
  c.op(attributes, {x}, {y});
  c.output(y);
  c.oracle = [by_column](const Given& g) {
    const size_t images = g.inputs[0].size() / (kWindows * kArea * kTokenWidth);
    Doubles y(images * kTokens * kTokenWidth);
    for (size_t image = 0; image < images; ++image) {
      each_token(
          [&](size_t place, size_t token) {
            const size_t from = image * kWindows * kArea + place, to = image * kTokens + token;
            for (size_t i = 0; i < kTokenWidth; ++i)
              y[to * kTokenWidth + i] = g.inputs[0][from * kTokenWidth + i];
          },
          by_column);
    }
    return y;
  };
  c.wrong = wrong_windowing();
}

// Four tokens side by side, the two of a column next to each other; half of the last ones are
// zeros.
void add_merged(Cases& cases) {
  constexpr size_t kHigh = 9, kAcross = 8, kMerged = 20;
  Case& c = cases.emplace_back("merged");
  const int32_t x = c.copy({1, kHigh * kAcross, kTokenWidth}, {0, -1, -1});
  const int32_t y = c.tensor({1, kMerged, 4 * kTokenWidth}, {0, -1, -1});
  schema::WindowsT attributes;
  attributes.lines = kHigh;
  attributes.columns = kAcross;
  attributes.high = attributes.wide = 2;
  attributes.by_column = true;
  c.op(attributes, {x}, {y});
  c.output(y);
  c.oracle = [](const Given& g) {
    Doubles y;
    const size_t images = g.inputs[0].size() / (kHigh * kAcross * kTokenWidth);
    for (size_t row = 0; row < images * kMerged; ++row) {
      const size_t image = row / kMerged, top = row % kMerged / 4 * 2, left = row % 4 * 2;
      for (size_t i = 0; i < 4 * kTokenWidth; ++i) {
        const size_t line = top + i / kTokenWidth % 2, column = left + i / kTokenWidth / 2;
        const size_t token = (image * kHigh + line) * kAcross + column;
        y.push_back(line < kHigh ? g.inputs[0][token * kTokenWidth + i % kTokenWidth] : 0);
      }
    }
    return y;
  };
  c.wrong = {{"a line more", [](auto& o) { o.attributes.AsWindows()->lines = 10; }},
             {"wide 3", [](auto& o) { o.attributes.AsWindows()->wide = 3; }}};
}

}  // namespace

Cases cases_windows() {
  Cases cases;
  add_cut(cases);
  add_joined(cases, false);
  add_joined(cases, true);
  add_merged(cases);
  return cases;
}

}  // namespace fovea::test
