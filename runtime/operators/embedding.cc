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

kernels::Embedding lookups(const Run& run, uint32_t task) {
  const Frame& f = run.frame;
  const Rows ids = f.input_rows(0), y = f.output_rows(0);
  const Part part = run.part(task);
  return {f.packed(0),
          ids.i32() + part.first,
          y.f32() + part.first * y.stride,
          y.stride,
          part.count,
          y.width,
          f.weight(0)->layout() == schema::Layout::Panels16,
          f.op->attributes_as_Embedding()->scale()};
}

#define FOVEA_FORMAT_CODES FOVEA_FORMAT
#define FOVEA_FORMAT(name, Element, type)                                  \
  void execute_embedding_##name(const Run& run, uint32_t task, uint32_t) { \
    run.kernels->embedding_##name(lookups(run, task));                     \
  }
#include "kernels/formats.inc"
#undef FOVEA_FORMAT

constexpr Definition define() {
  Definition d;
  d.inputs = {{"ids", kI32, Role::kIds}};
  d.outputs = {{"y"}};
  d.weights = {{"table"}};
  d.check = check;
  d.prepare = prepare;
  d.run = execute_embedding_f32;
  d.cost = lookup_cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Embedding, embedding, define())

#define FOVEA_FORMAT_F32(...)
#define FOVEA_FORMAT_CODES FOVEA_FORMAT
#define FOVEA_FORMAT(name, Element, type) FOVEA_OPERATOR_IN_FORMAT(embedding, name, type)
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
