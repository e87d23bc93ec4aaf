// Attention whose scores are only scaled, and where its other forms join it.

#ifndef FOVEA_RUNTIME_OPERATORS_ATTENTION_H_
#define FOVEA_RUNTIME_OPERATORS_ATTENTION_H_

#include "runtime/operators/check.h"

namespace fovea {

// Keys that one row of weights has room for: the context, or the slots of a key tensor.
uint32_t attention_width(const Frame& frame);
// Slots that the keys of one head may take.
uint32_t key_capacity(const Frame& frame);
// The most positions that keys may have: more than there are slots where these are a ring.
uint32_t key_positions(const Frame& frame);

fovea_code check_attention(const Frame& frame, fovea_error* error);

// Planes of rows, [heads, tokens, width] or, of a batch, [batch, heads, tokens, width].
struct Planes {
  uint32_t batch, heads, tokens, width;
};
Planes planes_of(const Frame& frame, int32_t tensor);
// What a tensor of planes must be, where `shared` allows all extents but the last to be 1.
fovea_code check_planes(const Frame& frame, fovea_field field, uint32_t slot, int32_t tensor,
                        const Planes& needed, bool shared, fovea_error* error);

// The outputs from 1 on are what attention tells of its weights: schema.ReportKind.
bool reports(const Frame& frame, schema::ReportKind kind);
// The heads and rows that are told of.
struct ToldRows {
  uint32_t batch, tokens, heads;
};
ToldRows all_rows(const Frame& frame);
// Those kinds alone may be that are less than `kinds`.
constexpr uint32_t kNumbers = static_cast<uint32_t>(schema::ReportKind::ScaledScores);
fovea_code check_reports(const Frame& frame, const ToldRows& told, uint32_t kinds,
                         fovea_error* error);
bool tells(const Frame& frame);
// Bytes for each thread, behind attention_scratch().
uint64_t report_scratch(const Frame& frame);
kernels::Report find_reports(const Run& run, uint32_t worker);
// Zeros for keys that no row of the item sees; `group`: its heads.
void clear_reports(const kernels::Report& report, const kernels::AttentionItem& item,
                   uint32_t group);

schema::ReportKind report_kind(const Frame& frame, uint32_t i);  // of output 1 + i
// Reports of some heads and queries, and of scores.
ToldRows told_rows(const Frame& frame);
fovea_code check_range(const Frame& frame, fovea_error* error);
void clear_range(const Run& run);

constexpr uint32_t kDropoutInput = 6;
fovea_code check_dropout(const Frame& frame, fovea_error* error);
// Whether this run's pass drops any weights, and which.
bool find_dropout(const Run& run, kernels::Dropout& dropout);

// What there is besides scaled scores, in one run. Firmware of models without it links nothing of
// it: that is why complete() is called through here.
struct AttentionForm {
  kernels::Visibility visibility;
  const kernels::Scoring* scoring;                    // or null
  void (*attend)(const kernels::AttentionF32& args);  // or null: no report, no dropout
  const kernels::Report* report;                      // or null
  const kernels::Dropout* dropout;                    // or null
  // Sets the mask and the reports of the rows of a piece.
  void (*complete)(const AttentionForm& form, const Sequences& rows, const Piece& piece,
                   kernels::AttentionItem& item);
  // Of the first row and head, of either type; by_position: rows are those of positions in any
  // sequence, otherwise those of the query.
  const float* mask;
  size_t mask_batch_stride;
  bool by_position;
  // Where sequences have masks of several kinds: the kind of each, and complete() for all of them.
  const flatbuffers::Vector<uint8_t>* kinds;
  size_t kind_stride;
  void (*complete_any)(const AttentionForm& form, const Sequences& rows, const Piece& piece,
                       kernels::AttentionItem& item);
};

uint64_t attention_scratch(const Frame& frame);
// Bytes for the parts of one query, which threads share; 0: its keys are not divided.
uint64_t attention_shared(const Frame& frame);
fovea_code prepare_attention(Run& run, fovea_error* error);
// After that: all heads of some rows become one task's, which takes them in ascending order.
void join_heads(Run& run);
// Over keys and values of elements K. `form`: null where scores are only scaled.
template <class K>
void run_attention(const Run& run, uint32_t task, uint32_t worker, const AttentionForm* form);
// That of one type of elements.
using Attend = void(const Run& run, uint32_t task, uint32_t worker, const AttentionForm* form);

// Where some heads and queries are told of, or scores, or kept keys meet other queries; `attend`
// does what there is besides.
void attend_told(const Run& run, uint32_t task, uint32_t worker, AttentionForm& form,
                 Attend* attend);

// Attention with all of that, which attention_form.cc defines without position keys and position
// queries, pairs, kept queries, and reports of scores or of some heads and queries;
// attention_relative.cc with them.
fovea_code check_form(const Frame& frame, fovea_error* error);
uint64_t form_scratch(const Frame& frame);
fovea_code prepare_form(Run& run, fovea_error* error);
// What comes besides, if it does.
struct FormMore {
  // Sets it, where there is a Scoring.
  void (*relate)(const Run& run, AttentionForm& form, kernels::Scoring& scoring);
  // In the place of `attend`, which it calls.
  void (*attend)(const Run& run, uint32_t task, uint32_t worker, AttentionForm& form,
                 Attend* attend);
};
template <class K>
void run_form(const Run& run, uint32_t task, uint32_t worker, const FormMore* more);

#define FOVEA_CACHE(name, Element, type)                                                          \
  extern template void run_attention<kernels::Element>(                                           \
      const Run& run, uint32_t task, uint32_t worker, const AttentionForm* form);                 \
  extern template void run_form<kernels::Element>(const Run& run, uint32_t task, uint32_t worker, \
                                                  const FormMore* more);
#include "kernels/caches.inc"
#undef FOVEA_CACHE

constexpr Definition define_form() {
  Definition d;
  d.inputs = {{"query"},
              {"keys", kOptional, Role::kStored},
              {"values", kOptional, Role::kStored},
              {"mask", kOptional},
              {"seen", kOptional | kI32},
              {"prefix", kOptional | kI32},
              {"dropout", kOptional | kI32}};
  d.outputs = {{"y"},
               {"report 1", kOptional},
               {"report 2", kOptional},
               {"report 3", kOptional},
               {"report 4", kOptional},
               {"report 5", kOptional},
               {"report 6", kOptional},
               {"report 7", kOptional},
               {"report 8", kOptional}};
  d.weights = {{"slopes", kOptional}, {"distances", kOptional}, {"sinks", kOptional}};
  d.states = {{"keys", kOptional}, {"values", kOptional}};
  d.check = check_form;
  d.scratch = form_scratch;
  d.shared = attention_shared;
  d.prepare = prepare_form;
  d.cost = attention_cost;
  return d;
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_ATTENTION_H_
