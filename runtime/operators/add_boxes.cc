#include "runtime/operators/check.h"

namespace fovea {
namespace {

enum : uint32_t { kColumns, kRows, kHeights, kWidths, kTables };

// What a box adds rows of, in the order in which they are added.
struct Term {
  uint32_t table, plus, minus;  // numbers of the box; `kTables` for none
};
constexpr Term kTerms[] = {{kColumns, 0, kTables}, {kRows, 1, kTables}, {kColumns, 2, kTables},
                           {kRows, 3, kTables},    {kHeights, 3, 1},    {kWidths, 2, 0}};

int64_t entry(const int32_t* box, const Term& term) {
  return int64_t{box[term.plus]} - (term.minus == kTables ? 0 : box[term.minus]);
}

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows x = f.input_rows(0), boxes = f.input_rows(1);
  FOVEA_TRY(check_same_shape(f, f.output_rows(0), x, FOVEA_FIELD_OUTPUT, 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, boxes.rows, x.rows, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, boxes.width, 4, error));
  for (uint32_t i = 0; i < kTables; ++i) {
    const auto* shape = f.weight(i)->shape();
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_WEIGHT, i, shape->size(), 2, error));
    FOVEA_TRY(check_weight(f, i, schema::Layout::Plain, {shape->Get(0), x.width}, error));
  }
  return FOVEA_OK;
}

fovea_code prepare(Run& run, fovea_error* error) {
  const Frame& f = run.frame;
  const Rows boxes = f.input_rows(1);
  for (uint32_t r = 0; r < boxes.rows; ++r) {
    for (const Term& term : kTerms) {
      const int64_t found = entry(boxes.i32() + r * boxes.stride, term);
      const uint32_t most = f.weight(term.table)->shape()->Get(0);
      if (found >= 0 && found < most) continue;
      return fail(error, FOVEA_OUT_OF_RANGE, f.where(FOVEA_FIELD_INPUT, 1),
                  static_cast<uint64_t>(found), most);
    }
  }
  return divide_rows(run, error);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0), boxes = f.input_rows(1), y = f.output_rows(0);
  const Part part = run.part(task);
  for (size_t r = part.first; r < size_t{part.first} + part.count; ++r) {
    const float* sum = x.f32() + r * x.stride;
    float* made = y.f32() + r * y.stride;
    for (const Term& term : kTerms) {
      const auto row = static_cast<size_t>(entry(boxes.i32() + r * boxes.stride, term));
      run.kernels->binary_f32({sum, 0, f.weight_data(term.table) + row * x.width, 0, made, 0, 1,
                               x.width, kernels::BinaryKind::kAdd});
      sum = made;
    }
  }
}

fovea_cost cost(const Frame& f) {
  const Checked made = elements(f.output_rows(0)) * (sizeof kTerms / sizeof *kTerms);
  return counted(made, made * sizeof(float));
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x", kInPlace}, {"boxes", kI32, Role::kBoxes}};
  d.outputs = {{"y"}};
  d.weights = {{"columns"}, {"rows"}, {"heights"}, {"widths"}};
  d.check = check;
  d.prepare = prepare;
  d.run = execute;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(AddBoxes, add_boxes, define())
