#include <cstring>

#include "runtime/operators/experts.h"

namespace fovea {
namespace {

ExpertLayer layer_of(const Frame& f) {
  const auto* shape = f.weight(0)->shape();
  const uint32_t k = shape->Get(shape->size() - 1);
  return {f.input_rows(0), f.input_rows(2), 2, 1, k, f.output_rows(0).width, k};
}

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows weights = f.input_rows(1), y = f.output_rows(0);
  const ExpertLayer layer = layer_of(f);
  const uint32_t experts = expert_count(f), chosen = layer.x.width / layer.k;
  FOVEA_TRY(check_weight(f, 0, schema::Layout::Panels16, {experts, y.width, layer.k}, error));
  if (f.weight(1) != nullptr) {
    FOVEA_TRY(check_weight(f, 1, schema::Layout::Row16, {experts, y.width}, error));
  }
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, layer.x.width, uint64_t{chosen} * layer.k, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, weights.width, chosen, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, weights.rows, layer.x.rows, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 2, layer.ids.width, chosen, error));
  FOVEA_TRY(check_ids(f, layer, error));
  return check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.rows, layer.x.rows, error);
}

uint64_t scratch(const Frame& f) {
  return expert_scratch(layer_of(f));
}

uint64_t shared(const Frame& f) {
  return expert_choices(f, layer_of(f));
}

fovea_code prepare(Run& run, fovea_error* error) {
  const Frame& f = run.frame;
  const Rows weights = f.input_rows(1), y = f.output_rows(0);
  ExpertPlan plan = {};
  FOVEA_TRY(plan_experts(run, layer_of(f), &plan, error));
  plan.y = y.f32();
  plan.y_stride = y.stride;
  plan.weights = weights.f32();
  plan.weights_stride = weights.stride;
  run.keep(plan);
  return FOVEA_OK;
}

// Choices of a row come by expert, so that its sum has that order whatever the task's other rows.
void take(const Run& run, const ExpertPlan& p, uint32_t pair, const float* sums, uint32_t first,
          uint32_t count) {
  const size_t row = pair / p.chosen;
  const float weight = p.weights[row * p.weights_stride + pair % p.chosen];
  run.kernels->add_scaled_f32({sums, p.y + row * p.y_stride + first, count, weight});
}

void start(const Run& run, uint32_t task) {
  const ExpertPlan& p = run.kept<ExpertPlan>();
  const ExpertTask part = expert_task(p, task);
  const uint32_t first = part.panels.first * kernels::kPanel, left = p.outputs - first;
  const uint32_t most = part.panels.count * kernels::kPanel;
  for (uint32_t r = part.rows.first; r < part.rows.first + part.rows.count; ++r) {
    std::memset(p.y + r * p.y_stride + first, 0, (left < most ? left : most) * sizeof(float));
  }
}

#define FOVEA_FORMAT_CODES FOVEA_FORMAT
#define FOVEA_FORMAT(name, Element, type)                                                         \
  void execute_linear_experts_##name(const Run& run, uint32_t task, uint32_t worker) {            \
    start(run, task);                                                                             \
    run_experts(run, task, worker, row_kernel<kernels::Element>(run, run.kernels->linear_##name), \
                take);                                                                            \
  }
#include "kernels/formats.inc"
#undef FOVEA_FORMAT

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x"}, {"weights"}, {"ids", kI32}};
  d.outputs = {{"y"}};
  d.weights = {{"matrix"}, {"bias", kOptional}};
  d.check = check;
  d.scratch = scratch;
  d.shared = shared;
  d.prepare = prepare;
  d.run = execute_linear_experts_f32;
  d.cost = [](const Frame& f) { return chosen_cost(f, f.input_rows(2).width, f.input_rows(2)); };
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(LinearExperts, linear_experts, define())

#define FOVEA_FORMAT_F32(...)
#define FOVEA_FORMAT(name, Element, type) FOVEA_OPERATOR_IN_FORMAT(linear_experts, name, type)
#define FOVEA_FORMAT_CODES(name, Element, type) \
  FOVEA_OPERATOR_IN_OWN_CODES(linear_experts, name, type, fovea::check_own_codes<fovea::check>)
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
