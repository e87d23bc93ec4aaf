#include <cmath>

#include "runtime/operators/check.h"

namespace fovea {
namespace {

using Table = schema::Observed;

// A row of keys that all heads and queries share.
fovea_code check_seen(const Frame& f, const Rows& x, fovea_error* error) {
  const schema::Tensor* t = f.tensor(f.output(1));
  const uint32_t rank = t->extents()->size(), before = rank == 4 ? 1 : 0;
  const uint32_t batch = f.tensor(f.input(0))->extents()->size() == 3 ? 1 : 0;
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, is_packed(*f.method, *f.tensor(f.input(0))), false,
                        error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 1, rank, 3 + batch, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 1, static_cast<uint32_t>(t->storage()),
                        static_cast<uint32_t>(schema::Storage::Planned), error));
  if (before == 1) {
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 1, f.extent(t, 0), x.batch, error));
  }
  for (uint32_t i = before; i < before + 2; ++i) {
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 1, f.extent(t, i), 1u, error));
  }
  const uint64_t keys = uint64_t{x.tokens} + f.op->attributes_as_Observed()->more();
  return check_equal(f, FOVEA_FIELD_OUTPUT, 1, uint64_t{f.extent(t, rank - 1)}, keys, error);
}

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.rows, x.rows, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, uint64_t{y.width}, uint64_t{x.width} * 2, error));
  constexpr uint32_t kMore = attribute<Table>(Table::VT_MORE);
  const uint32_t most = f.output(1) < 0 ? 0 : kMaxExtent;
  FOVEA_TRY(check_attribute(f, kMore, f.op->attributes_as_Observed()->more(), 0u, most, error));
  return f.output(1) < 0 ? FOVEA_OK : check_seen(f, x, error);
}

// Returns whether there is any number.
bool write_row(const float* x, uint32_t width, float* y) {
  bool any = false;
  for (uint32_t i = 0; i < width; ++i) {
    const bool there = !std::isnan(x[i]);
    y[i] = there ? x[i] : 0.0f;
    y[width + i] = there ? 1.0f : 0.0f;
    any = any || there;
  }
  return any;
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const uint32_t more = f.op->attributes_as_Observed()->more();
  int32_t* const seen = f.output(1) < 0 ? nullptr : static_cast<int32_t*>(f.output_rows(1).data);
  const Part part = run.part(task);
  for (uint32_t r = part.first; r < part.first + part.count; ++r) {
    const bool any = write_row(x.f32() + r * x.stride, x.width, y.f32() + r * y.stride);
    if (seen == nullptr) continue;
    int32_t* const to = seen + r + size_t{r / x.tokens} * more;
    *to = any ? 1 : 0;
    const bool last = r % x.tokens == x.tokens - 1;
    for (uint32_t i = 1; last && i <= more; ++i) to[i] = 1;
  }
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x"}};
  d.outputs = {{"y"}, {"seen", kOptional | kI32}};
  d.check = check;
  d.prepare = divide_rows;
  d.run = execute;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Observed, observed, define())
