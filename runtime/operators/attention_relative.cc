// Attention with all that it may have: its forms, and scores that also depend on keys and queries
// of distances, or on the pair of positions. Firmware of models without these links
// attention_form.cc only.

#include "runtime/operators/attention.h"

namespace fovea {
namespace {

enum : uint32_t { kMask = 3, kSeen = 4 };                                 // inputs
enum : uint32_t { kPositionKeys = 3, kPositionQueries = 4, kPairs = 5 };  // weights

// Positions are those of the keys that the method stores to tensors.
fovea_code check_pairs(const Frame& f, fovea_error* error) {
  const schema::Weight* pairs = f.weight(kPairs);
  if (pairs == nullptr) return FOVEA_OK;
  const schema::Attention& a = *f.op->attributes_as_Attention();
  const bool fits =
      a.scoring() != nullptr && f.state(0) == nullptr && f.input(kMask) < 0 && f.input(kSeen) < 0;
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_WEIGHT, kPairs, fits, true, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_WEIGHT, kPairs, size_of(pairs->shape()), 3, error));
  const uint32_t positions = pairs->shape()->Get(1);
  const uint32_t most = sequences_of(f, f.input(0)).most;
  FOVEA_TRY(
      check_within(f, part_of(FOVEA_FIELD_WEIGHT, kPairs), positions, most, UINT32_MAX, error));
  return check_weight(f, kPairs, schema::Layout::Plain, {a.heads(), positions, positions}, error);
}

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
  return check_pairs(f, error);
}

// To a kernel they are a mask.
void find_pairs(const Frame& f, AttentionForm& form, kernels::Scoring& scoring) {
  if (f.weight(kPairs) == nullptr) return;
  const size_t positions = f.weight(kPairs)->shape()->Get(1);
  form.mask = f.weight_data(kPairs);
  form.by_position = true;
  scoring.mask = kernels::Mask::kAdded;
  scoring.mask_row_stride = positions;
  scoring.mask_head_stride = positions * positions;
}

template <class K>
decltype(kernels::Scoring::relate) relating(const Run& run);

#define FOVEA_CACHE(name, Element, type)                                          \
  template <>                                                                     \
  decltype(kernels::Scoring::relate) relating<kernels::Element>(const Run& run) { \
    return run.kernels->relate_##name;                                            \
  }
#include "kernels/caches.inc"
#undef FOVEA_CACHE

template <class K>
void relate(const Run& run, AttentionForm& form, kernels::Scoring& scoring) {
  const Frame& f = run.frame;
  find_pairs(f, form, scoring);
  scoring.position_keys = f.weight_data(kPositionKeys);
  scoring.position_queries = f.weight_data(kPositionQueries);
  const schema::Weight* any =
      f.weight(scoring.position_keys != nullptr ? kPositionKeys : kPositionQueries);
  if (any == nullptr) return;
  scoring.relate = relating<K>(run);
  scoring.position_reach = any->shape()->Get(2) / 2;
}

template <class K>
void run_related(const Run& run, uint32_t task, uint32_t worker) {
  run_form<K>(run, task, worker, relate<K>);
}

constexpr Definition define() {
  Definition d = define_form();
  d.weights = {{"slopes", kOptional},        {"distances", kOptional},        {"sinks", kOptional},
               {"position keys", kOptional}, {"position queries", kOptional}, {"pairs", kOptional}};
  d.check = check;
  d.run = run_related<float>;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Attention, attention, define())

#define FOVEA_CACHE_F32(...)
#define FOVEA_CACHE(name, Element, type) \
  FOVEA_OPERATOR_IN_CACHE(attention, name, type, fovea::run_related<fovea::kernels::Element>)
#include "kernels/caches.inc"
#undef FOVEA_CACHE
