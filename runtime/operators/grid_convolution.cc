#include <cstring>

#include "runtime/operators/convolve.h"
#include "runtime/operators/grid.h"

namespace fovea {
namespace {

using A = schema::GridConvolution;

fovea_code check(const Frame& f, fovea_error* error) {
  const A& a = *f.op->attributes_as_GridConvolution();
  FOVEA_TRY(check_grid(f, a.windows(), attribute<A>(A::VT_WINDOWS), error));
  FOVEA_TRY(check_function<A>(f, a.function(), error));
  const uint32_t taps = a.windows()->high() * a.windows()->wide();
  return check_convolution(f, attribute<A>(A::VT_GROUPS), a.groups(), taps, error);
}

uint64_t scratch(const Frame& f) {
  return convolution_scratch(f, f.op->attributes_as_GridConvolution()->groups());
}

fovea_code prepare(Run& run, fovea_error*) {
  const A& a = *run.frame.op->attributes_as_GridConvolution();
  return prepare_convolution(run, a.groups(), a.function());
}

// A token's taps in lines; zeros where the grid has none. Those of a line that lie side by side in
// x are one piece.
void copy_taps(const GridWindows& w, const ConvolutionGroup& group, const ConvolutionRows& rows,
               uint32_t token, float* out) {
  const uint32_t across = made_columns(w);
  const Taps lines = taps_of_line(w, token / across), columns = taps_of_column(w, token % across);
  if (lines.count * columns.count < w.high() * w.wide()) {
    std::memset(out, 0, group.k * sizeof(float));
  }
  const bool side_by_side = w.apart_right() == 1 && rows.stride == group.columns;
  const uint32_t pieces = side_by_side && columns.count > 0 ? 1 : columns.count;
  const size_t bytes = group.columns * sizeof(float) * (side_by_side ? columns.count : 1);
  for (uint32_t k = 0; k < lines.count; ++k) {
    const size_t line = lines.at + size_t{k} * w.apart_down();
    const float* x = rows.x + (line * w.columns() + columns.at) * rows.stride;
    float* to = out + ((lines.first + k) * size_t{w.wide()} + columns.first) * group.columns;
    for (uint32_t l = 0; l < pieces; ++l) {
      std::memcpy(to + l * group.columns, x + l * w.apart_right() * rows.stride, bytes);
    }
  }
}

uint32_t take(const Frame& f, const ConvolutionGroup& group, const ConvolutionRows& rows,
              kernels::Linear& part, float* memory) {
  const GridWindows& w = *f.op->attributes_as_GridConvolution()->windows();
  const uint32_t count = rows_at_once(rows.count);
  part.x = memory;
  part.x_stride = row_stride(group.k);
  for (uint32_t i = 0; i < count; ++i) {
    copy_taps(w, group, rows, rows.first + i, memory + i * part.x_stride);
  }
  return count;
}

#define FOVEA_FORMAT_CODES FOVEA_FORMAT
#define FOVEA_FORMAT(name, Element, type)                                                \
  void execute_grid_convolution_##name(const Run& run, uint32_t task, uint32_t worker) { \
    run_convolution(run, task, worker, take,                                             \
                    row_kernel<kernels::Element>(run, run.kernels->linear_##name));      \
  }
#include "kernels/formats.inc"
#undef FOVEA_FORMAT

constexpr Definition define() {
  return convolution_definition(check, scratch, prepare, execute_grid_convolution_f32);
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(GridConvolution, grid_convolution, define())

#define FOVEA_FORMAT_F32(...)
#define FOVEA_FORMAT(name, Element, type) FOVEA_OPERATOR_IN_FORMAT(grid_convolution, name, type)
#define FOVEA_FORMAT_CODES(name, Element, type) \
  FOVEA_OPERATOR_IN_OWN_CODES(grid_convolution, name, type, fovea::check_own_codes<fovea::check>)
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
