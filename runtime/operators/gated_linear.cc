#include "runtime/operators/check.h"

namespace fovea {
namespace {

struct Plan {
  kernels::GatedLinear whole;
  uint32_t rows_per_task, panels_per_task, row_tasks;
};

// A matrix of `k` columns.
fovea_code check_matrix(const Frame& f, uint32_t k, fovea_error* error) {
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.rows, x.rows, error));
  FOVEA_TRY(check_weight(f, 0, schema::Layout::GatedPanels16, {2, y.width, k}, error));
  if (f.weight(1) != nullptr) {
    FOVEA_TRY(check_weight(f, 1, schema::Layout::GatedRow16, {2, y.width}, error));
  }
  return check_function<schema::GatedLinear>(f, f.op->attributes_as_GatedLinear()->function(),
                                             error);
}

fovea_code check(const Frame& f, fovea_error* error) {
  return check_matrix(f, f.input_rows(0).width, error);
}

// Firmware may have no format of codes.
[[maybe_unused]] fovea_code check_codes(const Frame& f, fovea_error* error) {
  uint32_t k = 0;
  FOVEA_TRY(check_code_rows(f, &k, error));
  return check_matrix(f, k, error);
}

fovea_code prepare(Run& run, fovea_error*) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const uint32_t panels = kernels::panels_of(y.width);
  const uint32_t k = columns_of(*f.weight(0));
  const auto function = f.op->attributes_as_GatedLinear()->function();
  Plan plan = {};
  plan.whole = {
      x.f32(),  x.stride, f.packed(0), f.weight_data(1), y.f32(),
      y.stride, x.rows,   k,           y.width,          static_cast<kernels::Function>(function)};
  const Division tasks = run.divide(x.rows, panels, uint64_t{2} * x.rows * k * y.width);
  plan.rows_per_task = tasks.rows;
  plan.panels_per_task = tasks.units;
  plan.row_tasks = (x.rows + plan.rows_per_task - 1) / plan.rows_per_task;
  run.tasks = plan.row_tasks * ((panels + plan.panels_per_task - 1) / plan.panels_per_task);
  run.keep(plan);
  return FOVEA_OK;
}

template <class W>
kernels::GatedLinear part_of(const Run& run, uint32_t task) {
  const Plan& plan = run.kept<Plan>();
  const uint32_t row = task % plan.row_tasks * plan.rows_per_task;
  const uint32_t panel = task / plan.row_tasks * plan.panels_per_task;
  const uint32_t output = panel * kernels::kPanel;
  kernels::GatedLinear part = plan.whole;
  part.x += row * part.x_stride;
  part.w = static_cast<const W*>(part.w) + panel * size_t{2} * kernels::panel_elements<W>(part.k);
  if (part.bias != nullptr) part.bias += panel * kernels::slice_elements(2, 1);
  part.y += row * part.y_stride + output;
  part.rows = part.rows - row < plan.rows_per_task ? part.rows - row : plan.rows_per_task;
  const uint32_t most = plan.panels_per_task * kernels::kPanel;
  part.outputs = part.outputs - output < most ? part.outputs - output : most;
  return part;
}

#define FOVEA_FORMAT_CODES FOVEA_FORMAT
#define FOVEA_FORMAT(name, Element, type)                                     \
  void execute_gated_linear_##name(const Run& run, uint32_t task, uint32_t) { \
    run.kernels->gated_linear_##name(part_of<kernels::Element>(run, task));   \
  }
#include "kernels/formats.inc"
#undef FOVEA_FORMAT

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x"}};
  d.outputs = {{"y"}};
  d.weights = {{"matrices"}, {"biases", kOptional}};
  d.check = check;
  d.prepare = prepare;
  d.run = execute_gated_linear_f32;
  d.cost = [](const Frame& f) { return matrix_cost(f, 2); };
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(GatedLinear, gated_linear, define())

#define FOVEA_FORMAT_F32(...)
#define FOVEA_FORMAT(name, Element, type) FOVEA_OPERATOR_IN_FORMAT(gated_linear, name, type)
#define FOVEA_FORMAT_CODES(name, Element, type) \
  FOVEA_OPERATOR_IN_CODES(gated_linear, name, type, fovea::check_codes)
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
