#include <algorithm>

#include "runtime/operators/check.h"

namespace fovea {
namespace {

// Positions are floats there, exact up to 2^24.
constexpr uint32_t kMostPositions = 1u << 24;

fovea_code check(const Frame& f, fovea_error* error) {
  const auto* attributes = f.op->attributes_as_RotaryTable();
  const Rows y = f.output_rows(0);
  FOVEA_TRY(check_sequences(f, f.output(0), FOVEA_FIELD_OUTPUT, 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_WEIGHT, 0, f.weight(0)->shape()->size(), 1, error));
  const uint32_t pairs = f.weight(0)->shape()->Get(0);
  FOVEA_TRY(check_weight(f, 0, schema::Layout::Plain, {pairs}, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.width, uint64_t{2} * pairs, error));
  const float factor = attributes->factor();
  constexpr uint32_t kFactor = attribute<schema::RotaryTable>(schema::RotaryTable::VT_FACTOR);
  constexpr uint32_t kCache = attribute<schema::RotaryTable>(schema::RotaryTable::VT_CACHE);
  const bool finite = factor > 0 && factor < __builtin_inff();
  FOVEA_TRY(check_attribute(f, kFactor, finite, 1, 1, error));
  FOVEA_TRY(check_within(f, part_of(FOVEA_FIELD_OUTPUT, 0), y.tokens, 1, kMostPositions, error));
  if (attributes->cache() < 0) return FOVEA_OK;
  FOVEA_TRY(check_attribute(f, kCache, static_cast<uint32_t>(attributes->cache()) + 1, 1,
                            size_of(f.model->caches()), error));
  const auto* cache = f.model->caches()->Get(static_cast<uint32_t>(attributes->cache()));
  FOVEA_TRY(check_attribute(f, kCache, cache->context(), 1, kMostPositions, error));
  return check_sequence_count(f, sequences_of(f, f.output(0)).count, error);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const auto* attributes = f.op->attributes_as_RotaryTable();
  const Rows y = f.output_rows(0);
  const int32_t cache = attributes->cache();
  const Sequences rows = sequences_of(f, f.output(0));
  const Part part = run.part(task);
  const uint32_t end = part.first + part.count;
  for (uint32_t r = part.first; r < end;) {
    const Piece piece = rows.piece(r, end);
    const uint32_t held = cache < 0 ? 0 : f.cached(static_cast<uint32_t>(cache), piece.sequence);
    const uint32_t position = held + piece.token, most = attributes->most();
    const uint32_t count = position < most ? std::min(piece.count, most - position) : 1;
    run.kernels->rotary_table_f32({f.weight_data(0), y.f32() + r * y.stride, y.stride, count,
                                   y.width / 2, std::min(position, most), attributes->factor()});
    r += count;
  }
}

constexpr Definition define() {
  Definition d;
  d.outputs = {{"table"}};
  d.weights = {{"frequencies"}};
  d.check = check;
  d.prepare = divide_rows;
  d.run = execute;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(RotaryTable, rotary_table, define())
