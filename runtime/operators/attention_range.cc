// Attention that tells of some heads and queries, or of its scores, or meets kept keys by other
// queries: items are completed by their form, and then cut into those rows that are told of and the
// others.

#include <algorithm>
#include <cmath>

#include "runtime/operators/attention.h"

namespace fovea {
namespace {

using schema::Attention;
using schema::ReportKind;
using schema::ReportRange;

constexpr uint32_t kKeptQuery = 7;     // input
constexpr uint32_t kMost = 1u << 24;   // queries
constexpr uint32_t kEnd = UINT32_MAX;  // past all tokens

// Queries of each sequence that have room in what is told; 0: all.
uint32_t each(const ReportRange* range) {
  return range == nullptr ? 0 : range->last() ? 1 : range->queries();
}

// Which rows a pass takes.
enum class Pass { kBefore, kTold, kAfter };

// One run's form, and what becomes of the items that it completes.
struct ToldForm : AttentionForm {
  const AttentionForm* whole;
  const ReportRange* range;  // or null
  kernels::Report to;        // of no heads where nothing is told
  Pass pass;
  uint32_t group;  // heads of an item
  size_t query_stride, y_stride, kept_stride, mask_stride;
  const float* kept_query;  // of row 0, or null
  uint32_t key_width;
};

struct Tokens {
  uint32_t begin, end;
};

// Those of a sequence of so many that are told of.
Tokens told_tokens(const ToldForm& form, const kernels::AttentionItem& item, uint32_t length) {
  const ReportRange* range = form.range;
  const uint32_t first = form.to.first_head, end = first + form.to.heads;
  if (item.first_head >= end || item.first_head + form.group <= first) return {kEnd, kEnd};
  if (each(range) == 0) return {0, kEnd};
  if (range->last()) return {length - 1, length};
  return {range->first_query(), range->first_query() + range->queries()};
}

// Leaves `count` rows of the item, from row `first` on.
void cut(const ToldForm& form, kernels::AttentionItem& item, uint32_t first, uint32_t count) {
  item.query += first * form.query_stride;
  item.y += first * form.y_stride;
  if (item.kept_query != nullptr) item.kept_query += first * form.kept_stride;
  if (item.mask != nullptr) {
    item.mask = static_cast<const float*>(item.mask) + first * form.mask_stride;
  }
  item.first_position += first;
  item.report_row += first;
  item.rows = count;
}

// The item's rows that are this pass's. `token`: of its first row, in a sequence of so many.
void take_pass(const ToldForm& form, uint32_t sequence, uint32_t token, uint32_t length,
               kernels::AttentionItem& item) {
  const Tokens told = told_tokens(form, item, length);
  const uint32_t end = token + item.rows;
  uint32_t from = token, to = end;
  if (form.pass == Pass::kBefore) to = std::min(end, told.begin);
  if (form.pass == Pass::kTold) from = std::max(token, told.begin), to = std::min(end, told.end);
  if (form.pass == Pass::kAfter) from = std::max(token, told.end);
  if (from >= to) {
    item.rows = 0;
    return;
  }
  cut(form, item, from - token, to - from);
  if (each(form.range) == 0) return;
  item.report_row = size_t{sequence} * each(form.range) + (from - told.begin);
}

// What is told of a query that sees no key.
float nothing(ReportKind kind) {
  return kind == ReportKind::Position ? -1.0f : kind >= ReportKind::ScaledScores ? -INFINITY : 0.0f;
}

// Rows, a number for each key, of which some blocks of keys will not be reached: of the item's
// heads that are told of, an average with the first of them.
void clear_keys(const ToldForm& form, const kernels::AttentionItem& item) {
  const kernels::Report& to = form.to;
  const size_t numbers = item.rows * to.keys;
  const uint32_t end = item.first_head + form.group;
  for (uint32_t h = std::max(item.first_head, to.first_head); h < end; ++h) {
    if (h - to.first_head >= to.heads) break;
    const size_t plane = item.report_row / to.plane_rows * to.heads + (h - to.first_head);
    const size_t row = plane * to.plane_rows + item.report_row % to.plane_rows;
    if (to.weights != nullptr) std::fill_n(to.weights + row * to.keys, numbers, 0.0f);
    for (float* planes : {to.scaled, to.capped, to.scores}) {
      if (planes != nullptr) std::fill_n(planes + row * to.keys, numbers, -INFINITY);
    }
    if (h > to.first_head || to.average == nullptr) continue;
    std::fill_n(to.average + item.report_row * to.keys, numbers, 0.0f);
  }
}

void complete(const AttentionForm& form, const Sequences& rows, const Piece& piece,
              kernels::AttentionItem& item) {
  const ToldForm& told = static_cast<const ToldForm&>(form);
  const uint32_t held = item.first_position - piece.token;
  told.whole->complete(*told.whole, rows, piece, item);
  const uint32_t token = item.first_position - held;
  if (told.kept_query != nullptr) {
    item.kept_query = told.kept_query + (piece.row + (token - piece.token)) * told.kept_stride +
                      size_t{item.first_head} * told.key_width;
  }
  if (told.range != nullptr) {
    take_pass(told, piece.sequence, token, rows.length(piece.sequence), item);
  }
  if (told.report != nullptr) clear_keys(told, item);
}

bool needed(const Frame& f) {
  const Attention& a = *f.op->attributes_as_Attention();
  return a.range() != nullptr || f.input(kKeptQuery) >= 0 || reports(f, ReportKind::ScaledScores) ||
         reports(f, ReportKind::CappedScores) || reports(f, ReportKind::Scores);
}

void find_told(const Run& run, const AttentionForm& form, ToldForm& told) {
  const Frame& f = run.frame;
  const Attention& a = *f.op->attributes_as_Attention();
  static_cast<AttentionForm&>(told) = form;
  told.whole = &form;
  told.complete = complete;
  told.range = tells(f) ? a.range() : nullptr;
  told.pass = Pass::kTold;
  told.group = a.heads() / a.kv_heads();
  told.key_width = a.key_width();
  told.query_stride = f.input_rows(0).stride;
  told.y_stride = f.output_rows(0).stride;
  told.mask_stride = form.scoring == nullptr ? 0 : form.scoring->mask_row_stride;
  if (f.input(kKeptQuery) >= 0) {
    told.kept_query = f.input_rows(kKeptQuery).f32();
    told.kept_stride = f.input_rows(kKeptQuery).stride;
  }
  if (form.report == nullptr) return;
  const ToldRows rows = told_rows(f);
  told.to = *form.report;
  told.to.first_head = a.range() == nullptr ? 0 : a.range()->first_head();
  told.to.heads = rows.heads;
  told.to.plane_rows = rows.tokens;
  const bool scores =
      told.to.scaled != nullptr || told.to.capped != nullptr || told.to.scores != nullptr;
  if (scores) told.to.tell_scores = run.kernels->scores_f32;
  told.report = &told.to;
}

}  // namespace

ToldRows told_rows(const Frame& f) {
  const ReportRange* range = f.op->attributes_as_Attention()->range();
  ToldRows rows = all_rows(f);
  if (range == nullptr) return rows;
  rows.heads = range->heads();
  const uint32_t queries = each(range);
  if (queries == 0) return rows;
  const Sequences sequences = sequences_of(f, f.input(0));
  rows.tokens = sequences.packed ? queries * sequences.count : queries;
  return rows;
}

fovea_code check_range(const Frame& f, fovea_error* error) {
  const Attention& a = *f.op->attributes_as_Attention();
  const ReportRange* range = a.range();
  if (range == nullptr) return FOVEA_OK;
  constexpr auto in_range = [](uint32_t field) {
    return attribute<Attention>(Attention::VT_RANGE, field);
  };
  const uint32_t queries = range->queries(), count = sequences_of(f, f.input(0)).count;
  const bool all = queries == 0;
  FOVEA_TRY(check_attribute(f, in_range(ReportRange::VT_FIRST_HEAD), range->first_head(), 0,
                            a.heads() - 1, error));
  FOVEA_TRY(check_attribute(f, in_range(ReportRange::VT_HEADS), range->heads(), 1,
                            a.heads() - range->first_head(), error));
  FOVEA_TRY(check_attribute(f, in_range(ReportRange::VT_QUERIES), queries, 0,
                            range->last() ? 0 : kMost / count, error));
  FOVEA_TRY(check_attribute(f, in_range(ReportRange::VT_FIRST_QUERY), range->first_query(), 0,
                            all ? 0 : kMost, error));
  return check_attribute(f, attribute<Attention>(Attention::VT_RANGE), tells(f), 1, 1, error);
}

void clear_range(const Run& run) {
  const Frame& f = run.frame;
  const ReportRange& range = *f.op->attributes_as_Attention()->range();
  const Sequences sequences = sequences_of(f, f.input(0));
  const ToldRows told = told_rows(f);
  const uint32_t queries = each(&range);
  for (uint32_t r = 0; r < queries * sequences.count; ++r) {
    const uint32_t length = sequences.length(r / queries);
    if (range.last() ? length > 0 : range.first_query() + r % queries < length) continue;
    for (uint32_t i = 1; i < size_of(f.op->outputs()); ++i) {
      const Rows rows = f.output_rows(i);
      const bool planes = rows.rows != told.batch * told.tokens;
      for (uint32_t h = 0; h < (planes ? told.heads : 1); ++h) {
        const uint32_t row =
            planes ? (r / told.tokens * told.heads + h) * told.tokens + r % told.tokens : r;
        std::fill_n(rows.f32() + row * rows.stride, rows.width, nothing(report_kind(f, i - 1)));
      }
    }
  }
}

void attend_told(const Run& run, uint32_t task, uint32_t worker, AttentionForm& form,
                 Attend* attend) {
  if (!needed(run.frame)) return attend(run, task, worker, &form);
  ToldForm told = {};
  find_told(run, form, told);
  form.report = nullptr;  // it would clear rows of its own
  attend(run, task, worker, &told);
  if (told.range == nullptr) return;
  told.report = nullptr;
  if (form.dropout == nullptr) told.attend = nullptr;
  for (const Pass pass : {Pass::kBefore, Pass::kAfter}) {
    told.pass = pass;
    attend(run, task, worker, &told);
  }
}

}  // namespace fovea
