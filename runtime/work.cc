// Linked only into programs that ask for costs.

#include "runtime/work.h"

#include "runtime/layout.h"
#include "runtime/operator.h"
#include "runtime/session.h"

namespace fovea {
namespace {

fovea_cost cost(Checked multiply_adds, Checked bytes) {
  return {multiply_adds.saturated(), bytes.saturated()};
}

Checked elements(const Rows& rows) {
  return Checked(rows.rows) * rows.width;
}

Checked weight_bytes(const Frame& f) {
  Checked bytes = 0;
  for (uint32_t i = 0; i < size_of(f.op->weights()); ++i) {
    const schema::Weight* weight = f.weight(i);
    if (weight != nullptr) bytes = bytes + weight->size();
  }
  return bytes;
}

// Each output is made from a row of the table.
fovea_cost lookup_work(const Frame& f) {
  const Checked made = elements(f.output_rows(0));
  return cost(made, made * element_bytes(format_of(*f.model, *f.op)));
}

fovea_cost linear_work(const Frame& f, uint32_t matrices) {
  const Rows y = f.output_rows(0);
  return cost(elements(f.input_rows(0)) * y.width * matrices, weight_bytes(f));
}

fovea_cost rotary_work(const Frame& f) {
  const Checked turned = Checked(f.op->attributes_as_Rotary()->heads()) * 2;
  return cost(turned * f.weight(0)->shape()->Get(0) * f.input_rows(0).rows, weight_bytes(f));
}

// Tokens that a cache holds before the run, of all sequences of a batch.
Checked held_tokens(const Frame& f, uint32_t cache, uint32_t batch) {
  const schema::CacheUpdate* update = f.update_of(cache);
  if (update != nullptr && update->mode() == schema::UpdateMode::Replace) return 0;
  const int32_t* lengths = f.memory.lengths + uint64_t{cache} * f.model->sequences();
  uint64_t sum = 0;
  for (uint32_t b = 0; b < batch; ++b) sum += static_cast<uint32_t>(lengths[b]);
  return sum;
}

// Pairs of a query and a key that it sees among the tokens that a run adds to a sequence, at most
// 2^31. With causality a query sees the keys up to its own.
uint64_t own_pairs(uint64_t tokens, bool causal) {
  return causal ? tokens * (tokens + 1) / 2 : tokens * tokens;
}

fovea_cost attention_work(const Frame& f) {
  const schema::Attention& a = *f.op->attributes_as_Attention();
  const Rows x = f.input_rows(0);
  const uint64_t width = uint64_t{a.key_width()} + a.value_width();
  Checked keys = 0;
  bool adds = true;  // whether it sees keys of the run itself
  if (f.state(0) != nullptr) {
    const uint32_t cache = f.state(0)->cache();
    keys = held_tokens(f, cache, x.batch);
    adds = f.update_of(cache) != nullptr;
  }
  Checked pairs = keys * x.tokens;
  if (adds) {
    pairs = pairs + Checked(own_pairs(x.tokens, a.causal())) * x.batch;
    keys = keys + Checked(x.batch) * x.tokens;
  }
  // The report of weights computes the scores once more.
  const bool report = f.output(1) >= 0;
  const uint64_t each = report ? width + a.key_width() : width;
  Checked made = elements(f.output_rows(0));
  if (report) made = made + elements(f.output_rows(1));
  const fovea_cost result =
      cost(pairs * a.heads() * each, keys * a.kv_heads() * width * kElementBytes);
  // Also without a key there are zeros to write.
  return {result.multiply_adds > made.saturated() ? result.multiply_adds : made.saturated(),
          result.bytes};
}

}  // namespace

fovea_cost operator_work(const Frame& f) {
  switch (f.op->attributes_type()) {
    case schema::Attributes::Embedding:
    case schema::Attributes::AddPositions:
      return lookup_work(f);
    case schema::Attributes::Linear:
      return linear_work(f, 1);
    case schema::Attributes::GatedLinear:
      return linear_work(f, 2);
    case schema::Attributes::Attention:
      return attention_work(f);
    case schema::Attributes::Rotary:
      return rotary_work(f);
    case schema::Attributes::StoreKeyValue:
      return cost(elements(f.input_rows(0)) + elements(f.input_rows(1)), 0);
    case schema::Attributes::RmsNorm:
    case schema::Attributes::LayerNorm:
    case schema::Attributes::Activation:
    case schema::Attributes::Binary:
    case schema::Attributes::Softmax:
    case schema::Attributes::SelectToken:
    case schema::Attributes::PrependToken:
    case schema::Attributes::Patches:
      return cost(elements(f.output_rows(0)), weight_bytes(f));
    case schema::Attributes::NONE:
      break;
  }
  return {};
}

fovea_cost operator+(const fovea_cost& a, const fovea_cost& b) {
  return cost(Checked(a.multiply_adds) + b.multiply_adds, Checked(a.bytes) + b.bytes);
}

fovea_cost method_work(Frame frame) {
  fovea_cost sum = {};
  for (uint32_t i = 0; i < size_of(frame.method->operators()); ++i) {
    frame.op = frame.method->operators()->Get(i);
    frame.op_index = i;
    sum = sum + operator_work(frame);
  }
  return sum;
}

}  // namespace fovea

extern "C" fovea_code fovea_work(const fovea_session* session, uint32_t method, fovea_cost* out,
                                 fovea_error* error) {
  FOVEA_TRY(fovea::check_method(session, method, error));
  if (out == nullptr) {
    return fovea::fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_METHOD, method});
  }
  *out = fovea::method_work(fovea::frame_of(*session, method));
  return fovea::succeed(error);
}
