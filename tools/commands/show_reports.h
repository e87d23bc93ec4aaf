// What attention told, as a table, as JSON and as arrays.

#ifndef FOVEA_TOOLS_COMMANDS_SHOW_REPORTS_H_
#define FOVEA_TOOLS_COMMANDS_SHOW_REPORTS_H_

#include <string>
#include <vector>

#include "tools/session/reports.h"

namespace fovea::tools {

struct ReportSelection {
  IndexRange layers, heads, queries;
};

// A line for each layer, query and head, and one for the average over heads.
std::string reports_text(const std::vector<MethodReport>& reports,
                         const ReportSelection& selection);

// {"methods": [{"method", "tokens", "source", "layers": [{"name", "queries", "heads", KIND:
// ...}]}]}
std::string reports_json(const std::vector<MethodReport>& reports,
                         const ReportSelection& selection);

// The bytes of an .npz archive of arrays METHOD.LAYER.KIND, rows of queries first.
std::vector<uint8_t> reports_npz(const std::vector<MethodReport>& reports,
                                 const ReportSelection& selection);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_SHOW_REPORTS_H_
