// Compares tensors that a config says are implied with what it says they are.

#ifndef FOVEA_TOOLS_IMPORT_COMPARE_H_
#define FOVEA_TOOLS_IMPORT_COMPARE_H_

#include <string>
#include <vector>

#include "tools/checkpoint/checkpoint.h"

namespace fovea::tools {

// Whether two tensors have the same shape and, as f32, the same numbers.
bool same_numbers(const Checkpoint& checkpoint, const std::string& a, const std::string& b);

// Whether a tensor holds these numbers, rounded to its type after a few roundings of f32.
bool holds_numbers(const Checkpoint& checkpoint, const std::string& name,
                   const std::vector<double>& numbers);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_COMPARE_H_
