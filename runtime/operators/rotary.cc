#include "runtime/operators/check.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  const auto* attributes = f.op->attributes_as_Rotary();
  const Rows x = f.input_rows(0), table = f.input_rows(1);
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, static_cast<uint32_t>(f.output(0)),
                        static_cast<uint32_t>(f.input(0)), error));
  constexpr uint32_t kHeads = attribute<schema::Rotary>(schema::Rotary::VT_HEADS);
  constexpr uint32_t kHeadWidth = attribute<schema::Rotary>(schema::Rotary::VT_HEAD_WIDTH);
  FOVEA_TRY(check_attribute(f, kHeads, attributes->heads(), 1, x.width, error));
  FOVEA_TRY(check_attribute(f, kHeadWidth, attributes->head_width(), 1, x.width, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, x.width,
                        uint64_t{attributes->heads()} * attributes->head_width(), error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, table.rows, x.rows, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, table.width, table.width / 2 * 2, error));
  return check_within(f, part_of(FOVEA_FIELD_INPUT, 1), table.width, 2, attributes->head_width(),
                      error);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const auto* attributes = f.op->attributes_as_Rotary();
  const Rows x = f.input_rows(0), table = f.input_rows(1);
  const Part part = run.part(task);
  run.kernels->rotary_f32({x.f32() + part.first * x.stride, x.stride,
                           table.f32() + part.first * table.stride, table.stride, part.count,
                           attributes->heads(), attributes->head_width(), table.width / 2,
                           attributes->interleaved()});
}

fovea_cost cost(const Frame& f) {
  const Checked turned = Checked(f.op->attributes_as_Rotary()->heads()) * f.input_rows(1).width;
  return counted(turned * f.input_rows(0).rows, 0);
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x", kInPlace}, {"table"}};
  d.outputs = {{"y"}};
  d.check = check;
  d.prepare = divide_rows;
  d.run = execute;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Rotary, rotary, define())
