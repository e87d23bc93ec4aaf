// Operators that write over what they read.

#include <algorithm>

#include "runtime/operator.h"
#include "tools/graph/fuse.h"
#include "tools/graph/uses.h"

namespace fovea::tools {
namespace {

using schema::MethodT;
using schema::OperatorT;

// Whether every input that is this tensor may be the first output, too. (A linear that adds its own
// input reads all of it after it began to write.)
bool works_in_place(const OperatorT& op, int32_t x) {
  const uint32_t may = find_operator(fovea_all_operators, op.attributes.type)->in_place;
  for (size_t slot = 0; slot < op.inputs.size(); ++slot) {
    if (op.inputs[slot] == x && (may >> slot & 1) == 0) return false;
  }
  return true;
}

bool may_overwrite(const MethodT& method, size_t index, int32_t x, int32_t y) {
  if (x < 0 || x == y || is_input(method, x) || used_after(method, x, index)) return false;
  const schema::TensorT& from = *method.tensors[x];
  const schema::TensorT& to = *method.tensors[y];
  return from.storage == schema::Storage::Planned && to.storage == schema::Storage::Planned &&
         !has_views(method, x) && from.dtype == to.dtype && from.extents == to.extents &&
         from.dims == to.dims;
}

// Everything that was about tensor y is about tensor x.
void replace_tensor(MethodT& method, int32_t y, int32_t x) {
  for (auto& op : method.operators) {
    std::replace(op->inputs.begin(), op->inputs.end(), y, x);
    std::replace(op->outputs.begin(), op->outputs.end(), y, x);
  }
  for (uint32_t& output : method.outputs) {
    if (output == static_cast<uint32_t>(y)) output = static_cast<uint32_t>(x);
  }
  for (auto& tensor : method.tensors) {
    if (tensor->storage == schema::Storage::View && tensor->base == y) tensor->base = x;
  }
  if (method.tensors[x]->name.empty()) method.tensors[x]->name = method.tensors[y]->name;
}

}  // namespace

void work_in_place(Graph&, MethodT& method) {
  for (size_t i = 0; i < method.operators.size(); ++i) {
    const OperatorT& op = *method.operators[i];
    for (const int32_t x : op.inputs) {
      if (op.outputs.empty() || !works_in_place(op, x)) continue;
      if (!may_overwrite(method, i, x, op.outputs[0])) continue;
      replace_tensor(method, op.outputs[0], x);
      break;
    }
  }
}

}  // namespace fovea::tools
