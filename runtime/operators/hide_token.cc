#include <cmath>

#include "runtime/operators/check.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows x = f.input_rows(0), ids = f.input_rows(1);
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_same_shape(f, f.output_rows(0), x, FOVEA_FIELD_OUTPUT, 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, uint64_t{ids.rows} * ids.width, x.rows, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, ids.stride, ids.width, error));
  if (std::isfinite(f.op->attributes_as_HideToken()->factor())) return FOVEA_OK;
  constexpr uint32_t kFactor = attribute<schema::HideToken>(schema::HideToken::VT_FACTOR);
  return fail(error, FOVEA_BAD_VALUE, where_attribute(f, kFactor), 0, 0);
}

constexpr uint32_t kFineIds = 4096;  // that a task of a sliced run counts

// The hidden tokens of a sequence, where counting them is more than a task.
uint64_t scratch(const Frame&) {
  return round_up(sizeof(uint32_t), FOVEA_ALIGNMENT);
}

// A task takes some rows. In sliced runs others before them count a sequence's hidden tokens.
fovea_code prepare(Run& run, fovea_error* error) {
  if (run.grain != Grain::kFine) return divide_rows(run, error);
  const Sequences rows = sequences_of(run.frame, run.frame.input(0));
  run.tasks =
      rows.first_task(rows.count, {kFineIds, Run::fine_rows(run.frame.input_rows(0).width)});
  return FOVEA_OK;
}

uint32_t count_hidden(const Frame& f, const Piece& piece) {
  const int32_t* ids = f.input_rows(1).i32() + piece.row;
  const int32_t token = f.op->attributes_as_HideToken()->token();
  uint32_t hidden = 0;
  for (uint32_t t = 0; t < piece.count; ++t) hidden += ids[t] == token ? 1 : 0;
  return hidden;
}

// Rows of a sequence of `count` tokens.
void hide(const Frame& f, const Piece& piece, uint32_t hidden, uint32_t count) {
  const schema::HideToken& a = *f.op->attributes_as_HideToken();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const int32_t* ids = f.input_rows(1).i32();
  const float factor = a.factor() / (1.0f - static_cast<float>(hidden) / static_cast<float>(count));
  for (uint32_t r = piece.row; r < piece.row + piece.count; ++r) {
    const float* from = x.f32() + r * x.stride;
    float* to = y.f32() + r * y.stride;
    const bool hides = ids[r] == a.token();
    for (uint32_t i = 0; i < x.width; ++i) to[i] = hides ? 0.0f : from[i] * factor;
  }
}

void execute(const Run& run, uint32_t task, uint32_t worker) {
  const Frame& f = run.frame;
  const Sequences rows = sequences_of(f, f.input(0));
  if (run.grain == Grain::kFine) {
    const Visit visit = rows.visit(task, {kFineIds, Run::fine_rows(f.input_rows(0).width)});
    auto* hidden = reinterpret_cast<uint32_t*>(run.scratch_of(worker));
    if (visit.pass == 1) {
      return hide(f, visit.piece, *hidden, rows.length(visit.piece.sequence));
    }
    *hidden = (visit.piece.token == 0 ? 0 : *hidden) + count_hidden(f, visit.piece);
    return;
  }
  const Part part = run.part(task);
  const uint32_t end = part.first + part.count;
  for (uint32_t r = part.first; r < end;) {
    const Piece piece = rows.piece(r, end);
    const uint32_t length = rows.length(piece.sequence);
    const Piece all = {piece.sequence, rows.first(piece.sequence), 0, length};
    hide(f, piece, count_hidden(f, all), length);
    r += piece.count;
  }
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x", kInPlace}, {"ids", kI32}};
  d.outputs = {{"y"}};
  d.check = check;
  d.scratch = scratch;
  d.prepare = prepare;
  d.run = execute;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(HideToken, hide_token, define())
