// What comes before the layers of a described transformer (transformer.h).

#ifndef FOVEA_TOOLS_IMPORT_EMBEDDING_SPEC_H_
#define FOVEA_TOOLS_IMPORT_EMBEDDING_SPEC_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/import/layer_spec.h"

namespace fovea::tools {

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

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_EMBEDDING_SPEC_H_
