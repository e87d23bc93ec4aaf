// Parts of a model against what a reference has of them.

#ifndef FOVEA_TOOLS_COMMANDS_COMPARE_PARTS_H_
#define FOVEA_TOOLS_COMMANDS_COMPARE_PARTS_H_

#include <set>
#include <string>
#include <vector>

#include "tools/commands/compare.h"
#include "tools/session/seen.h"

namespace fovea::tools {

Compared compared(const std::string& key, const std::string& place, const Seen& seen,
                  const Numbers& numbers);

// All of these arrays, each in the first method that has the part. Parts are called as their
// weights, of a model in which nothing is fused.
std::vector<Compared> compare_parts(const Reference& reference, const ModelFile& file,
                                    const std::set<std::string>& keys);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_COMPARE_PARTS_H_
