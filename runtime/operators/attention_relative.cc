// Attention with all that it may have: its forms, scores that also depend on keys and queries of
// distances, on the pair of positions or on positions within a cache, and reports of some heads and
// queries or of scores. Firmware of models without these links attention_form.cc only.

#include "runtime/operators/attention.h"

namespace fovea {
namespace {

enum : uint32_t { kMask = 3, kSeen = 4, kKeptQuery = 7 };                 // inputs
enum : uint32_t { kPositionKeys = 3, kPositionQueries = 4, kPairs = 5 };  // weights
constexpr uint32_t kKinds = static_cast<uint32_t>(schema::ReportKind::MAX) + 1;

constexpr uint32_t kPairsOf =
    attribute<schema::Attention>(schema::Attention::VT_SCORING, schema::Scoring::VT_PAIRS_OF);

// Positions are those of the keys that the method stores to tensors.
fovea_code check_pairs(const Frame& f, fovea_error* error) {
  const schema::Weight* pairs = f.weight(kPairs);
  const schema::Attention& a = *f.op->attributes_as_Attention();
  if (pairs == nullptr) {
    const uint32_t kinds = a.scoring() == nullptr ? 0 : size_of(a.scoring()->pairs_of());
    return check_attribute(f, kPairsOf, kinds, 0, 0, error);
  }
  const bool fits = a.scoring() != nullptr && f.state(0) == nullptr && f.input(kMask) < 0 &&
                    f.input(kSeen) < 0 && a.key_tokens() == 0;
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_WEIGHT, kPairs, fits, true, error));
  const auto* kinds = a.scoring()->pairs_of();
  const uint32_t first = size_of(kinds) > 0 ? 1 : 0;  // extent of heads
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_WEIGHT, kPairs, size_of(pairs->shape()), first + 3, error));
  const uint32_t positions = pairs->shape()->Get(first + 1);
  const uint32_t most = sequences_of(f, f.input(0)).most;
  FOVEA_TRY(
      check_within(f, part_of(FOVEA_FIELD_WEIGHT, kPairs), positions, most, UINT32_MAX, error));
  if (first == 0) {
    return check_weight(f, kPairs, schema::Layout::Plain, {a.heads(), positions, positions}, error);
  }
  const uint32_t all = pairs->shape()->Get(0);
  for (const uint8_t kind : *kinds) {
    FOVEA_TRY(check_attribute(f, kPairsOf, kind, 0, all - 1, error));
  }
  return check_weight(f, kPairs, schema::Layout::Plain, {all, a.heads(), positions, positions},
                      error);
}

// There are keys that it meets, and nothing else that takes its place in the kernel.
fovea_code check_kept_query(const Frame& f, fovea_error* error) {
  if (f.input(kKeptQuery) < 0) return FOVEA_OK;
  const schema::Scoring* scoring = f.op->attributes_as_Attention()->scoring();
  const bool meets = scoring != nullptr && scoring->kept() > 0 &&
                     f.weight(kPositionKeys) == nullptr && f.weight(kPositionQueries) == nullptr;
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, kKeptQuery, meets, true, error));
  const Rows query = f.input_rows(0), found = f.input_rows(kKeptQuery);
  FOVEA_TRY(check_sequences(f, f.input(kKeptQuery), FOVEA_FIELD_INPUT, kKeptQuery, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, kKeptQuery, found.batch, query.batch, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, kKeptQuery, found.tokens, query.tokens, error));
  return check_equal(f, FOVEA_FIELD_INPUT, kKeptQuery, found.width, query.width, error);
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
  FOVEA_TRY(check_pairs(f, error));
  FOVEA_TRY(check_kept_query(f, error));
  FOVEA_TRY(check_range(f, error));
  return check_reports(f, told_rows(f), kKinds, error);
}

// Each sequence has the pairs of its kind.
void complete_kind(const AttentionForm& form, const Sequences& rows, const Piece& piece,
                   kernels::AttentionItem& item) {
  form.complete_any(form, rows, piece, item);
  const uint8_t kind = form.kinds->Get(piece.sequence % form.kinds->size());
  item.mask = static_cast<const float*>(item.mask) + form.kind_stride * kind;
}

// To a kernel they are a mask.
void find_pairs(const Frame& f, AttentionForm& form, kernels::Scoring& scoring) {
  if (f.weight(kPairs) == nullptr) return;
  const auto* shape = f.weight(kPairs)->shape();
  const size_t positions = shape->Get(shape->size() - 1);
  form.mask = f.weight_data(kPairs);
  form.by_position = true;
  scoring.mask = kernels::Mask::kAdded;
  scoring.mask_row_stride = positions;
  scoring.mask_head_stride = positions * positions;
  form.kinds = f.op->attributes_as_Attention()->scoring()->pairs_of();
  if (size_of(form.kinds) == 0) return;
  form.kind_stride = shape->Get(1) * scoring.mask_head_stride;
  form.complete_any = form.complete;
  form.complete = complete_kind;
}

// Kernels for keys of elements K.
using Relate = decltype(kernels::Scoring::relate);
template <class K>
Relate relating(const Run& run);
template <class K>
Relate meeting_kept(const Run& run);

#define FOVEA_CACHE(name, Element, type)                  \
  template <>                                             \
  Relate relating<kernels::Element>(const Run& run) {     \
    return run.kernels->relate_##name;                    \
  }                                                       \
  template <>                                             \
  Relate meeting_kept<kernels::Element>(const Run& run) { \
    return run.kernels->meet_kept_##name;                 \
  }
#include "kernels/caches.inc"
#undef FOVEA_CACHE

template <class K>
void relate(const Run& run, AttentionForm& form, kernels::Scoring& scoring) {
  const Frame& f = run.frame;
  find_pairs(f, form, scoring);
  if (f.input(kKeptQuery) >= 0) {
    scoring.relate = meeting_kept<K>(run);
    scoring.kept_query_stride = f.input_rows(kKeptQuery).stride;
    return;
  }
  scoring.position_keys = f.weight_data(kPositionKeys);
  scoring.position_queries = f.weight_data(kPositionQueries);
  const schema::Weight* any =
      f.weight(scoring.position_keys != nullptr ? kPositionKeys : kPositionQueries);
  if (any == nullptr) return;
  scoring.relate = relating<K>(run);
  scoring.position_reach = any->shape()->Get(2) / 2;
}

template <class K>
constexpr FormMore kMore = {relate<K>, attend_told};

template <class K>
void run_all(const Run& run, uint32_t task, uint32_t worker) {
  run_form<K>(run, task, worker, &kMore<K>);
}

fovea_code prepare(Run& run, fovea_error* error) {
  if (run.frame.op->attributes_as_Attention()->range() != nullptr) clear_range(run);
  return prepare_form(run, error);
}

constexpr Definition define() {
  Definition d = define_form();
  d.inputs = {{"query"},
              {"keys", kOptional, Role::kStored},
              {"values", kOptional, Role::kStored},
              {"mask", kOptional},
              {"seen", kOptional | kI32},
              {"prefix", kOptional | kI32},
              {"dropout", kOptional | kI32},
              {"kept query", kOptional}};
  d.outputs = {{"y"},
               {"report 1", kOptional},
               {"report 2", kOptional},
               {"report 3", kOptional},
               {"report 4", kOptional},
               {"report 5", kOptional},
               {"report 6", kOptional},
               {"report 7", kOptional},
               {"report 8", kOptional},
               {"report 9", kOptional},
               {"report 10", kOptional},
               {"report 11", kOptional}};
  d.weights = {{"slopes", kOptional},        {"distances", kOptional},        {"sinks", kOptional},
               {"position keys", kOptional}, {"position queries", kOptional}, {"pairs", kOptional}};
  d.check = check;
  d.prepare = prepare;
  d.run = run_all<float>;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Attention, attention, define())

#define FOVEA_CACHE_F32(...)
#define FOVEA_CACHE(name, Element, type) \
  FOVEA_OPERATOR_IN_CACHE(attention, name, type, fovea::run_all<fovea::kernels::Element>)
#include "kernels/caches.inc"
#undef FOVEA_CACHE
