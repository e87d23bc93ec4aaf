#include "tools/graph/quantize.h"

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "kernels/layout.h"
#include "runtime/operator.h"
#include "tools/graph/format.h"
#include "tools/graph/graph.h"
#include "tools/graph/uses.h"

namespace fovea::tools {
namespace {

using schema::MethodT;
using schema::OperatorT;

bool takes_integers(schema::Attributes kind, schema::DType format) {
  const fovea_operator* op = operator_in(kind, format);
  return op != nullptr && (op->integer_inputs & 1) != 0;
}

// Whether the operator takes rows of codes where of other formats it takes numbers. Lookups take
// ids in any format; experts and convolutions make the codes of what they gather.
bool reads_codes(const schema::ModelT& model, const OperatorT& op) {
  const int32_t weight = weight_at(op, 0);
  if (weight < 0) return false;
  const schema::DType format = model.weights[weight]->dtype;
  const schema::Attributes kind = op.attributes.type;
  return takes_integers(kind, format) && !takes_integers(kind, schema::DType::Float32);
}

// Rows of codes of a tensor, as a format of weights takes them.
struct Rows {
  int32_t x;
  bool in_groups;
  bool operator<(const Rows& other) const {
    return std::pair(x, in_groups) < std::pair(other.x, other.in_groups);
  }
};

int32_t owner(const MethodT& method, int32_t tensor) {
  const schema::TensorT& t = *method.tensors[tensor];
  return t.storage == schema::Storage::View ? t.base : tensor;
}

// The same, which nobody makes yet.
int32_t add_codes(MethodT& method, const Rows& rows) {
  const int32_t x = rows.x;
  auto codes = std::make_unique<schema::TensorT>();
  codes->dtype = schema::DType::Int32;
  codes->extents = method.tensors[x]->extents;
  codes->dims = method.tensors[x]->dims;
  const uint32_t width = codes->extents.back();
  codes->extents.back() = static_cast<uint32_t>(rows.in_groups ? kernels::group_row_words(width)
                                                               : kernels::code_row_words(width));
  method.tensors.push_back(std::move(codes));
  return static_cast<int32_t>(method.tensors.size() - 1);
}

std::unique_ptr<OperatorT> make_quantize(const Rows& rows, int32_t codes) {
  auto op = std::make_unique<OperatorT>();
  if (rows.in_groups) {
    op->attributes.Set(schema::QuantizeGroupsT());
  } else {
    op->attributes.Set(schema::QuantizeT());
  }
  op->inputs = {rows.x};
  op->outputs = {codes};
  return op;
}

// Codes of what an operator writes over are no longer those of the tensor.
void forget(const MethodT& method, const OperatorT& op, std::map<Rows, int32_t>& codes) {
  for (const int32_t output : op.outputs) {
    std::erase_if(codes, [&](const auto& entry) {
      return owner(method, entry.first.x) == owner(method, output);
    });
  }
}

}  // namespace

void quantize_inputs(const schema::ModelT& model, MethodT& method) {
  std::map<Rows, int32_t> codes;
  for (size_t i = 0; i < method.operators.size(); ++i) {
    if (reads_codes(model, *method.operators[i])) {
      const OperatorT& op = *method.operators[i];
      const bool in_groups = is_in_groups(model.weights[weight_at(op, 0)]->dtype);
      const Rows rows = {op.inputs[0], in_groups};
      const auto [found, is_new] = codes.try_emplace(rows, -1);
      if (is_new) {
        found->second = add_codes(method, rows);
        method.operators.insert(method.operators.begin() + static_cast<ptrdiff_t>(i++),
                                make_quantize(rows, found->second));
      }
      method.operators[i]->inputs[0] = found->second;
    }
    forget(method, *method.operators[i], codes);
  }
}

}  // namespace fovea::tools
