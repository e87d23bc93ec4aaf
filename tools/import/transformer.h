// A transformer, described: what a family makes of a config, and what one builder (build.h) turns
// into methods. Names of tensors are those of a checkpoint.

#ifndef FOVEA_TOOLS_IMPORT_TRANSFORMER_H_
#define FOVEA_TOOLS_IMPORT_TRANSFORMER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tools/graph/builder.h"
#include "tools/graph/graph.h"
#include "tools/import/rotary.h"

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

enum class Resampling { kSharp, kSmooth };

struct PositionsSpec {
  // Sinusoids are sines at even columns, cosines at odd ones, or sines, then cosines. Those of
  // kSinesFirstEnds have a last frequency of 1 / 10000, others one before it.
  enum Kind { kNone, kLearned, kSinusoidal, kSinesFirst, kSinesFirstEnds } kind = kNone;
  std::string tensor = {};  // kLearned; of others used where the checkpoint has it
  uint32_t rows = 0;        // of the tensor; 0: as many as there are positions
  uint32_t first = 0;       // row of position 0
  // A row that is added to all of the table's: NAME; empty: none.
  std::string added = {};
  uint32_t added_rows = 1;  // of that tensor
  uint32_t repeats = 1;     // the table's rows follow so many times
  // Rows from `first` on are those of a grid, which becomes one for the patches of another image.
  Grid from = {}, to = {};
  Resampling resampling = Resampling::kSharp;
};

// A trained token that comes before the others.
struct TokenSpec {
  std::string tensor = {};
  uint32_t row = 0, rows = 1;  // which of the tensor's rows it is
  int32_t position = -1;       // row of the position table that is added to it; -1: none
};

// Where on a page tokens stand, the input `boxes`: rows of four tables are added (AddBoxes).
struct BoxesSpec {
  // NAME.weight of columns, rows, heights, widths; empty: there are no boxes.
  std::vector<std::string> tables = {};
  uint32_t rows = 0;  // of each
};

// A convolution over frames: NAME.weight [outputs, columns / groups, taps], NAME.bias. Where there
// is no such weight, it is each tap's matrix of NAME.weight_v divided by its length and multiplied
// by its number of NAME.weight_g (Salimans and Kingma 2016).
struct FrameConvolution {
  std::string name = {};
  uint32_t columns = 0, outputs = 0;
  schema::ConvolutionT form = {};  // without its function
  schema::Function activation = schema::Function::None;
  Bias bias = Bias::kRequired;
  std::string norm = {};     // before the activation; empty: none
  uint32_t norm_groups = 0;  // of a norm over all tokens, so many parts of the columns; 0: of rows
  bool norm_last = false;    // it comes after the activation

  // Frames that it makes of so many; less than 1: too few.
  int64_t windows(int64_t frames) const {
    const int64_t reach = int64_t{form.dilation} * (form.taps - 1);
    return (frames + form.before + form.after - reach - 1 + form.stride) / form.stride;
  }
};

// What a model makes of samples before anything that is trained.
struct FrontEndSpec {
  bool samples = false;  // the method takes samples; otherwise what a front end made of them
  // They lose their mean and are divided by their deviation, of each sequence.
  std::optional<schema::GroupNormT> norm = {};
  uint32_t bins = 0;  // frequencies of each frame; 0: there is nothing more
  schema::SpectrumT spectrum = {};
  std::vector<float> window = {};
  schema::FiltersT filters = {};
  std::vector<float> filter_weights = {};
  schema::LogarithmT logarithm = {};
  std::optional<schema::DynamicRangeT> range = {};
  // Sums of what that made, each by its own numbers: cepstral coefficients. Empty: none.
  schema::FiltersT cepstrum = {};
  std::vector<float> cepstrum_weights = {};

  // Rows that it makes of so many samples.
  int64_t rows(int64_t count) const {
    if (bins == 0) return count;
    const int64_t more = count + spectrum.before + spectrum.after - spectrum.frame;
    return (more + spectrum.stride) / spectrum.stride;
  }
};

// From a method's input to what the first layer takes.
struct EmbeddingSpec {
  // kToken: nothing is put in, each sequence has the one token `token`.
  enum Kind { kTokens, kPatches, kFeatures, kTiles, kToken } kind = kTokens;
  std::string input = {};  // its name
  // NAME.weight: a row for each token id, or a linear layer; none of features where it is empty
  std::string name = {};
  FrontEndSpec front = {};  // of features
  // kTiles: pieces of features are the tokens, each sequence having as many; frames are lines. The
  // linear layer is of a convolution, whose matrix patch_view turns.
  schema::TilesT tiles = {};
  // Numbers of a piece may be missing (Observed): which are there stands behind them, and no token
  // sees a piece of which none is.
  bool observed = false;
  std::optional<ResidualSpec> residual = {};  // of pieces, instead of the linear layer
  std::optional<TokenSpec> token = {};        // kToken; kTiles: it comes after the pieces
  // Of features, before the linear layer. Sequences are then of equal length.
  std::vector<FrameConvolution> convolutions = {};
  std::string features_norm = {};  // before the linear layer
  // What it makes of the tokens is added to them, as many; no name: none.
  FrameConvolution relative = {};
  uint32_t rows = 0;   // token ids, or numbers of a frame
  uint32_t width = 0;  // 0: as wide as the layers
  float scale = 1;     // of token embeddings
  // A token that becomes zeros, while the others make up for it: they are multiplied by this,
  // divided by the share of other tokens. -1: none.
  int32_t hidden_token = -1;
  float hidden_factor = 1;
  std::string types = {};  // NAME.weight, added by the input `token_types`; empty: none
  uint32_t type_rows = 0;
  BoxesSpec boxes = {};
  schema::PatchesT image = {};   // kPatches
  View patch_view = {};          // of the linear layer
  GridConvolution overlap = {};  // of patches of one pixel, instead of the linear layer
  // Of channels, where pixels are whole numbers from 0 to 255: they are multiplied, then added.
  std::vector<float> pixel_scales = {}, pixel_offsets = {};
  std::optional<schema::PictureT> picture = {};  // what makes them of one
  std::string class_token = {};                  // a trained token that comes first; empty: none
  // Before the tokens of patches, which alone have the positions of the table from its `first` on.
  std::vector<TokenSpec> prefix = {};
  PositionsSpec positions = {};
  std::string norm = {};
  bool norm_optional = false;  // taken where the checkpoint has it
  bool norm_first = false;     // before positions are added
  float norm_epsilon = 0;      // 0: the model's
  LinearSpec project = {};     // from `width` to that of the layers; empty: none
  bool project_first = false;  // before positions are added
  bool norm_last = false;      // the norm is of what the projection made

  // Whether each sequence's tokens are by themselves, not packed.
  bool apart() const { return !convolutions.empty() || kind == kTiles; }
  // Pieces of so many lines, filled up to whole ones.
  void set_lines(uint32_t lines) {
    tiles.lines = (lines + tiles.high - 1) / tiles.high * tiles.high;
  }
  uint32_t tile_count() const {
    const uint32_t along = (tiles.lines - tiles.first - tiles.high) / tiles.down + 1;
    return along * ((rows - tiles.wide) / tiles.right + 1);
  }

  // Tokens that the first layer takes of so many of the input, the class token not counted.
  uint32_t made_of(uint32_t tokens) const {
    if (kind == kTiles) return tile_count() + (token ? 1 : 0);
    if (kind == kToken) return 1;
    int64_t frames = front.rows(tokens);
    for (const FrameConvolution& c : convolutions) frames = c.windows(frames);
    return static_cast<uint32_t>(frames);
  }
};

struct HeadSpec {
  // Whether logits are made by the embedding's matrix: kUnlessStored where a stored head that
  // differs counts, because fine-tuning leaves the config's flag behind.
  enum Tie { kApart, kTied, kUnlessStored } tie = kApart;
  LinearSpec linear = {};  // nothing by this name: the method's output is what the layers made
  uint32_t outputs = 0;    // 0: as many as the tensor has rows
  bool optional = false;
  std::string bias = {};  // a tensor of another name than the linear layer's own; empty: its own
  float scale = 1;        // of logits
  float soft_cap = 0;     // they become soft_cap * tanh(logit / soft_cap); 0: none
};

// What convolutions between layers took, and what the layers made, each a grid: a linear layer of
// each, all of them made as fine as the first, side by side in descending order, and a convolution
// of one tap, FUSE.weight [width, width * stages, 1, 1], with a batch norm NORM.
struct StagesSpec {
  uint32_t width = 0;
  std::vector<Grid> grids = {};
  std::vector<std::string> linears = {};  // NAME.weight [width, columns of the stage], NAME.bias
  std::string fuse = {}, norm = {};
  double epsilon = 0;  // of the norm
};

// A step from what the layers made to an output.
struct StepSpec {
  enum Kind {
    kFirst,  // or the token that `token` says
    kLast,
    kMean,  // of the tokens from `token` on
    kMax,
    kLinear,
    kActivation,
    kNorm,
    kUnit,
    kHead,
    kProbe,  // what a trained query sees of all tokens
    kAdd,    // the earlier output `name`
    kScale,  // by `factor`
    // Of each `joined` tokens that follow one another: side by side, as one token; mean; maximum.
    kJoin,
    kMeanOf,
    kMaxOf,
    // The means and deviations that the front end took from the input; rows of `joined` numbers, 0:
    // of as many as there are parts.
    kRestore,
    kResidual,  // `residual`
    kStages,    // `stages`, before which nothing may be
  } kind;
  std::string name = {};  // kLinear, kNorm, kAdd
  Bias bias = Bias::kRequired;
  schema::Function function = schema::Function::None;  // kActivation
  View view = {};                                      // kLinear
  uint32_t token = 0;
  uint32_t joined = 0;
  float factor = 1;
  // kProbe: the query is the tensor `name` [1, width]; PROJECTION.in_proj_weight,
  // PROJECTION.in_proj_bias, PROJECTION.out_proj.
  std::string projection = {};
  uint32_t heads = 0;
  std::optional<ResidualSpec> residual = {};  // in a tower's outputs: `outputs` columns
  uint32_t outputs = 0;
  std::optional<StagesSpec> stages = {};
};

// An output of its own: steps from what the layers made, or from an earlier output.
struct OutputSpec {
  std::string name;
  std::vector<StepSpec> steps = {};
  std::string from = {};  // empty: what the layers made
  bool optional = false;  // where the checkpoint lacks the first linear layer
  bool inner = false;     // other outputs are made of it; it is none itself
};

// A convolution of what the first layer takes, added to what it makes, and a norm of the sum:
// CONVOLUTION.weight [width, width, taps], CONVOLUTION.bias.
struct ConvolutionSpec {
  std::string name = {};  // empty: none
  std::string norm = {};
  uint32_t taps = 0;  // odd: as many tokens before as after
  schema::Function activation = schema::Function::None;
};

struct TransformerSpec;

// Embedding, layers and what follows them.
struct TowerSpec {
  EmbeddingSpec embedding;
  uint32_t tokens = 0;   // at most, the class token not counted
  uint32_t longest = 0;  // that a decoder without rotary embedding may be asked for, if more
  uint32_t usual = 0;    // of an encoder's run, unless asked otherwise; 0: as many as at most
  std::string dim;       // that counts tokens; empty: there are always as many as at most
  LayersSpec layers;
  ConvolutionSpec convolution = {};
  std::string norm;         // after the last layer; empty: none
  LinearSpec project = {};  // after that norm: to the width of the head; empty: none
  uint32_t project_width = 0;
  bool pool_first = false;  // the first token alone goes on
  HeadSpec head;
  std::vector<OutputSpec> outputs = {};  // empty: the head's alone
  // An output [1, numbers] that is always the same.
  std::string constant = {};  // its name; empty: none
  std::vector<float> numbers = {};
  // Where they are not the model's.
  uint32_t width = 0;
  std::optional<NormSpec> norms = {};

  uint32_t width_of(const TransformerSpec& model) const;
  const NormSpec& norms_of(const TransformerSpec& model) const;
};

struct RotarySpec {
  Rotary settings;
  bool interleaved = false;  // elements that turn together lie side by side
  // Of patches: half of the pairs turn by the line, half by the column, each from -1 to 1 across
  // the image; the tokens before them do not. No grid: by the position of tokens.
  Grid grid = {};
  uint32_t unturned = 0;
};

// An encoder has a method `encode` where it has outputs by name, otherwise `forward`; a decoder
// `forward` and `next`; both together `encode` and `decode`.
struct TransformerSpec {
  std::string base;              // what names of the base class's tensors begin with, as in Weights
  std::string stored_base = {};  // what the checkpoint has instead of it; empty: the same
  uint32_t width = 0;
  NormSpec norm;
  std::optional<TowerSpec> encoder, decoder;
  std::vector<RotarySpec> rotaries;  // that attentions choose from
  bool both_ways = false;  // tokens of the decoder see those after them, so that it encodes
  std::vector<std::string> labels;
  schema::LabelFunction label_function = schema::LabelFunction::Softmax;
  std::vector<std::unique_ptr<schema::TokenizerT>> tokenizers;
  std::unique_ptr<schema::AudioT> audio = {};  // of recordings; null: it takes none
  std::vector<std::string> ignored;  // what names of tensors begin with that nothing needs
  // Tensors that hold what another one does, where they are there: the copy, the other.
  std::vector<std::pair<std::string, std::string>> copies;
  std::string method;  // of an encoder, where it is not the only one
  // What the encoder takes and what the decoder gives, outputs by name, are of one method,
  // `method`: the decoder has no tokens of its own to wait for, nor caches.
  bool together = false;
  uint32_t filled = 0;  // as Tokenizer has it
  // More encoders of the same checkpoint. Labels, tokenizers and the base are the first one's.
  std::vector<TransformerSpec> others = {};
};

inline uint32_t TowerSpec::width_of(const TransformerSpec& model) const {
  return width > 0 ? width : model.width;
}
inline const NormSpec& TowerSpec::norms_of(const TransformerSpec& model) const {
  return norms ? *norms : model.norm;
}

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TRANSFORMER_H_
