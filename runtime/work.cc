// Linked only into programs that ask for costs.

#include "runtime/work.h"

#include "runtime/layout.h"
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
  return cost(made, made * kElementBytes);
}

fovea_cost linear_work(const Frame& f, uint32_t matrices) {
  const Rows y = f.output_rows(0);
  return cost(elements(f.input_rows(0)) * y.width * matrices, weight_bytes(f));
}

fovea_cost rotary_work(const Frame& f) {
  const Checked turned = Checked(f.op->attributes_as_Rotary()->heads()) * 2;
  return cost(turned * f.weight(0)->shape()->Get(0) * f.input_rows(0).rows, weight_bytes(f));
}

// Keys of one sequence of an attention: those that there are, and the position of the first query.
struct Keys {
  uint64_t count, first_position;
};

Keys keys_of(const Frame& f, uint32_t sequence, uint32_t tokens) {
  if (f.state(0) == nullptr) return {tokens, 0};
  const uint32_t cache = f.state(0)->cache();
  const uint32_t cached = f.cached(cache, sequence);
  if (f.update_of(cache) == nullptr) return {cached, cached};
  const uint64_t end = uint64_t{cached} + tokens;
  const uint32_t capacity = f.model->caches()->Get(cache)->capacity();
  return {end < capacity ? end : capacity, cached};
}

// Pairs of a query and a key that it sees. With causality query r sees the keys up to its own
// position: one more for each query, until all are seen.
Checked pairs_of(const Keys& keys, uint32_t tokens, bool causal) {
  const uint64_t before = keys.first_position + 1;
  uint64_t partly = causal && keys.count > before ? keys.count - before : 0;
  if (partly > tokens) partly = tokens;
  // partly is at most 2^31, so its square fits.
  const uint64_t steps = partly == 0 ? 0 : partly * (partly - 1) / 2;
  return Checked(partly) * before + steps + Checked(tokens - partly) * keys.count;
}

fovea_cost attention_work(const Frame& f) {
  const schema::Attention& a = *f.op->attributes_as_Attention();
  const Rows x = f.input_rows(0);
  const uint64_t width = uint64_t{a.key_width()} + a.value_width();
  Checked pairs = 0, keys = 0;
  // Sequences differ where there is a cache; a batch of tensors has no bound but their size.
  const uint32_t alike = f.state(0) == nullptr ? x.batch : 1;
  for (uint32_t b = 0; b < x.batch; b += alike) {
    const Keys seen = keys_of(f, b, x.tokens);
    pairs = pairs + pairs_of(seen, x.tokens, a.causal()) * alike;
    keys = keys + Checked(seen.count) * alike;
  }
  // The report of weights computes the scores once more.
  const uint64_t each = f.output(1) < 0 ? width : width + a.key_width();
  const uint64_t made = elements(f.output_rows(0)).saturated();
  const fovea_cost result =
      cost(pairs * a.heads() * each, keys * a.kv_heads() * width * kElementBytes);
  // Also without a key there are zeros to write.
  return {result.multiply_adds > made ? result.multiply_adds : made, result.bytes};
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
