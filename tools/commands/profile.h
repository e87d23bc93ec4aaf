// Times of single operators, from the session's trace.

#ifndef FOVEA_TOOLS_COMMANDS_PROFILE_H_
#define FOVEA_TOOLS_COMMANDS_PROFILE_H_

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/session/cost.h"
#include "tools/session/session.h"

namespace fovea::tools {

struct ProfileLine {
  uint32_t index = 0;
  std::string kind;
  std::string output;  // name of the tensor that it makes
  fovea_cost cost = {};
  double seconds = 0;  // median
  double share = 0;    // of the sum of all
};

// Calls `work`, which runs `method` once, for about `seconds`.
std::vector<ProfileLine> profile(const ModelFile& file, const Session& session, uint32_t method,
                                 const std::vector<fovea_cost>& costs,
                                 const std::function<void()>& work, double seconds);

// Kinds of operators, then all of them.
void print_profile(const std::vector<ProfileLine>& lines);
nlohmann::ordered_json profile_json(const std::vector<ProfileLine>& lines);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_PROFILE_H_
