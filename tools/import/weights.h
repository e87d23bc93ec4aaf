// Takes tensors of a checkpoint as weights of a graph.

#ifndef FOVEA_TOOLS_IMPORT_WEIGHTS_H_
#define FOVEA_TOOLS_IMPORT_WEIGHTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tools/checkpoint/checkpoint.h"
#include "tools/graph/graph.h"
#include "tools/import/transformer.h"

namespace fovea::tools {

// Of a convolution's matrix.
struct TapsShape {
  uint32_t outputs = 0, columns = 0, taps = 0, groups = 1;
  uint32_t high = 0;  // lines of taps; 0: there is one dimension

  std::vector<uint32_t> stored() const {
    if (high == 0) return {outputs, columns / groups, taps};
    return {outputs, columns / groups, high, taps / high};
  }
};

// Of a StagesSpec: a matrix [width, columns] of each stage, and what is added to the sum.
struct StageWeights {
  std::vector<int32_t> matrices = {};
  int32_t bias = -1;
};

// Functions return the index of a weight. They throw InputError where the tensor is missing or has
// another shape; leading extents of 1 are left out of account.
class Weights {
 public:
  // `base`: what names of the base model's tensors begin with ("model."), or "". A checkpoint saved
  // from the base class alone lacks it: where no tensor begins so, names are sought without it.
  // `stored_base`: what they begin with instead, where that is known.
  Weights(const Checkpoint& checkpoint, Graph& graph, std::string base = "",
          std::string stored_base = "");

  bool has(const std::string& name) const { return checkpoint_.tensors.contains(stored(name)); }

  // The first extent of a tensor.
  uint32_t rows(const std::string& name) const;
  // Throws InputError where matrix() would, before anything is built for the tensor.
  void expect_matrix(const std::string& name, uint32_t outputs, uint32_t columns,
                     const View& view = {}) const;
  // Throws InputError where the checkpoint has tensors of fewer than `count` layers: names that
  // begin with `prefix` and a number. `key` says it in the config.
  void expect_layers(const std::string& prefix, uint32_t count, const char* key) const;

  // [outputs, columns], for a linear layer (and for looking up rows).
  int32_t matrix(const std::string& name, uint32_t outputs, uint32_t columns,
                 const View& view = {});
  // [n], for a bias, a norm or a token.
  int32_t vector(const std::string& name, uint32_t n, const View& view = {});
  // The bias of a linear layer, or -1 where it has none.
  int32_t bias(const LinearSpec& linear, uint32_t outputs);
  // Of `count` experts [outputs, columns] of each of the layers: one, or a gate and what it gates.
  // Names begin with `prefix`.
  int32_t experts(const std::string& prefix, const std::vector<ExpertLinear>& layers,
                  uint32_t count, uint32_t outputs, uint32_t columns);
  // Their biases, or -1 where they have none.
  int32_t expert_biases(const std::string& prefix, const std::vector<ExpertLinear>& layers,
                        uint32_t count, uint32_t outputs);
  // [n], for what attention adds to scores.
  int32_t plain(const std::string& name, uint32_t n);
  // [rows, columns], for looking up rows.
  int32_t table(const std::string& name, uint32_t rows, uint32_t columns);
  // A table that is learned.
  int32_t positions(const PositionsSpec& spec, uint32_t count, uint32_t width);
  // [heads, positions, positions]: what the table adds for each query and key, class token first.
  int32_t pairs(const PairsSpec& spec, const std::string& table, uint32_t heads);
  // The same of a window's tokens; with a shift [4, heads, positions, positions], by
  // WindowsSpec::kinds.
  int32_t window_pairs(const WindowsSpec& spec, const std::string& table, uint32_t heads);
  // [heads, width]: keys of one column for what a trained query scores (StepSpec::kProbe).
  int32_t probe_keys(const StepSpec& step, uint32_t width);
  // [width], a trained token with its position.
  int32_t token(const TokenSpec& spec, const PositionsSpec& positions, uint32_t width);
  // [1, width], a trained token that is all of a sequence.
  int32_t start(const TokenSpec& spec, uint32_t width);
  // [heads, 2 * farthest + 1]: what the buckets add at each distance from -farthest to farthest.
  int32_t distances(const BucketsSpec& spec, uint32_t heads);

  // [heads, key width, 2 * n + 1]: what a linear layer makes of the table's rows, by the distances
  // of keys from -n to n, beyond which rows are the same.
  int32_t relative(const RelativeSpec& spec, const LinearSpec& linear, const Heads& heads,
                   uint32_t width);
  // [outputs, taps * columns], or with groups [groups, outputs / groups, taps * columns / groups],
  // of the convolution NAME.weight, which transformer.h tells of.
  int32_t taps(const std::string& name, const TapsShape& shape);
  // [taps, columns]: the same of one column a group and output.
  int32_t depthwise(const std::string& name, const TapsShape& shape);
  // [outputs] or [groups, outputs / groups], or -1.
  int32_t taps_bias(const LinearSpec& linear, const TapsShape& shape);

  // `columns` are those of the stages.
  StageWeights stages(const StagesSpec& spec, const std::vector<uint32_t>& columns);

  // [rows * columns]: the elements of a tensor [rows, columns].
  int32_t flattened(const std::string& name, uint32_t rows, uint32_t columns);
  // [count * n]: those of the tensors PREFIX 0 SUFFIX, PREFIX 1 SUFFIX, ..., each [n].
  int32_t joined(const std::string& prefix, const std::string& suffix, uint32_t count, uint32_t n);

  // Numbers that the architecture implies.
  int32_t constants(const std::string& name, std::vector<uint32_t> shape, std::vector<float> values,
                    schema::Layout layout = schema::Layout::Plain);
  // [n] of the same number, for a norm; `word` tells numbers from each other.
  int32_t all(const char* word, uint32_t n, float value);
  // The numbers of a tensor [n], for what is made of them.
  std::vector<float> numbers(const std::string& name, uint32_t n);
  // The same for a table [rows, columns] that is made when it is packed.
  int32_t generated(const std::string& name, uint32_t rows, uint32_t columns, Generator generate);

  // Whether tensor `name` is missing or holds what tensor `other` does, so that the model may do
  // without it. It then counts as used.
  bool implied_by(const std::string& name, const std::string& other);
  // Throws InputError where a tensor whose name ends with `suffix` holds other numbers than each of
  // `choices`, but for what its type cannot hold. Otherwise it counts as used. `key` is where the
  // config says them.
  void expect_implied(const std::string& suffix, const std::vector<std::vector<double>>& choices,
                      const char* key);

  // The model does without this tensor, which need not be there.
  void ignore(const std::string& name) { used_.insert(stored(name)); }
  // The same for all tensors whose names begin so.
  void ignore_prefix(const std::string& prefix);

  // Throws InputError where a tensor was neither used nor ignored: the architecture is then not
  // what its config says, and its results would be wrong. `family` names it in the message.
  void expect_all_used(const char* family) const;

 private:
  int32_t add(const std::string& name, schema::Layout layout, std::vector<uint32_t> shape,
              const View& view = {});
  Part expert_part(const std::string& name, View view, uint32_t expert, uint32_t count,
                   uint32_t outputs, uint32_t columns);
  void check_shape(const std::string& name, const std::vector<uint32_t>& needed) const;
  // The elements of a tensor of this shape.
  std::vector<float> elements(const std::string& name, const std::vector<uint32_t>& shape);
  std::shared_ptr<const std::vector<float>> relative_table(const RelativeSpec& spec,
                                                           uint32_t width);
  // Of a convolution, by taps: what they are multiplied by, where lengths are apart; and the
  // tensor.
  std::vector<float> tap_factors(const std::string& name, const TapsShape& shape,
                                 std::string* tensor);
  std::vector<float> token_numbers(const TokenSpec& spec, const PositionsSpec& positions,
                                   uint32_t width);
  // Positions of another grid of patches than the table's.
  int32_t stretched_positions(const PositionsSpec& spec, uint32_t width);
  int32_t repeated_positions(const PositionsSpec& spec, uint32_t width);
  // What the checkpoint calls a tensor.
  std::string stored(const std::string& name) const;

  const Checkpoint& checkpoint_;
  Graph& graph_;
  std::string base_, stored_base_;  // the one is the other in the checkpoint
  std::set<std::string> used_;
  // Tables of relative(), normed: layers share them.
  std::map<std::string, std::shared_ptr<const std::vector<float>>> tables_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_WEIGHTS_H_
