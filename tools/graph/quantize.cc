#include "tools/graph/quantize.h"

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "kernels/layout.h"
#include "tools/graph/graph.h"
#include "tools/graph/uses.h"

namespace fovea::tools {
namespace {

using schema::MethodT;
using schema::OperatorT;

// Lookups take codes of a table, but no rows of them.
bool reads_codes(const schema::ModelT& model, const OperatorT& op) {
  const int32_t weight = weight_at(op, 0);
  return weight >= 0 && model.weights[weight]->dtype == schema::DType::Int8 &&
         op.attributes.type != schema::Attributes::Embedding;
}

int32_t owner(const MethodT& method, int32_t tensor) {
  const schema::TensorT& t = *method.tensors[tensor];
  return t.storage == schema::Storage::View ? t.base : tensor;
}

// The rows of codes of a tensor, which nobody makes yet.
int32_t add_codes(MethodT& method, int32_t x) {
  auto codes = std::make_unique<schema::TensorT>();
  codes->dtype = schema::DType::Int32;
  codes->extents = method.tensors[x]->extents;
  codes->dims = method.tensors[x]->dims;
  codes->extents.back() = static_cast<uint32_t>(kernels::code_row_words(codes->extents.back()));
  method.tensors.push_back(std::move(codes));
  return static_cast<int32_t>(method.tensors.size() - 1);
}

std::unique_ptr<OperatorT> make_quantize(int32_t x, int32_t codes) {
  auto op = std::make_unique<OperatorT>();
  op->attributes.Set(schema::QuantizeT());
  op->inputs = {x};
  op->outputs = {codes};
  return op;
}

// Codes of what an operator writes over are no longer those of the tensor.
void forget(const MethodT& method, const OperatorT& op, std::map<int32_t, int32_t>& codes) {
  for (const int32_t output : op.outputs) {
    std::erase_if(codes, [&](const auto& entry) {
      return owner(method, entry.first) == owner(method, output);
    });
  }
}

}  // namespace

void quantize_inputs(const schema::ModelT& model, MethodT& method) {
  std::map<int32_t, int32_t> codes;  // by tensor
  for (size_t i = 0; i < method.operators.size(); ++i) {
    if (reads_codes(model, *method.operators[i])) {
      const int32_t x = method.operators[i]->inputs[0];
      const auto [found, is_new] = codes.try_emplace(x, -1);
      if (is_new) {
        found->second = add_codes(method, x);
        method.operators.insert(method.operators.begin() + static_cast<ptrdiff_t>(i++),
                                make_quantize(x, found->second));
      }
      method.operators[i]->inputs[0] = found->second;
    }
    forget(method, *method.operators[i], codes);
  }
}

}  // namespace fovea::tools
