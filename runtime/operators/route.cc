#include <cmath>

#include "runtime/operators/experts.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows logits = f.input_rows(0), weights = f.output_rows(0), ids = f.output_rows(1);
  const auto* attributes = f.op->attributes_as_Route();
  const uint32_t experts = attributes->experts();
  FOVEA_TRY(check_attribute(f, attribute<schema::Route>(schema::Route::VT_EXPERTS), experts, 1,
                            kMostExperts, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, logits.width, experts, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, weights.rows, logits.rows, error));
  FOVEA_TRY(check_within(f, part_of(FOVEA_FIELD_OUTPUT, 0), weights.width, 1, experts, error));
  FOVEA_TRY(check_same_shape(f, ids, weights, FOVEA_FIELD_OUTPUT, 1, error));
  if (!std::isfinite(attributes->factor())) {
    constexpr uint32_t kFactor = attribute<schema::Route>(schema::Route::VT_FACTOR);
    return fail(error, FOVEA_BAD_VALUE, where_attribute(f, kFactor), 0, 0);
  }
  return check_attribute(f, attribute<schema::Route>(schema::Route::VT_KIND),
                         static_cast<uint32_t>(attributes->kind()), 0,
                         static_cast<uint32_t>(schema::RouteKind::MAX), error);
}

// The softmax of all of a row.
uint64_t scratch(const Frame& f) {
  return round_up(f.input_rows(0).width * sizeof(float), 64);
}

fovea_code prepare(Run& run, fovea_error*) {
  const Rows logits = run.frame.input_rows(0), y = run.frame.output_rows(0);
  run.divide_rows(y.rows, logits.width * y.width);
  return FOVEA_OK;
}

float rank(float logit) {
  return std::isnan(logit) ? -HUGE_VALF : logit;
}

// One after the other, the largest that comes after the one before it; put in ascending order.
void choose(const float* logits, uint32_t experts, uint32_t chosen, int32_t* ids) {
  uint32_t last = experts;
  for (uint32_t slot = 0; slot < chosen; ++slot) {
    uint32_t best = experts;
    for (uint32_t e = 0; e < experts; ++e) {
      const float here = rank(logits[e]);
      const bool left =
          slot == 0 || here < rank(logits[last]) || (here == rank(logits[last]) && e > last);
      if (left && (best == experts || here > rank(logits[best]))) best = e;
    }
    last = best;
    uint32_t at = slot;
    for (; at > 0 && ids[at - 1] > static_cast<int32_t>(best); --at) ids[at] = ids[at - 1];
    ids[at] = static_cast<int32_t>(best);
  }
}

// Of the chosen ones, in place of their logits.
void weigh(const Run& run, const float* logits, uint32_t experts, const int32_t* ids,
           float* weights, uint32_t chosen, float* all) {
  const auto* attributes = run.frame.op->attributes_as_Route();
  const schema::RouteKind kind = attributes->kind();
  if (kind == schema::RouteKind::All) {
    run.kernels->softmax_f32({logits, experts, all, experts, 1, experts});
    logits = all;
  }
  for (uint32_t i = 0; i < chosen; ++i) weights[i] = logits[ids[i]];
  if (kind == schema::RouteKind::Chosen) {
    run.kernels->softmax_f32({weights, chosen, weights, chosen, 1, chosen});
  }
  if (kind == schema::RouteKind::Sigmoid) {
    run.kernels->function_f32({weights, weights, chosen, kernels::Function::kSigmoid});
  }
  for (uint32_t i = 0; i < chosen; ++i) weights[i] *= attributes->factor();
}

void execute(const Run& run, uint32_t task, uint32_t worker) {
  const Rows x = run.frame.input_rows(0);
  const Rows weights = run.frame.output_rows(0), ids = run.frame.output_rows(1);
  const Part part = run.part(task);
  for (uint32_t r = part.first; r < part.first + part.count; ++r) {
    const float* logits = x.f32() + r * x.stride;
    float* made = weights.f32() + r * weights.stride;
    int32_t* chosen = static_cast<int32_t*>(ids.data) + r * ids.stride;
    choose(logits, x.width, ids.width, chosen);
    weigh(run, logits, x.width, chosen, made, ids.width, run.scratch_of(worker));
    // One that was not chosen shows, too.
    for (uint32_t e = 0; e < x.width; ++e) {
      for (uint32_t i = 0; std::isnan(logits[e]) && i < ids.width; ++i) made[i] = logits[e];
    }
  }
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"logits"}};
  d.outputs = {{"weights"}, {"ids", kI32}};
  d.check = check;
  d.scratch = scratch;
  d.prepare = prepare;
  d.run = execute;
  d.cost = [](const Frame& f) {
    return counted(elements(f.input_rows(0)) * f.output_rows(0).width, 0);
  };
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Route, route, define())
