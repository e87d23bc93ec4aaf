#include "tools/plan/plan.h"

#include <algorithm>
#include <utility>

#include "runtime/layout.h"
#include "runtime/preamble.h"
#include "tools/common/error.h"
#include "tools/graph/expose.h"
#include "tools/graph/graph.h"
#include "tools/plan/arena.h"

namespace fovea::tools {
namespace {

// The tensor whose memory a tensor lies in.
schema::TensorT& owner(schema::MethodT& method, size_t index) {
  schema::TensorT& tensor = *method.tensors[index];
  return tensor.storage == schema::Storage::View ? *method.tensors[tensor.base] : tensor;
}

void extend(schema::TensorT& tensor, uint32_t first, uint32_t last) {
  tensor.first = std::min(tensor.first, first);
  tensor.last = std::max(tensor.last, last);
}

MethodPlan plan_method(schema::ModelT& model, schema::MethodT& method) {
  resize_attention_weights(model, method);
  find_lifetimes(method);
  std::vector<Lifetime> lifetimes;
  std::vector<schema::TensorT*> planned;
  for (auto& tensor : method.tensors) {
    if (tensor->storage == schema::Storage::View) continue;
    lifetimes.push_back({tensor_bytes(model, *tensor), tensor->first, tensor->last});
    planned.push_back(tensor.get());
  }
  const Arena arena = arrange(std::move(lifetimes), kFileAlignment);
  for (size_t i = 0; i < planned.size(); ++i) planned[i]->offset = arena.offsets[i];
  return {method.name, arena.bytes, arena.lower_bound};
}

}  // namespace

void find_lifetimes(schema::MethodT& method) {
  if (method.operators.empty()) fail("method {} has no operators", method.name);
  const uint32_t end = static_cast<uint32_t>(method.operators.size()) - 1;
  for (auto& tensor : method.tensors) {
    tensor->first = end;
    tensor->last = 0;
  }
  for (uint32_t i = 0; i <= end; ++i) {
    const schema::OperatorT& op = *method.operators[i];
    for (const auto* list : {&op.inputs, &op.outputs}) {
      for (const int32_t index : *list) {
        if (index < 0) continue;
        extend(*method.tensors[index], i, i);
        extend(owner(method, index), i, i);
      }
    }
  }
  for (const uint32_t index : method.inputs) extend(*method.tensors[index], 0, end);
  for (const uint32_t index : method.outputs) extend(*method.tensors[index], end, end);
}

// States follow each other.
void place_states(schema::ModelT& model) {
  Checked offset = 0;
  for (auto& state : model.states) {
    state->offset = offset.value();
    const uint32_t capacity = model.caches[state->cache]->capacity;
    offset =
        offset + state_bytes(model.sequences, capacity, state->dtype, state->heads, state->width);
    if (!offset.within(kMaxBytes)) {
      fail("the caches would take more than {} bytes; lower the maxima with --max", kMaxBytes);
    }
  }
}

std::vector<MethodPlan> plan(schema::ModelT& model) {
  place_rings(model);
  place_states(model);
  std::vector<MethodPlan> plans;
  for (auto& method : model.methods) plans.push_back(plan_method(model, *method));
  return plans;
}

}  // namespace fovea::tools
