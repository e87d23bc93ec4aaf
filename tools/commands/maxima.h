// The option --max DIM=N.

#ifndef FOVEA_TOOLS_COMMANDS_MAXIMA_H_
#define FOVEA_TOOLS_COMMANDS_MAXIMA_H_

#include <string>
#include <vector>

#include "tools/plan/plan.h"

namespace fovea::tools {

// Throws UsageError on anything but NAME=NUMBER.
Maxima parse_maxima(const std::vector<std::string>& options);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_MAXIMA_H_
