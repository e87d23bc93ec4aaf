#include "tools/commands/list_operators.h"

#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "runtime/definition.h"
#include "tools/common/table.h"

namespace fovea::tools {
namespace {

using Json = nlohmann::ordered_json;

// `items` are the tensors, weights or states that the indices are of.
template <typename Items, typename Indices>
Json name_operands(const Operands& operands, const Indices* indices, const Items* items) {
  Json result = Json::object();
  for (uint32_t slot = 0; slot < size_of(indices); ++slot) {
    const int32_t index = indices->Get(slot);
    if (index < 0) continue;
    const std::string own = text_of(items->Get(static_cast<uint32_t>(index))->name());
    result[operands[slot].name] = own.empty() ? std::to_string(index) : own;
  }
  return result;
}

std::string operands_text(const Json& op, std::initializer_list<const char*> fields) {
  std::string text;
  for (const char* field : fields) {
    for (const auto& [name, own] : op.at(field).items()) {
      text += (text.empty() ? "" : ", ") + name + " " + own.template get<std::string>();
    }
  }
  return text;
}

}  // namespace

Json list_operators(const ModelFile& file, uint32_t method) {
  const schema::Model& model = file.tables();
  const schema::Method& tables = *model.methods()->Get(method);
  Json result = Json::array();
  for (const schema::Operator* op : *tables.operators()) {
    const Signature& signature = signature_of(op->attributes_type());
    result.push_back(
        {{"kind", schema::EnumNameAttributes(op->attributes_type())},
         {"inputs", name_operands(signature.inputs, op->inputs(), tables.tensors())},
         {"weights", name_operands(signature.weights, op->weights(), model.weights())},
         {"states", name_operands(signature.states, op->states(), model.states())},
         {"outputs", name_operands(signature.outputs, op->outputs(), tables.tensors())}});
  }
  return result;
}

void print_operators_of(const std::string& method, const Json& list) {
  Table table("rlll");
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string taken = operands_text(list[i], {"inputs", "weights", "states"});
    const std::string made = operands_text(list[i], {"outputs"});
    table.row({std::to_string(i), list[i].at("kind").get<std::string>(), taken,
               made.empty() ? "" : "-> " + made});
  }
  fmt::print("\nOperators of {}\n{}", printable(method), table.text());
}

}  // namespace fovea::tools
