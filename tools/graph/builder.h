// Appends operators to a method, one for each step of an architecture. Every function returns the
// index of the tensor that it makes; fusing comes later.

#ifndef FOVEA_TOOLS_GRAPH_BUILDER_H_
#define FOVEA_TOOLS_GRAPH_BUILDER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tools/graph/graph.h"

namespace fovea::tools {

struct Heads {
  uint32_t count = 0;     // of the query
  uint32_t kv_count = 0;  // of keys and values
  uint32_t key_width = 0;
  uint32_t value_width = 0;
};

// What an attention looks at, and how.
struct Look {
  float scale = 0;  // of scores
  bool causal = false;
  uint32_t window = 0;     // keys that a query sees up to its own, and, unless causal, as many from
                           // its own on; 0: all of them
  uint32_t kept = 0;       // first keys that it sees besides those of its window
  float soft_cap = 0;      // scores become soft_cap * tanh(score / soft_cap); 0: none
  int32_t slopes = -1;     // a weight: of each head, times the key's position less the query's
  int32_t distances = -1;  // a weight: what the distance of a key adds to its score
  int32_t sinks = -1;      // a weight: of each head, a score of no key
  // Weights: a key, and a query, for every distance.
  int32_t position_keys = -1, position_queries = -1;
  int32_t pairs = -1;       // a weight: what the positions of query and key add to a score
  int32_t seen = -1;        // a tensor: which keys are there to be seen, int32
  uint32_t key_tokens = 0;  // of each sequence, where these are not as many as queries
  std::vector<uint8_t> pairs_of = {};  // which of several kinds of pairs each sequence has

  bool has_weights() const {
    return slopes >= 0 || distances >= 0 || sinks >= 0 || position_keys >= 0 ||
           position_queries >= 0 || pairs >= 0;
  }
};

// Experts that rows chose: what weighs them, and their ids.
struct Routed {
  int32_t weights = -1;
  int32_t ids = -1;
};

// Where an attention finds its keys and values: two states, or two tensors.
struct KeyValues {
  bool states = false;
  int32_t keys = -1;
  int32_t values = -1;
};

// Of one sequence ([tokens, n]), or of a batch of them: packed ([tokens, n]) where pack() says
// which dim counts the rows of all, otherwise of equal length ([batch, tokens, n]).
class MethodBuilder {
 public:
  MethodBuilder(Graph& graph, std::string name, int32_t batch_dim);

  // The dim of the batch, or -1.
  int32_t batch_dim() const { return batch_dim_; }
  Shape rows(Extent tokens, uint32_t width) const;
  // Extent `i` from the end of a tensor's shape.
  Extent extent_from_end(int32_t tensor, size_t i) const;

  int32_t input(const std::string& name, schema::DType type, const Shape& shape);
  // The rows that `dim` counts are those of all sequences of the batch, whose lengths become an
  // input. Nothing without a batch.
  void pack(int32_t dim);

  int32_t embedding(int32_t ids, int32_t table, uint32_t width, float scale);
  int32_t add_positions(int32_t x, int32_t table, int32_t cache);
  int32_t linear(int32_t x, int32_t matrix, int32_t bias, uint32_t outputs);
  int32_t activation(int32_t x, schema::Function function, float factor = 1);
  int32_t binary(schema::BinaryKind kind, int32_t a, int32_t b);
  // Each of `groups` parts of a row by itself.
  int32_t rms_norm(int32_t x, int32_t gain, float epsilon, uint32_t groups = 1);
  int32_t layer_norm(int32_t x, int32_t gain, int32_t bias, float epsilon, uint32_t groups = 1);
  // `chosen` experts of each row by its logits.
  Routed route(int32_t logits, schema::RouteT attributes, uint32_t chosen);
  // What they make of x, `outputs` columns each; then the sum of what they make of that.
  int32_t gated_experts(int32_t x, const Routed& routed, int32_t matrices, int32_t biases,
                        const schema::GatedExpertsT& attributes, uint32_t outputs);
  int32_t linear_experts(int32_t x, const Routed& routed, int32_t matrix, int32_t bias,
                         uint32_t outputs);
  // The rows of a weight [tokens, width], in each sequence. The same tensor each time.
  int32_t constant(int32_t weight);
  int32_t patches(int32_t image, const schema::PatchesT& attributes);
  // Of pixels that are multiplied and added to by channel.
  int32_t pixel_patches(int32_t image, const schema::PatchesT& attributes, int32_t scales,
                        int32_t offsets);
  // Every window a sequence; what was cut so, joined again; every window a row of all of its
  // tokens.
  int32_t windows(int32_t x, const schema::WindowsT& attributes);
  int32_t join_windows(int32_t x, schema::WindowsT attributes);
  int32_t merge_windows(int32_t x, const schema::WindowsT& attributes);
  // Of what lines of x show, whether a sequence has as many or not.
  int32_t tiles(int32_t x, const schema::TilesT& attributes);
  // Gives the numbers of z, group after group, the means and deviations of x's groups, of which
  // the same attributes made these: rows of `width` numbers.
  int32_t inverse_group_norm(int32_t z, int32_t x, const schema::GroupNormT& attributes,
                             uint32_t width);
  // Numbers and which of them are there; tokens that are seen, and so many more behind them.
  struct Seen {
    int32_t x, seen;
  };
  Seen observed(int32_t x, uint32_t more);
  // The rows of so many tokens before and after side by side.
  int32_t neighbors(int32_t x, uint32_t before, uint32_t after);
  // Over the tokens, `outputs` columns each.
  int32_t convolution(int32_t x, int32_t matrix, int32_t bias, uint32_t outputs,
                      const schema::ConvolutionT& attributes);
  // Over the grid that the tokens are.
  int32_t grid_convolution(int32_t x, int32_t matrix, int32_t bias, uint32_t outputs,
                           schema::GridConvolutionT attributes);
  int32_t depthwise_convolution(int32_t x, int32_t taps, int32_t bias,
                                schema::DepthwiseConvolutionT attributes);
  // Of a grid another one, by bilinear interpolation.
  int32_t resize_grid(int32_t x, const schema::ResizeGridT& attributes);
  // Of frames of samples [tokens, 1]: the first `bins` frequencies.
  int32_t spectrum(int32_t x, const schema::SpectrumT& attributes, int32_t window, int32_t roots,
                   uint32_t bins);
  int32_t filters(int32_t x, const schema::FiltersT& attributes, int32_t weights);
  int32_t logarithm(int32_t x, const schema::LogarithmT& attributes);
  int32_t dynamic_range(int32_t x, const schema::DynamicRangeT& attributes);
  // The rows of x with those that earlier runs had before them, which the state keeps.
  int32_t history(int32_t x, int32_t state, const schema::HistoryT& attributes);
  // Over all tokens of a sequence; gain and bias may be -1.
  int32_t group_norm(int32_t x, int32_t gain, int32_t bias, const schema::GroupNormT& attributes);
  int32_t clamp(int32_t x, float least, float most);
  // Rows of the token become 0, others are multiplied by factor / (1 - its share).
  int32_t hide_token(int32_t x, int32_t ids, int32_t token, float factor);
  // What `tables` of columns, rows, heights and widths have for the boxes is added.
  int32_t add_boxes(int32_t x, int32_t boxes, std::vector<int32_t> tables);
  int32_t prepend_token(int32_t x, int32_t token);
  int32_t append_token(int32_t x, int32_t token);
  int32_t select_token(int32_t x, schema::TokenChoice choice, uint32_t index);
  // Mean or maximum of each sequence's tokens, of those from `first` on.
  int32_t pool(int32_t x, schema::PoolKind kind, uint32_t first = 0);
  // Of each of the windows: as many rows.
  int32_t pool_windows(int32_t x, schema::PoolKind kind, const schema::WindowsT& attributes);

  // For the tokens of x. The same tensor each time.
  int32_t rotary_table(int32_t x, int32_t frequencies, const schema::RotaryTableT& attributes);
  void rotary(int32_t x, int32_t table, const schema::RotaryT& attributes);
  // Stores to states.
  void store(int32_t keys, int32_t values, const Heads& heads, const KeyValues& states);
  // Stores to tensors made for it.
  KeyValues store(int32_t keys, int32_t values, const Heads& heads);
  int32_t attention(int32_t query, const KeyValues& stored, const Heads& heads, const Look& look);

  void output(int32_t tensor, const std::string& name);
  // What the method stored goes to the cache; `dim` counts the tokens.
  void update(uint32_t cache, schema::UpdateMode mode, uint32_t dim);

  // Adds the method to the graph.
  void finish();

 private:
  bool packs(const Extent& rows) const;
  // Blocks of 16 for the keys of these rows.
  Extent key_blocks(const Extent& rows);
  int32_t patch_rows(const schema::PatchesT& attributes);
  // So many rows more.
  Extent more(const Extent& rows, uint32_t count, const char* suffix);
  // As many rows as there are windows that begin `stride` rows apart, where rows are so many more
  // as a window reaches less past its first one.
  Extent windows(const Extent& rows, uint32_t stride, int64_t more);
  int32_t tensor(schema::DType type, const Shape& shape);
  int32_t like(int32_t x, uint32_t width);
  template <typename T>
  schema::OperatorT& append(T attributes, std::vector<int32_t> inputs, std::vector<int32_t> outputs,
                            std::vector<int32_t> weights);

  Graph& graph_;
  schema::MethodT method_;
  int32_t batch_dim_;
};

template <typename T>
schema::OperatorT& MethodBuilder::append(T attributes, std::vector<int32_t> inputs,
                                         std::vector<int32_t> outputs,
                                         std::vector<int32_t> weights) {
  auto op = std::make_unique<schema::OperatorT>();
  op->attributes.Set(std::move(attributes));
  op->inputs = std::move(inputs);
  op->outputs = std::move(outputs);
  op->weights = std::move(weights);
  method_.operators.push_back(std::move(op));
  return *method_.operators.back();
}

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_GRAPH_BUILDER_H_
