// What formats of weights cost, as a table, as JSON and as a page.

#ifndef FOVEA_TOOLS_COMMANDS_SHOW_PACKING_H_
#define FOVEA_TOOLS_COMMANDS_SHOW_PACKING_H_

#include <nlohmann/json.hpp>
#include <string>

#include "tools/measure/packing.h"

namespace fovea::tools {

std::string packing_text(const Packing& packing);

// {"samples", "bytes": {"f32", "packed"}, "cost", "loss": {"tokens", "f32", "packed"}, "agreement":
// {"rows", "same"}, "outputs": [{"name", "decibels", "largest_error", "cosine"}], "weights":
// [{"name", "tensor", "format", "bytes": {...}, "decibels", "largest_error", "cosine", "cost"}],
// "keep": [NAME=TYPE]}. No noise at all: "decibels" is null.
nlohmann::ordered_json packing_json(const Packing& packing);

// A page without scripts that refers to nothing outside it.
std::string packing_html(const Packing& packing, const std::string& title);

// To FILE.json or FILE.html. Throws UsageError for another name.
void check_report_name(const std::string& path);
void write_report(const Packing& packing, const std::string& path, const std::string& title);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_SHOW_PACKING_H_
