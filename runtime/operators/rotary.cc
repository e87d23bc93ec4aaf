#include "runtime/operators/check.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  const auto* attributes = f.op->attributes_as_Rotary();
  const Rows x = f.input_rows(0);
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, static_cast<uint32_t>(f.output(0)),
                        static_cast<uint32_t>(f.input(0)), error));
  FOVEA_TRY(check_attribute(f, attributes->heads(), 1, x.width, error));
  FOVEA_TRY(check_attribute(f, attributes->head_width(), 1, x.width, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, x.width,
                        uint64_t{attributes->heads()} * attributes->head_width(), error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_WEIGHT, 0, f.weight(0)->shape()->size(), 1, error));
  const uint32_t pairs = f.weight(0)->shape()->Get(0);
  FOVEA_TRY(check_weight(f, 0, schema::Layout::Plain, {pairs}, error));
  FOVEA_TRY(check_attribute(f, pairs, 1, attributes->head_width() / 2, error));
  const float factor = attributes->factor();
  FOVEA_TRY(check_attribute(f, factor > 0 && factor < __builtin_inff(), 1, 1, error));
  // Positions are floats there, exact up to 2^24.
  constexpr uint32_t kMostPositions = 1u << 24;
  FOVEA_TRY(check_attribute(f, x.tokens, 1, kMostPositions, error));
  if (attributes->cache() < 0) return FOVEA_OK;
  FOVEA_TRY(check_attribute(f, static_cast<uint32_t>(attributes->cache()) + 1, 1,
                            size_of(f.model->caches()), error));
  const auto* cache = f.model->caches()->Get(static_cast<uint32_t>(attributes->cache()));
  FOVEA_TRY(check_attribute(f, cache->context(), 1, kMostPositions, error));
  return check_attribute(f, x.batch, 1, f.model->sequences(), error);
}

uint64_t scratch(const Frame& f) {
  return kernels::rotary_scratch(f.weight(0)->shape()->Get(0));
}

fovea_code prepare(Run& run, fovea_error*) {
  const Rows x = run.frame.input_rows(0);
  run.divide_rows(x.tokens, x.width, x.batch);
  return FOVEA_OK;
}

void execute(const Run& run, uint32_t task, uint32_t worker) {
  const Frame& f = run.frame;
  const auto* attributes = f.op->attributes_as_Rotary();
  const Rows x = f.input_rows(0);
  const int32_t cache = attributes->cache();
  const Part part = run.part(task);
  kernels::RotaryF32 args = {};
  args.x = x.f32() + (uint64_t{part.sequence} * x.tokens + part.first) * x.stride;
  args.x_stride = x.stride;
  args.inverse_frequencies = f.weight_data(0);
  args.rows = part.count;
  args.heads = attributes->heads();
  args.head_width = attributes->head_width();
  args.pairs = f.weight(0)->shape()->Get(0);
  args.first_position = part.first;
  if (cache >= 0) args.first_position += f.cached(static_cast<uint32_t>(cache), part.sequence);
  args.interleaved = attributes->interleaved();
  args.factor = attributes->factor();
  args.scratch = run.scratch_of(worker);
  run.kernels->rotary_f32(args);
}

fovea_cost cost(const Frame& f) {
  const Checked turned = Checked(f.op->attributes_as_Rotary()->heads()) * 2;
  return counted(turned * f.weight(0)->shape()->Get(0) * f.input_rows(0).rows, weight_bytes(f));
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x", kInPlace}};
  d.outputs = {{"y"}};
  d.weights = {{"frequencies"}};
  d.check = check;
  d.scratch = scratch;
  d.prepare = prepare;
  d.run = execute;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Rotary, rotary, define())
