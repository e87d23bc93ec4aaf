#include "tools/write/describe_error.h"

#include <fmt/format.h>

#include <array>

#include "runtime/definition.h"

namespace fovea::tools {
namespace {

std::string operator_text(const schema::ModelT& model, const fovea_error& error) {
  if (error.parent >= model.methods.size()) return {};
  const schema::MethodT& method = *model.methods[error.parent];
  if (error.index >= method.operators.size()) return {};
  const schema::OperatorT& op = *method.operators[error.index];
  std::string text =
      fmt::format(" ({} of method {}", EnumNameAttributes(op.attributes.type), method.name);
  const char* operand = operand_name(op.attributes.type, error.field, error.slot);
  if (operand[0] != '\0') text += fmt::format(", '{}'", operand);
  for (const int32_t weight : op.weights) {
    if (weight >= 0) text += ", " + model.weights[weight]->name;
  }
  return text + ")";
}

}  // namespace

std::string describe_error(const schema::ModelT& model, const fovea_error& error) {
  std::array<char, 512> line;
  fovea_describe(nullptr, &error, line.data(), line.size());
  std::string text = line.data();
  if (error.table == FOVEA_TABLE_OPERATOR) text += operator_text(model, error);
  if (error.table == FOVEA_TABLE_WEIGHT && error.index < model.weights.size()) {
    text += fmt::format(" ({})", model.weights[error.index]->name);
  }
  return text;
}

}  // namespace fovea::tools
