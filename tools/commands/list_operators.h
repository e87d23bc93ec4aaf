// The operators of a method one by one, with their operands by name: what error sentences speak of.

#ifndef FOVEA_TOOLS_COMMANDS_LIST_OPERATORS_H_
#define FOVEA_TOOLS_COMMANDS_LIST_OPERATORS_H_

#include <cstdint>
#include <nlohmann/json.hpp>

#include "tools/session/session.h"

namespace fovea::tools {

// A list of objects {"kind", "inputs", "weights", "states", "outputs"}. Each of the latter has, by
// the operator's names for them, what the model calls its operands, or else their numbers.
nlohmann::ordered_json list_operators(const ModelFile& file, uint32_t method);

// Prints what list_operators() gave.
void print_operators_of(const std::string& method, const nlohmann::ordered_json& list);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_LIST_OPERATORS_H_
