// Layers of a described transformer (transformer.h). Names of tensors are those of a checkpoint.

#ifndef FOVEA_TOOLS_IMPORT_LAYER_SPEC_H_
#define FOVEA_TOOLS_IMPORT_LAYER_SPEC_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "tools/graph/builder.h"
#include "tools/graph/graph.h"

namespace fovea::tools {

// Of patches.
struct Grid {
  uint32_t lines = 0, columns = 0;
  bool operator==(const Grid&) const = default;
  uint32_t patches() const { return lines * columns; }
};

// Of a linear layer. An optional one is taken where the checkpoint has it.
enum class Bias { kNone, kOptional, kRequired };

// A linear layer: NAME.weight [outputs, columns], or what the view makes of it, and NAME.bias.
struct LinearSpec {
  std::string name = {};
  View view = {};  // of the weight
  Bias bias = Bias::kOptional;
  bool whole = false;         // the name is the tensor's own: no layer's prefix stands before it
  std::string own_bias = {};  // a tensor, all of it, instead of NAME.bias; empty: none
  // A tensor [outputs] that multiplies what it makes; its name begins as the layer's. Empty: none.
  std::string scale = {};
  float gain = 1;  // of what it makes

  std::string full_name(const std::string& prefix) const { return whole ? name : prefix + name; }
};

// A convolution over a grid of tokens: NAME.weight [outputs, columns / groups, side, side],
// NAME.bias.
struct GridConvolution {
  std::string name = {};  // empty: none
  Grid grid = {};
  uint32_t outputs = 0;
  uint32_t side = 1, stride = 1, padding = 0;  // of lines and of columns
  uint32_t groups = 1;
  schema::Function activation = schema::Function::None;
  std::string norm = {};  // of what it made; empty: none
  float epsilon = 0;      // of that; 0: the model's

  // What it makes of the grid; no lines or columns where no window fits.
  Grid made() const {
    const auto windows = [&](uint32_t extent) {
      const uint32_t filled = extent + 2 * padding;
      return filled < side ? 0 : (filled - side) / stride + 1;
    };
    return {windows(grid.lines), windows(grid.columns)};
  }
};

// All norms of a model: NAME.weight and, of layer norms with a bias, NAME.bias.
struct NormSpec {
  bool none = false;   // x + f(x)
  bool rms = false;    // RMS norm, otherwise layer norm
  bool bias = true;    // of layer norms; without one it is 0
  bool plain = false;  // no tensors: the gain is 1, the bias 0
  float epsilon = 0;
  bool before = true;  // x + f(norm(x)), otherwise norm(x + f(x))
  float add = 0;       // to the weight: some checkpoints hold the weight less one
  // Batch norm: each column by itself, by NAME.running_mean and NAME.running_var.
  bool batch = false;
};

// Numbers added to scores by how far keys are from the query, in T5's buckets: exact near zero,
// logarithmic up to a distance. NAME.weight [buckets, heads] serves all layers.
struct BucketsSpec {
  std::string name = {};  // empty: none
  uint32_t buckets = 0;
  uint32_t farthest = 0;  // keys as far as this and farther share the last bucket
  bool behind = false;    // buckets are for keys up to the query's own alone
};

// Keys and queries for every distance of a key from its query (DeBERTa): the rows of a table, which
// linear layers make into these. Row span + q - k is for a query at q and a key at k, or the first
// or the last one; with buckets, far distances share rows: as many as half of the buckets have a
// row each, those up to `farthest` logarithmically fewer.
struct RelativeSpec {
  std::string table = {};  // NAME.weight [2 * span, width of the model]
  std::string norm = {};   // NAME.weight and NAME.bias, a layer norm of the rows; empty: none
  double epsilon = 0;      // of that
  uint32_t span = 0;
  uint32_t buckets = 0;  // 0: each distance has a row
  uint32_t farthest = 0;
  uint32_t positions = 0;           // no sequence is longer; 0: it may be
  LinearSpec key = {}, query = {};  // of the layer; empty: none
};

// Norms of the heads of queries and of keys, of the model's kind. Heads are normed by themselves
// but for kRow, which is about all of them together.
struct HeadNormsSpec {
  // Where gains are: NAME.weight [key width] for all heads, [heads * key width] for the row,
  // [heads, key width], or NAME.norms.H.weight [key width] of head H.
  enum Gains { kShared, kRow, kOwn, kListed } gains = kShared;
  std::string query = {}, key = {};  // empty: none
  bool bias = false;                 // of layer norms: NAME.bias, too
};

// What a token looks at: all tokens of the run; itself and those before it, in this run and in
// earlier ones; what the encoder made of its input.
enum class Sight { kRun, kPast, kEncoder };

// Numbers added to scores by where query and key lie in a grid of patches (BEiT, Swin): the rows of
// a table [(2 * lines - 1) * (2 * columns - 1) + 3, heads], by how many lines, then columns, the
// key is before the query. The last three are for the class token, which comes first: from it to
// patches, from patches to it, for itself.
struct PairsSpec {
  std::string table = {};  // empty: none
  bool whole = false;      // the name is the tensor's own, which all layers share
  Grid grid = {};
};

// Windows of a grid of patches, in which tokens see each other alone (Swin). They begin `shift`
// lines and columns behind the grid's, and go round: what then stands side by side and was not
// before does not see each other.
struct WindowsSpec {
  Grid grid = {};
  uint32_t side = 0;  // of a window; 0: none
  uint32_t shift = 0;
  uint32_t wide = 0;  // columns of a window; 0: as many as lines

  uint32_t across() const { return wide > 0 ? wide : side; }
  uint32_t lines() const { return (grid.lines + side - 1) / side; }
  uint32_t columns() const { return (grid.columns + side - 1) / side; }
  // By window: 1 more in the last column, 2 more in the last line. Empty without a shift.
  std::vector<uint8_t> kinds() const;
};

struct AttentionSpec {
  Sight sight = Sight::kRun;
  Heads heads = {};
  // Without a name for values these are the keys, before a norm and a rotation.
  LinearSpec query = {}, key = {}, value = {}, output = {};
  HeadNormsSpec norms = {};
  bool unit = false;             // divides each head of the query and of the keys by its length
  std::string temperature = {};  // of `unit`: [heads], times the query; empty: none
  int32_t rotary = -1;           // which of the model's turns the query and the keys; -1: none
  bool causal = false;           // of Sight::kRun: no token sees those after it, as with kPast
  // Each token sees itself alone: its weight is 1, and the query and the key do not count.
  bool alone = false;
  double scale = 0;                // of scores; 0: 1 / sqrt(key width)
  double soft_cap = 0;             // scores become soft_cap * tanh(score / soft_cap); 0: none
  std::string sinks = {};          // [heads]: a score of no key; empty: none
  std::vector<float> slopes = {};  // of heads: times how far a key is behind the query (ALiBi)
  uint32_t window =
      0;  // keys up to the token's own and, unless causal, as many from there on; 0: all
  uint32_t kept = 0;  // the first keys, which it looks at besides its window
  BucketsSpec buckets = {};
  RelativeSpec relative = {};
  WindowsSpec windows = {};
  PairsSpec pairs =
      {};  // of windows a table [(2 * side - 1) squared, heads] with no rows for a class token
  GridConvolution reduced = {};  // keys and values are of what it makes of the tokens
  float clip = 0;  // queries, keys and values stay within -clip and clip; 0: they may be any
};

struct FeedForwardSpec {
  LinearSpec gate = {}, up = {}, down = {};  // without a gate where its name is empty
  schema::Function activation = schema::Function::None;
  uint32_t width = 0;
  bool squared = false;        // without a gate: what the activation made is squared
  GridConvolution mixed = {};  // without a gate: of what `up` made, before the activation
};

// A linear layer of every expert, [outputs, columns] each. A name with a * is that of a tensor of
// one expert, whose number stands there; without one a tensor has all of them, one after the other,
// and the view is of one. Names are the tensors' own.
struct ExpertLinear {
  std::string name = {};
  View view = {};
  std::string bias = {};  // empty: none
};

// A linear layer, to which what `up`, an activation and `down` make of the same input is added.
struct ResidualSpec {
  LinearSpec up = {}, down = {}, beside = {};
  schema::Function activation = schema::Function::None;
  uint32_t width = 0;  // between `up` and `down`
};

// Feed-forwards with gates, of which each token takes those that a router chooses by its logits.
struct ExpertsSpec {
  LinearSpec router = {};
  uint32_t count = 0, chosen = 0;
  schema::RouteKind route = schema::RouteKind::Chosen;
  ExpertLinear gate = {}, up = {}, down = {};
  schema::Function activation = schema::Function::None;
  float limit = 0, alpha = 1;  // as GatedExperts has them
  uint32_t width = 0;
  std::vector<ExpertsSpec> besides = {};  // of the same input: their results are added
};

// One part of a layer, beside which the input goes on: an attention, a feed-forward.
struct BlockSpec {
  std::string norm;  // before the part or after the sum, as NormSpec says; empty: none
  std::variant<AttentionSpec, FeedForwardSpec, ExpertsSpec> part;
  std::string after = {};  // a norm of what the part made; empty: none
  float factor = 1;        // of that, after this norm
  bool parallel = false;   // the part takes what the block before it took
};
using LayerSpec = std::vector<BlockSpec>;

// Behind a layer four patches of the grid become one: side by side the two of a column, then those
// of the next one, a norm of that, and a linear layer to half as many columns. Or a norm, and a
// convolution.
struct MergeSpec {
  uint32_t after = 0;  // the layer's number
  Grid grid = {};
  std::string norm = {};
  float epsilon = 0;  // of that norm
  LinearSpec linear = {};
  GridConvolution convolution = {};
};

// Names inside a layer begin with the prefix, the layer's number and a point.
struct LayersSpec {
  std::string prefix = {};
  uint32_t count = 0;
  const char* key = nullptr;              // what the config calls the count
  std::vector<LayerSpec> pattern = {};    // layer i is the (i mod size)th of these
  std::vector<std::string> ignored = {};  // tensors of a layer that nothing needs
  std::vector<std::string> shared = {};   // what names of layer i begin with, where layers share
  std::vector<MergeSpec> merges = {};

  const LayerSpec& at(uint32_t index) const { return pattern[index % pattern.size()]; }
  std::string name(uint32_t index) const {
    return shared.empty() ? prefix + std::to_string(index) + "." : shared[index];
  }
  // The attention of a layer that looks at this, or nothing.
  const AttentionSpec* attention(uint32_t index, Sight sight) const;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_LAYER_SPEC_H_
