#include <algorithm>
#include <cmath>

#include "tests/runtime/operators/case.h"

namespace fovea::test {
namespace {

constexpr uint32_t kResizedWidth = 70;

struct ResizeForm {
  uint32_t lines, columns, made_lines, made_columns;
};

// Where one of the made lines lies among those that there are.
double place_of(uint32_t at, uint32_t extent, uint32_t made) {
  return std::max(0.0, (at + 0.5) * extent / made - 0.5);
}

Doubles resized(const ResizeForm& form, const Given& g) {
  const size_t tokens = form.lines * form.columns,
               images = g.inputs[0].size() / tokens / kResizedWidth;
  Doubles y;
  for (size_t image = 0; image < images; ++image) {
    const auto number = [&](double line, double column, size_t i) {
      const auto l = std::min(static_cast<size_t>(line), size_t{form.lines} - 1);
      const auto c = std::min(static_cast<size_t>(column), size_t{form.columns} - 1);
      return g.inputs[0][(image * tokens + l * form.columns + c) * kResizedWidth + i];
    };
    for (uint32_t i = 0; i < form.made_lines; ++i) {
      for (uint32_t j = 0; j < form.made_columns; ++j) {
        const double line = place_of(i, form.lines, form.made_lines);
        const double column = place_of(j, form.columns, form.made_columns);
        const double down = line - std::floor(line), right = column - std::floor(column);
        for (size_t n = 0; n < kResizedWidth; ++n) {
          const double top =
              number(line, column, n) * (1 - right) + number(line, column + 1, n) * right;
          const double bottom =
              number(line + 1, column, n) * (1 - right) + number(line + 1, column + 1, n) * right;
          y.push_back(top * (1 - down) + bottom * down);
        }
      }
    }
  }
  return y;
}

Case& add_resize(Cases& cases, const char* what, const ResizeForm& form) {
  Case& c = cases.emplace_back(what);
  const int32_t x = c.copy({1, form.lines * form.columns, kResizedWidth}, {0, -1, -1});
  const int32_t y = c.tensor({1, form.made_lines * form.made_columns, kResizedWidth}, {0, -1, -1});
  schema::ResizeGridT a;
  a.lines = form.lines;
  a.columns = form.columns;
  a.made_lines = form.made_lines;
  a.made_columns = form.made_columns;
  c.op(a, {x}, {y});
  c.output(y);
  c.terms = 4;
  c.oracle = [form](const Given& g) { return resized(form, g); };
  return c;
}

}  // namespace

Cases cases_resize_grid() {
  Cases cases;
  Case& larger = add_resize(cases, "larger", {3, 5, 7, 12});
  const auto with = [](auto change) {
    return [change](schema::OperatorT& o) { change(*o.attributes.AsResizeGrid()); };
  };
  larger.wrong = {{"lines 0", with([](auto& a) { a.lines = 0; }), "lines"},
                  {"columns 4097", with([](auto& a) { a.columns = 4097; }), "columns"},
                  {"made_lines 4097", with([](auto& a) { a.made_lines = 4097; }), "made_lines"},
                  {"made_columns 0", with([](auto& a) { a.made_columns = 0; }), "made_columns"},
                  {"another line", with([](auto& a) { a.lines = 4; })},
                  {"another made column", with([](auto& a) { a.made_columns = 11; })}};
  add_resize(cases, "smaller in lines", {7, 4, 3, 11});
  add_resize(cases, "as many", {6, 7, 6, 7});
  add_resize(cases, "of one", {1, 1, 7, 7});
  return cases;
}

}  // namespace fovea::test
