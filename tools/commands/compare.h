// `fovea convert --compare`: what a model gives for inputs whose outputs are known.

#ifndef FOVEA_TOOLS_COMMANDS_COMPARE_H_
#define FOVEA_TOOLS_COMMANDS_COMPARE_H_

#include <functional>
#include <string>
#include <vector>

#include "tools/session/reference.h"
#include "tools/session/session.h"

namespace fovea::tools {

// An array of the reference beside what the model has.
struct Compared {
  std::string name;       // of the array
  std::string place;      // "output of forward", or the operator
  Difference difference;  // none where the model has no such numbers
  std::string at;         // where the difference is, as an index
};

struct Comparison {
  std::vector<Compared> outputs, parts;  // parts in the order in which they are computed
};

// The model as the checkpoint has it, with each layer's parts as operators of their own, at a path
// that it is given for as long as it runs.
using WithPlainModel = std::function<void(const std::function<void(const std::string& path)>&)>;

// Runs each method that has all of its inputs in the reference, from empty caches, one after the
// other in the file's order. Arrays are called METHOD.NAME or NAME; those that are neither inputs
// nor outputs are parts of the checkpoint's model, as PyTorch calls its modules: what a part gives
// is what the last operator with a weight of it makes, or one behind that without weights,
// whichever is nearer. Throws InputError for an array that is nothing of the model.
Comparison compare(const Reference& reference, const ModelFile& file, const WithPlainModel& plain);

// As a table.
std::string comparison_text(const Comparison& comparison);

// Throws InputError, with the first part that is so, where an output is off by more than a share of
// `tolerance`.
void expect_near(const Reference& reference, const Comparison& comparison, double tolerance);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_COMPARE_H_
