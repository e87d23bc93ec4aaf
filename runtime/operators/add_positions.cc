#include "runtime/operators/check.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_same_shape(f, y, x, FOVEA_FIELD_OUTPUT, 0, error));
  const schema::Weight* table = f.weight(0);
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_WEIGHT, 0, table->shape()->size(), 2, error));
  const uint32_t positions = table->shape()->Get(0);
  FOVEA_TRY(check_weight(f, 0, schema::Layout::Plain, {positions, x.width}, error));
  const int32_t cache = f.op->attributes_as_AddPositions()->cache();
  const Sequences rows = sequences_of(f, f.input(0));
  constexpr Place kTable = part_of(FOVEA_FIELD_WEIGHT, 0);
  if (cache < 0) {
    return check_within(f, kTable, positions, rows.packed ? 1 : rows.most, positions, error);
  }
  FOVEA_TRY(check_sequence_count(f, rows.count, error));
  constexpr uint32_t kCache = attribute<schema::AddPositions>(schema::AddPositions::VT_CACHE);
  FOVEA_TRY(check_attribute(f, kCache, static_cast<uint32_t>(cache) + 1, 1,
                            size_of(f.model->caches()), error));
  const uint32_t context = f.model->caches()->Get(static_cast<uint32_t>(cache))->context();
  return check_within(f, kTable, positions, context, positions, error);
}

// Rows of one sequence may be more than one method's dims say.
fovea_code prepare(Run& run, fovea_error* error) {
  const Frame& f = run.frame;
  const Sequences rows = sequences_of(f, f.input(0));
  const uint32_t positions = f.weight(0)->shape()->Get(0);
  if (rows.packed && f.op->attributes_as_AddPositions()->cache() < 0) {
    for (uint32_t b = 0; b < rows.count; ++b) {
      if (rows.length(b) <= positions) continue;
      return fail(error, FOVEA_OUT_OF_RANGE, f.where_length(b), rows.length(b),
                  uint64_t{positions} + 1);
    }
  }
  return divide_rows(run, error);
}

// Past the context of a cache that the method does not append to, tokens take the last position.
void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const int32_t cache = f.op->attributes_as_AddPositions()->cache();
  const uint32_t last = f.weight(0)->shape()->Get(0) - 1;
  const Sequences rows = sequences_of(f, f.input(0));
  const Part part = run.part(task);
  const uint32_t end = part.first + part.count;
  for (uint32_t r = part.first; r < end;) {
    const Piece piece = rows.piece(r, end);
    uint64_t position = piece.token;
    if (cache >= 0) position += f.cached(static_cast<uint32_t>(cache), piece.sequence);
    for (const uint32_t next = r + piece.count; r < next; ++r, ++position) {
      const uint64_t entry = position < last ? position : last;
      run.kernels->binary_f32({x.f32() + r * x.stride, x.stride, f.weight_data(0) + entry * x.width,
                               x.width, y.f32() + r * y.stride, y.stride, 1, x.width,
                               kernels::BinaryKind::kAdd});
    }
  }
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x", kInPlace}};
  d.outputs = {{"y"}};
  d.weights = {{"table"}};
  d.check = check;
  d.prepare = prepare;
  d.run = execute;
  d.cost = lookup_cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(AddPositions, add_positions, define())
