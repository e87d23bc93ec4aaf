#include <cstring>

#include "runtime/operators/check.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows ids = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.rows, uint64_t{ids.rows} * ids.width, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, ids.stride, ids.width, error));
  const schema::Weight* table = f.weight(0);
  const bool panels = table->layout() == schema::Layout::Panels16;
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_WEIGHT, 0, table->shape()->size(), 2, error));
  return check_weight(f, 0, panels ? schema::Layout::Panels16 : schema::Layout::Plain,
                      {table->shape()->Get(0), y.width}, error);
}

fovea_code prepare(Run& run, fovea_error* error) {
  const Frame& f = run.frame;
  const Rows ids = f.input_rows(0);
  const uint32_t vocabulary = f.weight(0)->shape()->Get(0);
  const uint32_t count = ids.rows * ids.width;
  for (uint32_t i = 0; i < count; ++i) {
    const int32_t id = ids.i32()[i];
    if (id < 0 || static_cast<uint32_t>(id) >= vocabulary) {
      return fail(error, FOVEA_OUT_OF_RANGE, f.where(FOVEA_FIELD_INPUT),
                  static_cast<uint64_t>(int64_t{id}), vocabulary);
    }
  }
  return divide_rows(run, error);
}

// A row of the table: contiguous, or one lane of a panel.
void copy_row(const schema::Weight* table, const float* data, uint32_t id, uint32_t width,
              float scale, float* y) {
  const bool panels = table->layout() == schema::Layout::Panels16;
  const size_t step = panels ? kernels::kPanel : 1;
  const float* x =
      panels ? data + uint64_t{id / 16} * width * 16 + id % 16 : data + uint64_t{id} * width;
  for (uint32_t i = 0; i < width; ++i) y[i] = x[i * step] * scale;
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const Rows ids = f.input_rows(0), y = f.output_rows(0);
  const float scale = f.op->attributes_as_Embedding()->scale();
  const Part part = run.part(task);
  for (uint32_t r = part.first; r < part.first + part.count; ++r) {
    copy_row(f.weight(0), f.weight_data(0), static_cast<uint32_t>(ids.i32()[r]), y.width, scale,
             y.f32() + r * y.stride);
  }
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"ids", kI32, Role::kIds}};
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

FOVEA_DEFINE_OPERATOR(Embedding, embedding, define())
