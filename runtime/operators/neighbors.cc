#include <cstring>

#include "runtime/operators/check.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const schema::Neighbors& a = *f.op->attributes_as_Neighbors();
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_sequences(f, f.output(0), FOVEA_FIELD_OUTPUT, 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.batch, x.batch, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.tokens, x.tokens, error));
  const Checked rows = Checked(a.before()) + 1 + a.after();
  return check_equal(f, FOVEA_FIELD_OUTPUT, 0, uint64_t{y.width}, (rows * x.width).value(), error);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const schema::Neighbors& a = *f.op->attributes_as_Neighbors();
  const Sequences rows = sequences_of(f, f.input(0));
  const size_t bytes = size_t{x.width} * sizeof(float);
  const Part part = run.part(task);
  const uint32_t end = part.first + part.count;
  for (uint32_t r = part.first; r < end;) {
    const Piece piece = rows.piece(r, end);
    const int64_t first = r - int64_t{piece.token};
    const int64_t next = first + rows.length(piece.sequence);
    for (const uint32_t last = r + piece.count; r < last; ++r) {
      float* to = y.f32() + r * y.stride;
      for (int64_t at = int64_t{r} - a.before(); at <= int64_t{r} + a.after(); ++at) {
        const bool there = at >= first && at < next;
        if (there) std::memcpy(to, x.f32() + static_cast<size_t>(at) * x.stride, bytes);
        if (!there) std::memset(to, 0, bytes);
        to += x.width;
      }
    }
  }
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x"}};
  d.outputs = {{"y"}};
  d.check = check;
  d.prepare = divide_rows;
  d.run = execute;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Neighbors, neighbors, define())
