#include "runtime/operators/check.h"

namespace fovea {
namespace {

using A = schema::Filters;

constexpr uint32_t kMost = 1024;  // each is looked at when a file is opened

fovea_code check(const Frame& f, fovea_error* error) {
  const A& a = *f.op->attributes_as_Filters();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.rows, x.rows, error));
  FOVEA_TRY(check_within(f, part_of(FOVEA_FIELD_OUTPUT, 0), y.width, 1, kMost, error));
  constexpr uint32_t kFirsts = attribute<A>(A::VT_FIRSTS), kCounts = attribute<A>(A::VT_COUNTS);
  FOVEA_TRY(check_attribute(f, kFirsts, size_of(a.firsts()), y.width, y.width, error));
  FOVEA_TRY(check_attribute(f, kCounts, size_of(a.counts()), y.width, y.width, error));
  Checked sum = 0;
  for (uint32_t j = 0; j < y.width; ++j) {
    const uint32_t first = a.firsts()->Get(j), count = a.counts()->Get(j);
    FOVEA_TRY(check_attribute(f, kFirsts, first, 0u, x.width, error));
    FOVEA_TRY(check_attribute(f, kCounts, count, 0u, x.width - first, error));
    sum = sum + count;
  }
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_WEIGHT, 0, uint64_t{columns_of(*f.weight(0))}, sum.value(),
                        error));
  return check_weight(f, 0, schema::Layout::Plain, {columns_of(*f.weight(0))}, error);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const A& a = *f.op->attributes_as_Filters();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const Part part = run.part(task);
  for (uint32_t r = part.first; r < part.first + part.count; ++r) {
    const float* weight = f.weight_data(0);
    for (uint32_t j = 0; j < y.width; ++j) {
      const float* from = x.f32() + r * x.stride + a.firsts()->Get(j);
      const uint32_t count = a.counts()->Get(j);
      float sum = 0.0f;
      for (uint32_t i = 0; i < count; ++i) sum += from[i] * weight[i];
      weight += count;
      y.f32()[r * y.stride + j] = sum;
    }
  }
}

fovea_cost cost(const Frame& f) {
  const Checked all = Checked(f.output_rows(0).rows) * columns_of(*f.weight(0));
  return counted(all, (all + elements(f.output_rows(0))) * sizeof(float));
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x"}};
  d.outputs = {{"y"}};
  d.weights = {{"weights"}};
  d.check = check;
  d.prepare = divide_rows;
  d.run = execute;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Filters, filters, define())
