// What `fovea classify --json` says.

#ifndef FOVEA_TESTS_TOOLS_COMMANDS_LABELS_H_
#define FOVEA_TESTS_TOOLS_COMMANDS_LABELS_H_

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

namespace fovea::test {

inline double score(const nlohmann::json& labels, const std::string& name) {
  for (const nlohmann::json& one : labels) {
    if (one["label"] == name) return one["score"];
  }
  return std::nan("");
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_COMMANDS_LABELS_H_
