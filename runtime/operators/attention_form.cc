// Attention with forms: scores that are more than scaled, masks, and reports as further outputs.
// Firmware of models that have none of it links attention.cc only.

#include <algorithm>
#include <cmath>

#include "runtime/operators/attention.h"
#include "runtime/operators/key_value.h"

namespace fovea {
namespace {

enum : uint32_t { kMask = 3, kSeen = 4, kPrefix = 5 };        // inputs
enum : uint32_t { kSlopes = 0, kDistances = 1, kSinks = 2 };  // weights
constexpr uint32_t kAll = kernels::Visibility::kAll;

using schema::Scoring;
constexpr uint32_t in_scoring(uint32_t field) {
  return attribute<schema::Attention>(schema::Attention::VT_SCORING, field);
}

fovea_code check_weights(const Frame& f, fovea_error* error) {
  const uint32_t heads = f.op->attributes_as_Attention()->heads();
  // What the operator was chosen by is the format of its keys and values.
  if (f.weight(kSlopes) != nullptr && f.weight(kSlopes)->dtype() != schema::DType::Float32) {
    return fail(error, FOVEA_BAD_VALUE, f.where(FOVEA_FIELD_WEIGHT, kSlopes),
                static_cast<uint32_t>(f.weight(kSlopes)->dtype()), 0);
  }
  for (const uint32_t slot : {kSlopes, kSinks}) {
    if (f.weight(slot) == nullptr) continue;
    FOVEA_TRY(check_weight(f, slot, schema::Layout::Plain, {heads}, error));
  }
  if (f.weight(kDistances) == nullptr) return FOVEA_OK;
  const auto* shape = f.weight(kDistances)->shape();
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_WEIGHT, kDistances, size_of(shape), 2, error));
  const uint32_t distances = shape->Get(1);
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_WEIGHT, kDistances, distances % 2, 1, error));
  return check_weight(f, kDistances, schema::Layout::Plain, {heads, distances}, error);
}

fovea_code check_masks(const Frame& f, fovea_error* error) {
  const uint32_t own = f.op->attributes_as_Attention()->key_tokens();
  const uint32_t keys = f.state(0) != nullptr ? attention_width(f)
                        : own > 0             ? own
                                              : f.input_rows(0).tokens;
  FOVEA_TRY(
      check_equal(f, FOVEA_FIELD_INPUT, kSeen, f.input(kMask) < 0 || f.input(kSeen) < 0, 1, error));
  for (const uint32_t slot : {kMask, kSeen}) {
    if (f.input(slot) < 0) continue;
    const ToldRows all = all_rows(f);
    const Planes needed = {all.batch, all.heads, all.tokens, keys};
    FOVEA_TRY(check_planes(f, FOVEA_FIELD_INPUT, slot, f.input(slot), needed, true, error));
  }
  return FOVEA_OK;
}

// Without an end of what a query sees there is nothing that a prefix adds.
fovea_code check_prefix(const Frame& f, const schema::Scoring& s, fovea_error* error) {
  if (f.input(kPrefix) < 0) return FOVEA_OK;
  const bool ends = f.op->attributes_as_Attention()->causal() || s.after() != kAll;
  FOVEA_TRY(check_within(f, part_of(FOVEA_FIELD_INPUT, kPrefix), ends, 1, 1, error));
  const schema::Tensor* t = f.tensor(f.input(kPrefix));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, kPrefix, t->extents()->size(), 1, error));
  return check_equal(f, FOVEA_FIELD_INPUT, kPrefix, f.extent(t, 0),
                     sequences_of(f, f.input(0)).count, error);
}

fovea_code check_scoring(const Frame& f, const schema::Scoring& s, fovea_error* error) {
  const bool causal = f.op->attributes_as_Attention()->causal();
  if (!(s.soft_cap() >= 0.0f && s.soft_cap() < 1e6f)) {
    return fail(error, FOVEA_BAD_VALUE, where_attribute(f, in_scoring(Scoring::VT_SOFT_CAP)), 0,
                1000000);
  }
  const uint32_t most_kept = s.before() == kAll ? 0 : attention_width(f);
  FOVEA_TRY(
      check_attribute(f, in_scoring(Scoring::VT_AFTER), s.after(), causal ? kAll : 0, kAll, error));
  FOVEA_TRY(check_attribute(f, in_scoring(Scoring::VT_KEPT), s.kept(), 0, most_kept, error));
  FOVEA_TRY(check_weights(f, error));
  FOVEA_TRY(check_prefix(f, s, error));
  return check_masks(f, error);
}

// Without a Scoring there is nothing that belongs to it.
fovea_code check_none(const Frame& f, fovea_error* error) {
  for (const uint32_t slot : {kMask, kSeen, kPrefix}) {
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, slot, f.input(slot) < 0, 1, error));
  }
  for (const uint32_t slot : {kSlopes, kDistances, kSinks}) {
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_WEIGHT, slot, f.weight(slot) == nullptr, 1, error));
  }
  return FOVEA_OK;
}

// The kernels for keys and values of elements K.
using Kernel = decltype(kernels::AttentionF32::attend);
template <class K>
Kernel reporting(const Run& run);
template <class K>
Kernel dropping(const Run& run);

#define FOVEA_CACHE(name, Element, type)               \
  template <>                                          \
  Kernel reporting<kernels::Element>(const Run& run) { \
    return run.kernels->report_##name;                 \
  }                                                    \
  template <>                                          \
  Kernel dropping<kernels::Element>(const Run& run) {  \
    return run.kernels->dropout_##name;                \
  }
#include "kernels/caches.inc"
#undef FOVEA_CACHE

// One run's form.
struct FullForm : AttentionForm {
  kernels::Scoring scores;
  kernels::Report told;
  kernels::Dropout dropped;
  uint32_t group;  // heads of an item
  Ring ring;       // of the keys
  uint32_t key_width, value_width;
  const int32_t* prefix;  // tokens of each sequence that see each other both ways, or null
  bool in_prefix;         // whether this pass is for these, otherwise for those after them
  size_t query_stride, y_stride;
};

// Of an item, the rows that are this pass's: a query of the prefix sees its keys and no later one.
// Returns what is left of the piece.
[[gnu::always_inline]] inline Piece take_rows(const FullForm& form, Piece piece,
                                              kernels::AttentionItem& item) {
  const auto prefix = static_cast<uint32_t>(form.prefix[piece.sequence]);
  const uint32_t held = item.first_position - piece.token;
  const uint32_t left = prefix > piece.token ? prefix - piece.token : 0;
  const uint32_t rows = std::min(left, piece.count);
  if (form.in_prefix) {
    piece.count = item.rows = rows;
    uint32_t& keys = item.keys.runs[0].count;
    keys = std::min(keys, held + prefix);  // where the cache is another's, fewer may be there
    return piece;
  }
  piece.row += rows, piece.token += rows, piece.count -= rows;
  item.query += rows * form.query_stride;
  item.y += rows * form.y_stride;
  item.rows = piece.count;
  item.first_position += rows;
  return piece;
}

// The runs of keys that went round, of which run 0 is told as though none had: the first slots,
// then from the first key that the window shows on, to the end of the ring and from its start.
template <class K>
void go_round(const FullForm& form, kernels::AttentionItem& item) {
  kernels::KeyRun* const runs = item.keys.runs;
  const kernels::KeyRun all = runs[0];
  const uint32_t first = form.ring.first(), before = form.visibility.before;
  uint32_t begin = item.first_position > before ? item.first_position - before : 0;
  if (begin > all.count) begin = all.count;
  begin = begin / kernels::kPanel * kernels::kPanel;
  if (begin < first) begin = first;
  uint32_t n = 0;
  if (first > 0) runs[n++].count = first;
  while (begin < all.count || n == 0) {
    const uint32_t slot = form.ring.slot(begin), left = all.count - begin;
    kernels::KeyRun& run = runs[n++];
    run.keys =
        static_cast<const K*>(all.keys) + size_t{slot} * kernels::slot_elements<K>(form.key_width);
    run.values = static_cast<const K*>(all.values) +
                 size_t{slot} * kernels::slot_elements<K>(form.value_width);
    run.position = begin;
    run.count = std::min(left, form.ring.run(begin));
    begin += run.count;
    if (left == 0) break;
  }
  item.keys.count = n;
}

template <class K>
void complete(const AttentionForm& form, const Sequences& rows, const Piece& whole,
              kernels::AttentionItem& item) {
  const FullForm& full = static_cast<const FullForm&>(form);
  const Piece piece = full.prefix == nullptr ? whole : take_rows(full, whole, item);
  if (item.keys.runs[0].count > full.ring.capacity) go_round<K>(full, item);
  const size_t row = rows.packed && !full.by_position ? piece.row : piece.token;
  if (full.mask != nullptr) {
    item.mask = full.mask + piece.sequence * full.mask_batch_stride +
                item.first_head * full.scores.mask_head_stride + row * full.scores.mask_row_stride;
  }
  item.report_row = piece.row;
  if (form.report != nullptr) clear_reports(full.told, item, full.group);
}

kernels::Mask find_mask(const Frame& f, FullForm& form) {
  const bool added = f.input(kMask) >= 0;
  if (!added && f.input(kSeen) < 0) return kernels::Mask::kNone;
  const int32_t tensor = f.input(added ? kMask : kSeen);
  const Planes m = planes_of(f, tensor);
  const size_t plane = size_t{m.tokens} * m.width;
  form.mask = static_cast<const float*>(f.rows(tensor).data);
  form.scores.mask_row_stride = m.tokens == 1 ? 0 : m.width;
  form.scores.mask_head_stride = m.heads == 1 ? 0 : plane;
  form.mask_batch_stride = m.batch == 1 ? 0 : m.heads * plane;
  return added ? kernels::Mask::kAdded : kernels::Mask::kHidden;
}

// Once in firmware: its format's.
[[gnu::always_inline]] inline void find_scoring(const Run& run, FullForm& form) {
  const Frame& f = run.frame;
  const schema::Scoring& s = *f.op->attributes_as_Attention()->scoring();
  form.scoring = &form.scores;
  form.scores.adjust = run.kernels->adjust_f32;
  form.scores.soft_cap = s.soft_cap();
  form.scores.slopes = f.weight_data(kSlopes);
  form.scores.distances = f.weight_data(kDistances);
  form.scores.reach =
      form.scores.distances == nullptr ? 0 : f.weight(kDistances)->shape()->Get(1) / 2;
  form.scores.sinks = f.weight_data(kSinks);
  form.scores.mask = find_mask(f, form);
  form.visibility.before = s.before();
  form.visibility.kept = s.kept();
  if (s.after() < kAll) form.visibility.after = s.after();
  if (f.state(0) == nullptr) return;
  const Ring ring = ring_of(f, f.state(0)->cache());
  if (ring.count == 0) return;
  form.ring = ring;
  form.key_width = f.op->attributes_as_Attention()->key_width();
  form.value_width = f.op->attributes_as_Attention()->value_width();
}

template <class K>
void attend(const Run& run, uint32_t task, uint32_t worker, FullForm& form, const FormMore* more) {
  more == nullptr ? run_attention<K>(run, task, worker, &form)
                  : more->attend(run, task, worker, form, run_attention<K>);
}

}  // namespace

fovea_code check_form(const Frame& f, fovea_error* error) {
  const schema::Scoring* scoring = f.op->attributes_as_Attention()->scoring();
  FOVEA_TRY(check_attention(f, error));
  FOVEA_TRY(scoring != nullptr ? check_scoring(f, *scoring, error) : check_none(f, error));
  return check_dropout(f, error);
}

uint64_t form_scratch(const Frame& f) {
  return attention_scratch(f) + report_scratch(f);
}

template <class K>
void run_form(const Run& run, uint32_t task, uint32_t worker, const FormMore* more) {
  const Frame& f = run.frame;
  FullForm form = {};
  if (f.op->attributes_as_Attention()->causal()) form.visibility.after = 0;
  form.complete = complete<K>;
  form.ring.capacity = UINT32_MAX;
  if (f.op->attributes_as_Attention()->scoring() != nullptr) {
    find_scoring(run, form);
    if (more != nullptr) more->relate(run, form, form.scores);
  }
  if (tells(f)) {
    form.told = find_reports(run, worker);
    form.report = &form.told;
    form.attend = reporting<K>(run);
    form.group =
        f.op->attributes_as_Attention()->heads() / f.op->attributes_as_Attention()->kv_heads();
  }
  if (find_dropout(run, form.dropped)) {
    form.dropout = &form.dropped;
    form.attend = dropping<K>(run);
  }
  // Where keys are divided there is one row, which a prefix shows nothing.
  if (f.input(kPrefix) >= 0 && run.second_phase == 0) {
    form.prefix = f.input_rows(kPrefix).i32();
    form.query_stride = f.input_rows(0).stride;
    form.y_stride = f.output_rows(0).stride;
    FullForm both = form;
    both.in_prefix = true;
    both.visibility.after = kAll;
    attend<K>(run, task, worker, both, more);
  }
  attend<K>(run, task, worker, form, more);
}

#define FOVEA_CACHE(name, Element, type)                                                   \
  template void run_form<kernels::Element>(const Run& run, uint32_t task, uint32_t worker, \
                                           const FormMore* more);
#include "kernels/caches.inc"
#undef FOVEA_CACHE

fovea_code prepare_form(Run& run, fovea_error* error) {
  const Frame& f = run.frame;
  const Sequences rows = sequences_of(f, f.input(0));
  for (uint32_t b = 0; f.input(kPrefix) >= 0 && b < rows.count; ++b) {
    const int32_t prefix = f.input_rows(kPrefix).i32()[b];
    if (prefix >= 0 && static_cast<uint32_t>(prefix) <= rows.length(b)) continue;
    return fail(error, FOVEA_OUT_OF_RANGE, f.where(FOVEA_FIELD_INPUT, kPrefix),
                static_cast<uint32_t>(prefix), uint64_t{rows.length(b)} + 1);
  }
  FOVEA_TRY(prepare_attention(run, error));
  if (reports(run.frame, schema::ReportKind::Average)) join_heads(run);
  return FOVEA_OK;
}

namespace {

template <class K>
void run_alone(const Run& run, uint32_t task, uint32_t worker) {
  run_form<K>(run, task, worker, nullptr);
}

constexpr Definition define() {
  Definition d = define_form();
  d.check = [](const Frame& f, fovea_error* error) {
    FOVEA_TRY(check_form(f, error));
    constexpr uint32_t kRange = attribute<schema::Attention>(schema::Attention::VT_RANGE);
    const bool ranged = f.op->attributes_as_Attention()->range() != nullptr;
    FOVEA_TRY(check_attribute(f, kRange, ranged, 0, 0, error));
    return check_reports(f, all_rows(f), kNumbers, error);
  };
  d.run = run_alone<float>;
  return d;
}

}  // namespace

// No literal: in one source file of all these would come with the names of everything.
constexpr char name_attention_form[] = "Attention";

}  // namespace fovea

extern "C" constexpr fovea_operator fovea_operator_attention_form = fovea::operator_of(
    fovea::schema::Attributes::Attention, fovea::name_attention_form, fovea::define());

FOVEA_TRUSTED_OPERATOR(attention_form, fovea_operator_attention_form)

#define FOVEA_CACHE_F32(...)
#define FOVEA_CACHE(name, Element, type)                                          \
  FOVEA_OPERATOR_OF_FORMAT(                                                       \
      attention_##name##_form,                                                    \
      fovea::in_format(fovea_operator_attention_form, fovea::schema::DType::type, \
                       fovea::run_alone<fovea::kernels::Element>))
#include "kernels/caches.inc"
#undef FOVEA_CACHE
