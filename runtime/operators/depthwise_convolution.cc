#include "runtime/operators/grid.h"

namespace fovea {
namespace {

using A = schema::DepthwiseConvolution;

fovea_code check(const Frame& f, fovea_error* error) {
  const A& a = *f.op->attributes_as_DepthwiseConvolution();
  FOVEA_TRY(check_grid(f, a.windows(), attribute<A>(A::VT_WINDOWS), error));
  FOVEA_TRY(check_function<A>(f, a.function(), error));
  const uint32_t width = f.input_rows(0).width;
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, f.output_rows(0).width, width, error));
  const uint32_t taps = a.windows()->high() * a.windows()->wide();
  FOVEA_TRY(check_weight(f, 0, schema::Layout::Row16, {taps, width}, error));
  return f.weight(1) == nullptr ? FOVEA_OK
                                : check_weight(f, 1, schema::Layout::Row16, {width}, error);
}

// A task makes so many numbers at a time that each costs at least one element's work of
// divide_rows().
fovea_code prepare(Run& run, fovea_error*) {
  const Rows y = run.frame.output_rows(0);
  const GridWindows& w = *run.frame.op->attributes_as_DepthwiseConvolution()->windows();
  const uint64_t width = uint64_t{y.width} * ((w.high() * w.wide() + 3) / 4);
  run.divide_rows(y.rows, width < UINT32_MAX ? static_cast<uint32_t>(width) : UINT32_MAX);
  return FOVEA_OK;
}

// How many tokens from `column` on have all of their taps' columns, as that one has.
uint32_t whole_columns(const GridWindows& w, uint32_t column, uint32_t most) {
  uint32_t count = 1;
  while (count < most && taps_of_column(w, column + count).count == w.wide()) ++count;
  return count;
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const A& a = *f.op->attributes_as_DepthwiseConvolution();
  const GridWindows& w = *a.windows();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const uint32_t across = made_columns(w);
  const size_t taps = kernels::padded(size_t{x.width});  // from the weights of one to the next
  const Part part = run.part(task);
  const auto function = static_cast<kernels::Function>(a.function());
  for (uint32_t r = part.first, end = part.first + part.count; r < end;) {
    const uint32_t token = r % y.tokens, column = token % across;
    const Taps lines = taps_of_line(w, token / across), columns = taps_of_column(w, column);
    const uint32_t left = end - r, rest = across - column, most = left < rest ? left : rest;
    const bool whole = columns.count == w.wide();
    kernels::DepthwiseF32 k = {};
    k.rows = whole ? whole_columns(w, column, most) : 1;
    k.width = x.width;
    k.high = lines.count;
    k.wide = columns.count;
    const size_t from = size_t{lines.at} * w.columns() + columns.at;
    k.x = x.f32() + (r / y.tokens * size_t{x.tokens} + from) * x.stride;
    k.x_stride = x.stride * w.right();
    k.x_line = x.stride * w.columns() * w.apart_down();
    k.x_tap = x.stride * w.apart_right();
    k.w = f.weight_data(0) + (lines.first * size_t{w.wide()} + columns.first) * taps;
    k.w_line = taps * w.wide();
    k.w_tap = taps;
    k.bias = f.weight_data(1);
    k.y = y.f32() + size_t{r} * y.stride;
    k.y_stride = y.stride;
    run.kernels->depthwise_f32(k);
    for (uint32_t i = 0; function != kernels::Function::kNone && i < k.rows; ++i) {
      float* row = k.y + i * k.y_stride;
      run.kernels->function_f32({row, row, k.width, function});
    }
    r += k.rows;
  }
}

// One multiply-add for each tap of a number.
fovea_cost cost(const Frame& f) {
  const GridWindows& w = *f.op->attributes_as_DepthwiseConvolution()->windows();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const Checked numbers = elements(y);
  return counted(numbers * w.high() * w.wide(),
                 (elements(x) + numbers) * sizeof(float) + weight_bytes(f));
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x"}};
  d.outputs = {{"y"}};
  d.weights = {{"taps"}, {"bias", kOptional}};
  d.check = check;
  d.prepare = prepare;
  d.run = execute;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(DepthwiseConvolution, depthwise_convolution, define())
