#include "tools/firmware/names.h"

#include <algorithm>
#include <array>

#include "tools/common/ascii.h"
#include "tools/graph/format.h"

namespace fovea::tools {
namespace {

bool is_in_identifiers(char c) {
  return is_ascii_letter(c) || is_ascii_digit(c) || c == '_';
}

// Keywords that could be the name of a model. N_model and the like are never keywords, but the
// header's own name should not surprise either.
constexpr std::array<std::string_view, 12> kReserved = {"auto",    "char",  "class",  "const",
                                                        "default", "float", "int",    "main",
                                                        "new",     "short", "static", "switch"};

std::string_view symbol_of(schema::Attributes kind) {
  switch (kind) {
#define FOVEA_OPERATOR(Kind, name) \
  case schema::Attributes::Kind:   \
    return "fovea_operator_" #name;
#include "runtime/operators.inc"
#undef FOVEA_OPERATOR
    case schema::Attributes::NONE:
      break;
  }
  return {};
}

}  // namespace

bool is_identifier(std::string_view text) {
  if (text.empty() || !is_ascii_letter(text.front())) return false;
  if (std::find(kReserved.begin(), kReserved.end(), text) != kReserved.end()) return false;
  return std::all_of(text.begin(), text.end(), is_in_identifiers);
}

std::string identifier_of(std::string_view text) {
  std::string result;
  for (const char c : text) result += is_in_identifiers(c) ? c : '_';
  if (!is_identifier(result)) result = "model_" + result;
  return result;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = ascii_upper(c);
  return result;
}

std::string operator_symbol(schema::Attributes kind, schema::DType format, const char* form) {
  const std::string result = std::string(symbol_of(kind)) + form;
  return format == schema::DType::Float32 ? result : result + "_" + format_of(format).name;
}

std::string UniqueNames::take(const std::string& name) {
  std::string result = name;
  for (int i = 2; !taken_.insert(result).second; ++i) result = name + "_" + std::to_string(i);
  return result;
}

}  // namespace fovea::tools
