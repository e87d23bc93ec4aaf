// Takes tensors of a checkpoint as weights of a graph.

#ifndef FOVEA_TOOLS_IMPORT_WEIGHTS_H_
#define FOVEA_TOOLS_IMPORT_WEIGHTS_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "tools/checkpoint/checkpoint.h"
#include "tools/graph/graph.h"

namespace fovea::tools {

// Functions return the index of a weight. They throw InputError where the tensor is missing or has
// another shape; leading extents of 1 are left out of account.
class Weights {
 public:
  Weights(const Checkpoint& checkpoint, Graph& graph) : checkpoint_(checkpoint), graph_(graph) {}

  bool has(const std::string& name) const { return checkpoint_.tensors.contains(name); }

  // The first extent of a tensor.
  uint32_t rows(const std::string& name) const;

  // [outputs, columns], for a linear layer (and for looking up rows).
  int32_t matrix(const std::string& name, uint32_t outputs, uint32_t columns);
  // [n], for a bias, a norm or a token.
  int32_t vector(const std::string& name, uint32_t n);
  // The same, or -1 where the checkpoint has none.
  int32_t optional_vector(const std::string& name, uint32_t n);
  // [rows, columns], for looking up rows.
  int32_t table(const std::string& name, uint32_t rows, uint32_t columns);

  // Numbers that the architecture implies.
  int32_t constants(const std::string& name, std::vector<uint32_t> shape,
                    std::vector<float> values);

  // A tensor that the model does without.
  void ignore(const std::string& name) { used_.insert(name); }
  // All tensors whose names begin or end so.
  void ignore_prefix(const std::string& prefix);
  void ignore_suffix(const std::string& suffix);

  // Throws InputError where a tensor was neither used nor ignored: the architecture is then not
  // what its config says, and its results would be wrong. `family` names it in the message.
  void expect_all_used(const char* family) const;

 private:
  int32_t add(const std::string& name, schema::Layout layout, std::vector<uint32_t> shape,
              uint32_t outputs);
  void check_shape(const std::string& name, const std::vector<uint32_t>& needed) const;

  const Checkpoint& checkpoint_;
  Graph& graph_;
  std::set<std::string> used_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_WEIGHTS_H_
