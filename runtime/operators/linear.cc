#include "runtime/operators/check.h"

namespace fovea {
namespace {

// A task takes some rows and some panels of outputs.
struct Plan {
  kernels::Linear whole;
  uint32_t rows_per_task, panels_per_task, row_tasks;
};

// A matrix of `k` columns.
fovea_code check_matrix(const Frame& f, uint32_t k, fovea_error* error) {
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.rows, x.rows, error));
  FOVEA_TRY(check_weight(f, 0, schema::Layout::Panels16, {y.width, k}, error));
  if (f.weight(1) != nullptr) {
    FOVEA_TRY(check_weight(f, 1, schema::Layout::Row16, {y.width}, error));
  }
  if (f.input(1) >= 0) {
    FOVEA_TRY(check_same_shape(f, f.input_rows(1), y, FOVEA_FIELD_INPUT, 1, error));
  }
  return check_function<schema::Linear>(f, f.op->attributes_as_Linear()->function(), error);
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

// Of the operator that has no code for other functions.
bool is_plain(const Frame& f) {
  const schema::Function function = f.op->attributes_as_Linear()->function();
  return function == schema::Function::None || function == schema::Function::Relu;
}

fovea_code check_plain_of(const Frame& f, decltype(fovea_operator::check) whole,
                          fovea_error* error) {
  if (is_plain(f)) return whole(f, error);
  return fail(error, FOVEA_UNKNOWN_OPERATOR, f.where(),
              static_cast<uint32_t>(f.op->attributes_type()), 0);
}

fovea_code check_plain(const Frame& f, fovea_error* error) {
  return check_plain_of(f, check, error);
}

[[maybe_unused]] fovea_code check_plain_codes(const Frame& f, fovea_error* error) {
  return check_plain_of(f, check_codes, error);
}

uint64_t scratch(const Frame& f) {
  const Rows x = f.input_rows(0);
  return kernels::linear_scratch(x.rows, x.width);
}

fovea_code prepare_with(Run& run, decltype(kernels::Linear::apply) apply) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const Rows residual = f.input(1) < 0 ? Rows() : f.input_rows(1);
  const uint32_t panels = kernels::panels_of(y.width);
  const uint32_t k = columns_of(*f.weight(0));
  const uint64_t work = uint64_t{x.rows} * k * y.width;
  Plan plan = {};
  plan.whole = {
      x.f32(),        x.stride,
      f.packed(0),    f.weight_data(1),
      residual.f32(), residual.stride,
      y.f32(),        y.stride,
      x.rows,         k,
      y.width,        static_cast<kernels::Function>(f.op->attributes_as_Linear()->function()),
      nullptr,        apply};
  // Tiles are three panels wide, so tasks are multiples of that.
  const Division tasks = run.divide(x.rows, (panels + 2) / 3, work);
  plan.rows_per_task = tasks.rows;
  plan.panels_per_task = 3 * tasks.units;
  plan.row_tasks = (x.rows + plan.rows_per_task - 1) / plan.rows_per_task;
  run.tasks = plan.row_tasks * ((panels + plan.panels_per_task - 1) / plan.panels_per_task);
  run.keep(plan);
  return FOVEA_OK;
}

fovea_code prepare(Run& run, fovea_error*) {
  return prepare_with(run, run.kernels->function_f32);
}

fovea_code prepare_plain(Run& run, fovea_error*) {
  return prepare_with(run, nullptr);
}

template <class W>
kernels::Linear part_of(const Run& run, uint32_t task, uint32_t worker) {
  const Plan& plan = run.kept<Plan>();
  const uint32_t row = task % plan.row_tasks * plan.rows_per_task;
  const uint32_t panel = task / plan.row_tasks * plan.panels_per_task;
  const uint32_t output = panel * kernels::kPanel;
  kernels::Linear part = plan.whole;
  part.x += row * part.x_stride;
  part.w = static_cast<const W*>(part.w) + panel * kernels::panel_elements<W>(part.k);
  if (part.bias != nullptr) part.bias += output;
  if (part.residual != nullptr) part.residual += row * part.residual_stride + output;
  part.y += row * part.y_stride + output;
  part.rows = part.rows - row < plan.rows_per_task ? part.rows - row : plan.rows_per_task;
  const uint32_t most = plan.panels_per_task * kernels::kPanel;
  part.outputs = part.outputs - output < most ? part.outputs - output : most;
  part.scratch = run.scratch_of(worker);
  return part;
}

#define FOVEA_FORMAT_CODES FOVEA_FORMAT
#define FOVEA_FORMAT(name, Element, type)                                      \
  void execute_linear_##name(const Run& run, uint32_t task, uint32_t worker) { \
    run.kernels->linear_##name(part_of<kernels::Element>(run, task, worker));  \
  }
#include "kernels/formats.inc"
#undef FOVEA_FORMAT

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x"}, {"residual", kOptional | kInPlace}};
  d.outputs = {{"y"}};
  d.weights = {{"matrix"}, {"bias", kOptional}};
  d.check = check;
  d.scratch = scratch;
  d.prepare = prepare;
  d.run = execute_linear_f32;
  d.cost = [](const Frame& f) { return matrix_cost(f, 1); };
  return d;
}

constexpr fovea_operator plain(fovea_operator base, decltype(fovea_operator::check) check) {
  base.check = check;
  base.prepare = prepare_plain;
  return base;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Linear, linear, define())

#define FOVEA_FORMAT_F32(...)
#define FOVEA_FORMAT(name, Element, type) FOVEA_OPERATOR_IN_FORMAT(linear, name, type)
#define FOVEA_FORMAT_CODES(name, Element, type) \
  FOVEA_OPERATOR_IN_CODES(linear, name, type, fovea::check_codes)
#include "kernels/formats.inc"
#undef FOVEA_FORMAT

// Without functions but ReLU.
FOVEA_OPERATOR_OF_FORMAT(linear_plain, fovea::plain(fovea_operator_linear, fovea::check_plain))

#define FOVEA_FORMAT_F32(...)
#define FOVEA_FORMAT(name, Element, type)       \
  FOVEA_OPERATOR_OF_FORMAT(linear_plain_##name, \
                           fovea::plain(fovea_operator_linear_##name, fovea::check_plain))
#define FOVEA_FORMAT_CODES(name, Element, type) \
  FOVEA_OPERATOR_OF_FORMAT(linear_plain_##name, \
                           fovea::plain(fovea_operator_linear_##name, fovea::check_plain_codes))
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
