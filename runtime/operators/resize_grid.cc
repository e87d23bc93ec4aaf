#include <cstring>

#include "runtime/operators/check.h"

namespace fovea {
namespace {

using A = schema::ResizeGrid;

fovea_code check(const Frame& f, fovea_error* error) {
  constexpr uint32_t kLimit = 1u << 12;
  const A& a = *f.op->attributes_as_ResizeGrid();
  uint32_t slot = attribute<A>(A::VT_LINES);
  for (const uint32_t extent : {a.lines(), a.columns(), a.made_lines(), a.made_columns()}) {
    FOVEA_TRY(check_attribute(f, slot++, extent, 1, kLimit, error));
  }
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_grid_rows(f, FOVEA_FIELD_INPUT, a.lines() * a.columns(), error));
  FOVEA_TRY(check_grid_rows(f, FOVEA_FIELD_OUTPUT, a.made_lines() * a.made_columns(), error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.batch, x.batch, error));
  return check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.width, x.width, error);
}

// The lines, or columns, that one is between, and how much of it is the second one's: whole numbers
// up to one division, so that it is right to the last bit.
struct Between {
  uint32_t first, second;
  float share;
};

Between between(uint32_t at, uint32_t extent, uint32_t made) {
  const int32_t up = static_cast<int32_t>((2 * at + 1) * extent) - static_cast<int32_t>(made);
  const uint32_t places = up > 0 ? static_cast<uint32_t>(up) : 0, whole = 2 * made;
  const uint32_t first = places / whole;
  return {first, first + 1 < extent ? first + 1 : first,
          static_cast<float>(places % whole) / static_cast<float>(whole)};
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const A& a = *f.op->attributes_as_ResizeGrid();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const Part part = run.part(task);
  for (uint32_t r = part.first; r < part.first + part.count; ++r) {
    const uint32_t token = r % y.tokens;
    const Between line = between(token / a.made_columns(), a.lines(), a.made_lines());
    const Between column = between(token % a.made_columns(), a.columns(), a.made_columns());
    const float* const image = x.f32() + r / y.tokens * size_t{x.tokens} * x.stride;
    float* const to = y.f32() + size_t{r} * y.stride;
    std::memset(to, 0, y.width * sizeof(float));
    const struct {
      uint32_t line, column;
      float factor;
    } corners[] = {{line.first, column.first, (1 - line.share) * (1 - column.share)},
                   {line.first, column.second, (1 - line.share) * column.share},
                   {line.second, column.first, line.share * (1 - column.share)},
                   {line.second, column.second, line.share * column.share}};
    for (const auto& corner : corners) {
      if (corner.factor == 0) continue;  // infinite numbers count where they are alone
      const size_t from = size_t{corner.line} * a.columns() + corner.column;
      run.kernels->add_scaled_f32({image + from * x.stride, to, y.width, corner.factor});
    }
  }
}

// A number is a sum of four products.
fovea_cost cost(const Frame& f) {
  const Checked read = elements(f.input_rows(0)), made = elements(f.output_rows(0));
  return counted(made * 4, (read + made) * sizeof(float));
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x"}};
  d.outputs = {{"y"}};
  d.check = check;
  d.prepare = divide_rows;
  d.run = execute;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(ResizeGrid, resize_grid, define())
