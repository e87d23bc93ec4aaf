// Attention with all that it may have: its forms, and scores that also depend on keys and queries
// of distances. Firmware of models without these links attention_form.cc only.

#include "runtime/operators/attention.h"

namespace fovea {
namespace {

enum : uint32_t { kPositionKeys = 3, kPositionQueries = 4 };  // weights

fovea_code check(const Frame& f, fovea_error* error) {
  FOVEA_TRY(check_form(f, error));
  const schema::Attention& a = *f.op->attributes_as_Attention();
  uint32_t columns = 0;  // of both
  for (const uint32_t slot : {kPositionKeys, kPositionQueries}) {
    if (f.weight(slot) == nullptr) continue;
    const bool scores = a.scoring() != nullptr;
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_WEIGHT, slot, scores, 1, error));
    const auto* shape = f.weight(slot)->shape();
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_WEIGHT, slot, size_of(shape), 3, error));
    if (columns == 0) columns = shape->Get(2);
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_WEIGHT, slot, columns % 2, 1, error));
    FOVEA_TRY(
        check_weight(f, slot, schema::Layout::Plain, {a.heads(), a.key_width(), columns}, error));
  }
  return FOVEA_OK;
}

void relate(const Run& run, kernels::Scoring& scoring) {
  const Frame& f = run.frame;
  scoring.position_keys = f.weight_data(kPositionKeys);
  scoring.position_queries = f.weight_data(kPositionQueries);
  const schema::Weight* any =
      f.weight(scoring.position_keys != nullptr ? kPositionKeys : kPositionQueries);
  if (any == nullptr) return;
  scoring.relate = run.kernels->relate_f32;
  scoring.position_reach = any->shape()->Get(2) / 2;
}

constexpr Definition define() {
  Definition d = define_form();
  d.weights = {{"slopes", kOptional},
               {"distances", kOptional},
               {"sinks", kOptional},
               {"position keys", kOptional},
               {"position queries", kOptional}};
  d.check = check;
  d.run = [](const Run& run, uint32_t task, uint32_t worker) {
    run_form(run, task, worker, relate);
  };
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Attention, attention, define())
