#include <cmath>
#include <cstring>

#include "runtime/operators/check.h"

namespace fovea {
namespace {

using Table = schema::Tiles;

// Tiles of `size` numbers, `step` apart, among so many from `first` on; at least one.
uint32_t count_of(uint32_t numbers, uint32_t first, uint32_t size, uint32_t step) {
  return (numbers - first - size) / step + 1;
}

uint32_t across_of(const Table& a, uint32_t columns) {
  return count_of(columns, 0, a.wide(), a.right());
}

uint32_t along_of(const Table& a) {
  return count_of(a.lines(), a.first(), a.high(), a.down());
}

fovea_code check_attributes(const Frame& f, const Table& a, uint32_t columns, fovea_error* error) {
  const auto slot = [](uint32_t field) { return attribute<Table>(field); };
  FOVEA_TRY(check_attribute(f, slot(Table::VT_LINES), a.lines(), 1u, kMaxExtent, error));
  FOVEA_TRY(check_attribute(f, slot(Table::VT_FIRST), a.first(), 0u, a.lines() - 1, error));
  FOVEA_TRY(check_attribute(f, slot(Table::VT_HIGH), a.high(), 1u, a.lines() - a.first(), error));
  FOVEA_TRY(check_attribute(f, slot(Table::VT_WIDE), a.wide(), 1u, columns, error));
  FOVEA_TRY(check_attribute(f, slot(Table::VT_DOWN), a.down(), 1u, kMaxExtent, error));
  FOVEA_TRY(check_attribute(f, slot(Table::VT_RIGHT), a.right(), 1u, kMaxExtent, error));
  return !std::isinf(a.fill())
             ? FOVEA_OK
             : fail(error, FOVEA_BAD_VALUE, where_attribute(f, slot(Table::VT_FILL)), 0, 0);
}

fovea_code check(const Frame& f, fovea_error* error) {
  const Table& a = *f.op->attributes_as_Tiles();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_sequences(f, f.output(0), FOVEA_FIELD_OUTPUT, 0, error));
  FOVEA_TRY(check_attributes(f, a, x.width, error));
  const auto packed = [&](int32_t tensor) { return is_packed(*f.method, *f.tensor(tensor)); };
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, packed(f.input(0)), false, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, packed(f.output(0)), false, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.batch, x.batch, error));
  const uint64_t tiles = uint64_t{along_of(a)} * across_of(a, x.width);
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, uint64_t{y.tokens}, tiles, error));
  return check_equal(f, FOVEA_FIELD_OUTPUT, 0, uint64_t{y.width}, uint64_t{a.high()} * a.wide(),
                     error);
}

// A line of a tile is one of x, or what stands for it.
void write_tile(const Table& a, const Rows& x, uint32_t sequence, uint32_t line, uint32_t column,
                float* to) {
  // The line of x; one before its first is below 2^32, far behind its last.
  const uint32_t from = a.ends() ? line + x.tokens - a.lines() : line;
  for (uint32_t i = 0; i < a.high(); ++i, to += a.wide()) {
    const uint32_t at = from + i;
    if (at < x.tokens) {
      const size_t row = size_t{sequence} * x.tokens + at;
      std::memcpy(to, x.f32() + row * x.stride + column, a.wide() * sizeof(float));
    } else {
      for (uint32_t j = 0; j < a.wide(); ++j) to[j] = a.fill();
    }
  }
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const Table& a = *f.op->attributes_as_Tiles();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const uint32_t along = along_of(a), across = across_of(a, x.width);
  const Part part = run.part(task);
  for (uint32_t r = part.first; r < part.first + part.count; ++r) {
    const uint32_t sequence = r / y.tokens, tile = r % y.tokens;
    const uint32_t i = a.by_column() ? tile % along : tile / across;
    const uint32_t j = a.by_column() ? tile / along : tile % across;
    write_tile(a, x, sequence, a.first() + i * a.down(), j * a.right(),
               y.f32() + size_t{r} * y.stride);
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

FOVEA_DEFINE_OPERATOR(Tiles, tiles, define())
