#include "tools/common/cost.h"

#include <algorithm>

#include "runtime/frame.h"

namespace fovea::tools {
namespace {

constexpr double kElement = 4;  // bytes

// Present values that a Frame looks at.
struct Present {
  std::vector<uint32_t> dims;
  std::vector<int32_t> lengths;  // [caches][sequences]
};

Present present(const ModelFile& file, const Session& session) {
  Present result;
  for (uint32_t i = 0; i < file.model().dim_count(); ++i) result.dims.push_back(session.dim(i));
  for (uint32_t cache = 0; cache < file.model().cache_count(); ++cache) {
    for (uint32_t i = 0; i < file.tables().sequences(); ++i) {
      result.lengths.push_back(static_cast<int32_t>(session.position(cache, i)));
    }
  }
  return result;
}

double weight_bytes(const Frame& frame) {
  double bytes = 0;
  for (uint32_t i = 0; i < size_of(frame.op->weights()); ++i) {
    const schema::Weight* weight = frame.weight(i);
    if (weight != nullptr) bytes += static_cast<double>(weight->size());
  }
  return bytes;
}

Cost embedding_cost(const Frame& frame) {
  const Rows y = frame.output_rows(0);
  return {0, double(y.rows) * y.width * kElement};
}

Cost linear_cost(const Frame& frame, double matrices) {
  const Rows x = frame.input_rows(0);
  const Rows y = frame.output_rows(0);
  return {2 * matrices * x.rows * x.width * y.width, weight_bytes(frame)};
}

// Keys that a sequence's queries may look at, and how many of them precede this call.
struct Keys {
  uint32_t all, before;
};

Keys keys_of(const Frame& frame, uint32_t sequence, uint32_t tokens) {
  if (size_of(frame.op->states()) == 0) return {tokens, 0};
  const uint32_t cache = frame.state(0)->cache();
  const uint32_t cached = frame.cached(cache, sequence);
  if (frame.update_of(cache) == nullptr) return {cached, cached};
  return {cached + tokens, cached};
}

Cost attention_cost(const Frame& frame) {
  const schema::Attention& a = *frame.op->attributes_as_Attention();
  const Rows x = frame.input_rows(0);
  const double width = double(a.key_width()) + a.value_width();
  Cost cost;
  for (uint32_t b = 0; b < x.batch; ++b) {
    const Keys keys = keys_of(frame, b, x.tokens);
    double pairs = double(x.tokens) * keys.all;
    if (a.causal()) pairs -= double(x.tokens) * (x.tokens - 1) / 2;
    cost.flops += 2 * a.heads() * width * std::max(0.0, pairs);
    cost.bytes += a.kv_heads() * width * keys.all * kElement;
  }
  return cost;
}

Cost operator_cost(const Frame& frame) {
  switch (frame.op->attributes_type()) {
    case schema::Attributes::Embedding:
      return embedding_cost(frame);
    case schema::Attributes::Linear:
      return linear_cost(frame, 1);
    case schema::Attributes::GatedLinear:
      return linear_cost(frame, 2);
    case schema::Attributes::Attention:
      return attention_cost(frame);
    default:
      return {0, weight_bytes(frame)};
  }
}

}  // namespace

std::vector<Cost> operator_costs(const ModelFile& file, const Session& session, uint32_t method) {
  const Present now = present(file, session);
  Frame frame;
  frame.set_method(&file.tables(), method);
  frame.dims = now.dims.data();
  frame.memory.lengths = now.lengths.data();
  std::vector<Cost> result;
  for (uint32_t i = 0; i < size_of(frame.method->operators()); ++i) {
    frame.op = frame.method->operators()->Get(i);
    frame.op_index = i;
    result.push_back(operator_cost(frame));
  }
  return result;
}

}  // namespace fovea::tools
