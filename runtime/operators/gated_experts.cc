#include <cmath>

#include "runtime/operators/experts.h"

namespace fovea {
namespace {

ExpertLayer layer_of(const Frame& f) {
  const Rows x = f.input_rows(0), ids = f.input_rows(1), y = f.output_rows(0);
  return {x, ids, 1, 2, x.width, y.width / ids.width, 0};
}

fovea_code check_limit(const Frame& f, fovea_error* error) {
  using schema::GatedExperts;
  const auto* attributes = f.op->attributes_as_GatedExperts();
  const float limit = attributes->limit(), alpha = attributes->alpha();
  const auto bad = [&](uint32_t field) {
    return fail(error, FOVEA_BAD_VALUE, where_attribute(f, attribute<GatedExperts>(field)), 0, 0);
  };
  if (!std::isfinite(limit) || limit < 0) return bad(GatedExperts::VT_LIMIT);
  if (!std::isfinite(alpha) || (limit == 0 && alpha != 1)) return bad(GatedExperts::VT_ALPHA);
  const bool right = limit == 0 || attributes->function() == schema::Function::Silu;
  return right ? FOVEA_OK : bad(GatedExperts::VT_FUNCTION);
}

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows y = f.output_rows(0);
  const ExpertLayer layer = layer_of(f);
  FOVEA_TRY(check_ids(f, layer, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.rows, layer.x.rows, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.width,
                        uint64_t{layer.outputs} * layer.ids.width, error));
  const uint32_t experts = expert_count(f);
  FOVEA_TRY(check_weight(f, 0, schema::Layout::GatedPanels16, {experts, 2, layer.outputs, layer.k},
                         error));
  if (f.weight(1) != nullptr) {
    FOVEA_TRY(check_weight(f, 1, schema::Layout::GatedRow16, {experts, 2, layer.outputs}, error));
  }
  FOVEA_TRY(check_function<schema::GatedExperts>(f, f.op->attributes_as_GatedExperts()->function(),
                                                 error));
  return check_limit(f, error);
}

uint64_t scratch(const Frame& f) {
  return expert_scratch(layer_of(f));
}

uint64_t shared(const Frame& f) {
  return expert_choices(f, layer_of(f));
}

fovea_code prepare(Run& run, fovea_error* error) {
  const Frame& f = run.frame;
  const auto* attributes = f.op->attributes_as_GatedExperts();
  const Rows y = f.output_rows(0);
  ExpertPlan plan = {};
  FOVEA_TRY(plan_experts(run, layer_of(f), &plan, error));
  plan.y = y.f32();
  plan.y_stride = y.stride;
  plan.function = static_cast<kernels::Function>(attributes->function());
  plan.limit = attributes->limit();
  plan.alpha = attributes->alpha();
  run.keep(plan);
  return FOVEA_OK;
}

void take(const Run& run, const ExpertPlan& p, uint32_t pair, const float* sums, uint32_t first,
          uint32_t count) {
  float* y = p.y + pair / p.chosen * p.y_stride + size_t{pair % p.chosen} * p.outputs + first;
  run.kernels->gate_f32({sums, y, count, p.function, p.limit, p.alpha});
}

#define FOVEA_FORMAT_CODES FOVEA_FORMAT
#define FOVEA_FORMAT(name, Element, type)                                                         \
  void execute_gated_experts_##name(const Run& run, uint32_t task, uint32_t worker) {             \
    run_experts(run, task, worker, row_kernel<kernels::Element>(run, run.kernels->linear_##name), \
                take);                                                                            \
  }
#include "kernels/formats.inc"
#undef FOVEA_FORMAT

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x"}, {"ids", kI32}};
  d.outputs = {{"y"}};
  d.weights = {{"matrices"}, {"biases", kOptional}};
  d.check = check;
  d.scratch = scratch;
  d.shared = shared;
  d.prepare = prepare;
  d.run = execute_gated_experts_f32;
  d.cost = [](const Frame& f) { return chosen_cost(f, 2, f.input_rows(1)); };
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(GatedExperts, gated_experts, define())

#define FOVEA_FORMAT_F32(...)
#define FOVEA_FORMAT(name, Element, type) FOVEA_OPERATOR_IN_FORMAT(gated_experts, name, type)
#define FOVEA_FORMAT_CODES(name, Element, type) \
  FOVEA_OPERATOR_IN_OWN_CODES(gated_experts, name, type, fovea::check_own_codes<fovea::check>)
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
