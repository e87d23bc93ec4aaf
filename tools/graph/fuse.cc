#include "tools/graph/fuse.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "tools/graph/merge_weights.h"
#include "tools/graph/uses.h"

namespace fovea::tools {
namespace {

using schema::Function;
using schema::MethodT;
using schema::OperatorT;

void remove_operator(MethodT& method, size_t index) {
  method.operators.erase(method.operators.begin() + static_cast<ptrdiff_t>(index));
}

// The Linear that makes a tensor which only one operator reads; -1 where there is none.
int32_t private_linear(const MethodT& method, int32_t tensor) {
  const int32_t index = producer(method, tensor);
  if (index < 0 || method.operators[index]->attributes.AsLinear() == nullptr) return -1;
  return count_uses(method, tensor) == 1 ? index : -1;
}

bool fuse_activation(MethodT& method, size_t index) {
  const OperatorT& activation = *method.operators[index];
  const auto* attributes = activation.attributes.AsActivation();
  if (attributes == nullptr || attributes->factor != 1) return false;
  const int32_t linear = private_linear(method, activation.inputs[0]);
  if (linear < 0 || !is_plain_linear(*method.operators[linear])) return false;
  method.operators[linear]->attributes.AsLinear()->function = attributes->function;
  method.operators[linear]->outputs = activation.outputs;
  remove_operator(method, index);
  return true;
}

// Whether two linears of one input and size make a gate (with any activation) and what it gates.
bool is_gate(const OperatorT& gate, const OperatorT& up) {
  return gate.inputs[0] == up.inputs[0] && input_at(gate, 1) < 0 && is_plain_linear(up);
}

void replace_by_gated(Graph& graph, MethodT& method, size_t product, int32_t gate, int32_t up) {
  const OperatorT& g = *method.operators[gate];
  const OperatorT& u = *method.operators[up];
  auto fused = std::make_unique<OperatorT>();
  schema::GatedLinearT attributes;
  attributes.function = g.attributes.AsLinear()->function;
  fused->attributes.Set(attributes);
  fused->inputs = {g.inputs[0]};
  fused->outputs = method.operators[product]->outputs;
  const uint32_t outputs = graph.model.weights[g.weights[0]]->shape[0];
  fused->weights = {gate_matrices(graph, g.weights[0], u.weights[0]),
                    gate_biases(graph, weight_at(g, 1), weight_at(u, 1), outputs)};
  method.operators[product] = std::move(fused);
  remove_operator(method, static_cast<size_t>(std::max(gate, up)));
  remove_operator(method, static_cast<size_t>(std::min(gate, up)));
}

bool fuse_gate(Graph& graph, MethodT& method, size_t index) {
  const OperatorT& product = *method.operators[index];
  const auto* binary = product.attributes.AsBinary();
  if (binary == nullptr || binary->kind != schema::BinaryKind::Multiply) return false;
  int32_t gate = private_linear(method, product.inputs[0]);
  int32_t up = private_linear(method, product.inputs[1]);
  if (gate < 0 || up < 0) return false;
  if (!is_gate(*method.operators[gate], *method.operators[up])) std::swap(gate, up);
  if (!is_gate(*method.operators[gate], *method.operators[up])) return false;
  replace_by_gated(graph, method, index, gate, up);
  return true;
}

// Adds the operand `other` of a sum into the linear that makes the operand `own`.
bool add_residual(MethodT& method, size_t index, int32_t own, int32_t other) {
  const int32_t linear = private_linear(method, own);
  if (linear < 0 || input_at(*method.operators[linear], 1) >= 0) return false;
  // The linear stays where it is, so that the other operand has to be there by then.
  if (!is_input(method, other) && producer(method, other) < 0) return false;
  if (producer(method, other) > linear) return false;
  if (method.tensors[own]->extents != method.tensors[other]->extents) return false;
  OperatorT& op = *method.operators[linear];
  op.inputs = {op.inputs[0], other};
  op.outputs = method.operators[index]->outputs;
  remove_operator(method, index);
  return true;
}

bool fuse_residual(MethodT& method, size_t index) {
  const OperatorT& sum = *method.operators[index];
  const auto* binary = sum.attributes.AsBinary();
  if (binary == nullptr || binary->kind != schema::BinaryKind::Add) return false;
  const int32_t a = sum.inputs[0], b = sum.inputs[1];
  return add_residual(method, index, b, a) || add_residual(method, index, a, b);
}

// How many plain linears with one input follow each other from `index` on.
size_t parallel_run(const MethodT& method, size_t index, const std::set<int32_t>& apart) {
  size_t count = 0;
  for (size_t i = index; i < method.operators.size(); ++i, ++count) {
    const OperatorT& op = *method.operators[i];
    if (!is_plain_linear(op) || op.inputs[0] != method.operators[index]->inputs[0] ||
        is_output(method, op.outputs[0]) || apart.contains(op.weights[0])) {
      break;
    }
  }
  return count;
}

// Weights of linears that would be joined with different others: they would be stored twice.
std::set<int32_t> differently_joined(const Graph& graph) {
  std::set<int32_t> found;
  std::map<int32_t, std::vector<int32_t>> joined;
  for (const auto& method : graph.model.methods) {
    for (size_t i = 0; i < method->operators.size();) {
      const size_t count = parallel_run(*method, i, {});
      std::vector<int32_t> together;
      for (size_t n = i; n < i + count; ++n) together.push_back(method->operators[n]->weights[0]);
      for (const int32_t weight : together) {
        if (joined.emplace(weight, together).first->second != together) found.insert(weight);
      }
      i += std::max<size_t>(count, 1);
    }
  }
  return found;
}

void fuse_run(Graph& graph, MethodT& method, size_t index, size_t count) {
  std::vector<int32_t> matrices, biases;
  std::vector<uint32_t> outputs;
  const int32_t whole = static_cast<int32_t>(method.tensors.size());
  auto tensor =
      std::make_unique<schema::TensorT>(*method.tensors[method.operators[index]->outputs[0]]);
  uint32_t column = 0;
  for (size_t i = index; i < index + count; ++i) {
    const OperatorT& op = *method.operators[i];
    matrices.push_back(op.weights[0]);
    biases.push_back(weight_at(op, 1));
    schema::TensorT& part = *method.tensors[op.outputs[0]];
    outputs.push_back(part.extents.back());
    part.storage = schema::Storage::View;
    part.base = whole;
    part.column = column;
    column += part.extents.back();
  }
  tensor->extents.back() = column;
  method.tensors.push_back(std::move(tensor));
  OperatorT& fused = *method.operators[index];
  fused.weights = {stack_matrices(graph, matrices), stack_biases(graph, biases, outputs)};
  fused.outputs = {whole};
  for (size_t i = 1; i < count; ++i) remove_operator(method, index + 1);
}

}  // namespace

void fuse_activations(Graph&, MethodT& method) {
  for (size_t i = 0; i < method.operators.size();) {
    if (!fuse_activation(method, i)) ++i;
  }
}

void fuse_gates(Graph& graph, MethodT& method) {
  for (size_t i = 0; i < method.operators.size(); ++i) {
    if (fuse_gate(graph, method, i)) i -= 2;
  }
}

void fuse_residuals(Graph&, MethodT& method) {
  for (size_t i = 0; i < method.operators.size();) {
    if (!fuse_residual(method, i)) ++i;
  }
}

void fuse_parallel_linears(Graph& graph, MethodT& method, const std::set<int32_t>& apart) {
  for (size_t i = 0; i < method.operators.size(); ++i) {
    const size_t count = parallel_run(method, i, apart);
    if (count > 1) fuse_run(graph, method, i, count);
  }
}

Graph fuse(Graph graph, const std::function<void(Graph&)>& between) {
  const std::set<int32_t> apart = differently_joined(graph);
  for (auto& method : graph.model.methods) {
    fuse_activations(graph, *method);
    fuse_gates(graph, *method);
    fuse_residuals(graph, *method);
    fuse_parallel_linears(graph, *method, apart);
  }
  remove_unused_weights(graph);
  if (between) between(graph);
  for (auto& method : graph.model.methods) {
    work_in_place(graph, *method);
    remove_unused_tensors(*method);
  }
  return graph;
}

}  // namespace fovea::tools
