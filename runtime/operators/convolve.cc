#include "runtime/operators/convolve.h"

namespace fovea {
namespace {

using kernels::kPanel;

ConvolutionGroup group_of(const Frame& f, uint32_t groups) {
  const uint32_t outputs = f.output_rows(0).width / groups;
  return {groups, f.input_rows(0).width / groups, outputs, columns_of(*f.weight(0)),
          kernels::panels_of(outputs)};
}

// A task takes some rows and some panels of outputs, those of all groups one after the other.
struct Plan {
  kernels::Linear whole;  // of one group
  ConvolutionGroup group;
  uint32_t rows, rows_per_task, panels_per_task, row_tasks;
};

// Of codes, which are made of the windows, a few rows at a time.
void multiply(const RowKernel& kernel, kernels::Linear part, float* codes) {
  if (kernel.quantize == nullptr) return kernel.linear(part);
  const uint32_t rows = part.rows;
  const float* const x = part.x;
  const size_t stride = part.x_stride;
  part.x = codes;
  part.x_stride = row_stride(part.k);
  for (uint32_t first = 0; first < rows; first += part.rows) {
    part.rows = rows_at_once(rows - first);
    make_codes(kernel, x + first * stride, stride, part.rows, part.k, codes);
    kernel.linear(part);
    part.y += part.rows * part.y_stride;
  }
}

}  // namespace

fovea_code check_convolution(const Frame& f, uint32_t slot_of_groups, uint32_t groups,
                             uint32_t taps, fovea_error* error) {
  using schema::Layout;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const uint32_t most = x.width < y.width ? x.width : y.width;
  FOVEA_TRY(check_attribute(f, slot_of_groups, groups, 1u, most, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, x.width % groups, 0u, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.width % groups, 0u, error));
  const uint32_t n = y.width / groups, k = columns_of(*f.weight(0));
  const Checked columns = Checked(x.width / groups) * taps;
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_WEIGHT, 0, uint64_t{k}, columns.value(), error));
  if (groups == 1) {
    FOVEA_TRY(check_weight(f, 0, Layout::Panels16, {n, k}, error));
    return f.weight(1) == nullptr ? FOVEA_OK : check_weight(f, 1, Layout::Row16, {n}, error);
  }
  FOVEA_TRY(check_weight(f, 0, Layout::Panels16, {groups, n, k}, error));
  return f.weight(1) == nullptr ? FOVEA_OK : check_weight(f, 1, Layout::Row16, {groups, n}, error);
}

uint64_t convolution_scratch(const Frame& f, uint32_t groups) {
  const ConvolutionGroup group = group_of(f, groups);
  const uint32_t rows = rows_at_once(f.output_rows(0).rows);
  const uint64_t buffers = f.weight(0)->dtype() >= schema::DType::Int8 ? 2 : 1;
  return buffers * rows * row_stride(group.k) * sizeof(float) +
         kernels::linear_scratch(rows, group.k);
}

fovea_code prepare_convolution(Run& run, uint32_t groups, schema::Function function) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const ConvolutionGroup group = group_of(f, groups);
  Plan plan = {};
  plan.whole = {x.f32(),     x.stride,
                f.packed(0), f.weight_data(1),
                nullptr,     0,
                y.f32(),     y.stride,
                0,           group.k,
                0,           static_cast<kernels::Function>(function),
                nullptr,     run.kernels->function_f32};
  plan.group = group;
  const uint32_t panels = group.count * group.panels;
  const Division tasks = run.divide(y.rows, (panels + 2) / 3, uint64_t{y.rows} * group.k * y.width);
  plan.rows = y.rows;
  plan.rows_per_task = tasks.rows;
  plan.panels_per_task = 3 * tasks.units;
  plan.row_tasks = (y.rows + tasks.rows - 1) / tasks.rows;
  run.tasks = plan.row_tasks * ((panels + plan.panels_per_task - 1) / plan.panels_per_task);
  run.keep(plan);
  return FOVEA_OK;
}

void run_convolution(const Run& run, uint32_t task, uint32_t worker, TakeTaps take,
                     const RowKernel& kernel) {
  const Frame& f = run.frame;
  const Plan& plan = run.kept<Plan>();
  const ConvolutionGroup& group = plan.group;
  const Sequences from = sequences_of(f, f.input(0)), to = sequences_of(f, f.output(0));
  const uint32_t first_row = task % plan.row_tasks * plan.rows_per_task;
  const uint32_t left = plan.rows - first_row;
  const uint32_t end = first_row + (left < plan.rows_per_task ? left : plan.rows_per_task);
  const uint32_t panels = group.count * group.panels;
  uint32_t panel = task / plan.row_tasks * plan.panels_per_task;
  const uint32_t more = panels - panel;
  const uint32_t last = panel + (more < plan.panels_per_task ? more : plan.panels_per_task);
  for (uint32_t count; panel < last; panel += count) {
    const uint32_t g = panel / group.panels, in_group = panel % group.panels;
    count = group.panels - in_group < last - panel ? group.panels - in_group : last - panel;
    kernels::Linear part = plan.whole;
    const uint32_t output = in_group * kPanel, rest = group.outputs - output;
    part.outputs = rest < count * kPanel ? rest : count * kPanel;
    part.w = static_cast<const unsigned char*>(part.w) + size_t{panel} * kernel.panel_bytes;
    if (part.bias != nullptr) part.bias += size_t{panel} * kPanel;
    float* const memory = run.scratch_of(worker);
    const size_t buffer = rows_at_once(plan.rows) * row_stride(group.k);
    float* const codes = memory + buffer;
    part.scratch = kernel.quantize == nullptr ? codes : codes + buffer;
    for (uint32_t r = first_row; r < end;) {
      const Piece piece = to.piece(r, end);
      const float* x = plan.whole.x + from.first(piece.sequence) * plan.whole.x_stride;
      ConvolutionRows rows = {x + g * group.columns, plan.whole.x_stride,
                              from.length(piece.sequence), piece.token, piece.count};
      part.y = plan.whole.y + r * plan.whole.y_stride + g * group.outputs + output;
      r += piece.count;
      while (rows.count > 0) {
        part.rows = take(f, group, rows, part, memory);
        multiply(kernel, part, codes);
        part.y += part.rows * part.y_stride;
        rows.first += part.rows;
        rows.count -= part.rows;
      }
    }
  }
}

}  // namespace fovea
