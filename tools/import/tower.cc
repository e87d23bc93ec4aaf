#include "tools/import/tower.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tools/common/error.h"
#include "tools/import/front_end.h"
#include "tools/import/positions.h"

namespace fovea::tools {

using schema::DType;

// Tokens that are counted are packed, where no convolution makes other rows of them.
int32_t TowerBuilder::input(DType type, Shape shape) {
  const bool packs = room_.dim >= 0 && !tower_.embedding.apart();
  if (room_.batch >= 0 && !packs) shape.insert(shape.begin(), {1, room_.batch});
  const char* name = room_.tokens ? "features" : tower_.embedding.input.c_str();
  const int32_t made = method_.input(name, type, shape);
  if (packs) method_.pack(room_.dim);
  return made;
}

int32_t TowerBuilder::convolve_frames(int32_t x, const FrameConvolution& c) {
  const TapsShape shape = {c.outputs, c.columns, c.form.taps, c.form.groups};
  const int32_t matrix = weights_.taps(c.name, shape);
  const int32_t bias = weights_.taps_bias({c.name, {}, c.bias}, shape);
  schema::ConvolutionT form = c.form;
  const bool fuses = c.norm.empty() || c.norm_last;
  if (fuses) form.function = c.activation;
  x = method_.convolution(x, matrix, bias, c.outputs, form);
  if (c.norm.empty()) return x;
  x = norm_tokens(x, c);
  return fuses ? x : method_.activation(x, c.activation);
}

int32_t TowerBuilder::norm_tokens(int32_t x, const FrameConvolution& c) {
  if (c.norm_groups == 0) return blocks_.norm(x, c.norm);
  const int32_t gain = weights_.vector(c.norm + ".weight", c.outputs);
  const int32_t bias = weights_.vector(c.norm + ".bias", c.outputs);
  schema::GroupNormT attributes;
  attributes.epsilon = tower_.norms_of(spec_).epsilon;
  attributes.groups = c.norm_groups;
  return method_.group_norm(x, gain, bias, attributes);
}

// Whether a tower of the model makes logits by this embedding's matrix.
bool TowerBuilder::is_head(const std::string& embedding) const {
  const auto makes = [&](const std::optional<TowerSpec>& tower) {
    return tower && tower->head.tie == HeadSpec::kTied && tower->embedding.name == embedding;
  };
  return makes(spec_.encoder) || makes(spec_.decoder);
}

int32_t TowerBuilder::cut_image() {
  const EmbeddingSpec& e = tower_.embedding;
  const schema::PatchesT& image = e.image;
  const Shape shape = {{image.height}, {image.width}, {image.channels}};
  if (e.pixel_scales.empty()) return method_.patches(input(DType::Float32, shape), image);
  const int32_t scales = weights_.constants("pixel_scales", {image.channels}, e.pixel_scales);
  const int32_t offsets = weights_.constants("pixel_offsets", {image.channels}, e.pixel_offsets);
  return method_.pixel_patches(input(DType::UInt8, shape), image, scales, offsets);
}

int32_t TowerBuilder::embed_tiles(int32_t x) {
  const EmbeddingSpec& e = tower_.embedding;
  if (e.observed) {
    const MethodBuilder::Seen made = method_.observed(x, e.token ? 1 : 0);
    x = made.x;
    blocks_.see(made.seen);
  }
  const uint32_t columns = method_.extent_from_end(x, 0).count;
  x = e.residual ? blocks_.residual(x, *e.residual, width())
                 : blocks_.linear(x, {e.name, e.patch_view}, width(), columns);
  return e.token ? method_.append_token(x, weights_.token(*e.token, e.positions, width())) : x;
}

// Of a stream: samples go on where the last ones ended, and frames are the last of all.
int32_t TowerBuilder::front_end(Extent tokens) {
  const FrontEndSpec& front = tower_.embedding.front;
  const uint32_t width = front.samples ? 1 : tower_.embedding.rows;
  const Stream& stream = room_.stream;
  if (front.norm) taken_norm_ = &*front.norm;
  if (stream.dim < 0) {
    taken_ = input(DType::Float32, {tokens, {width}});
    return add_front_end(taken_, front, weights_, method_);
  }
  taken_ = input(DType::Float32, {{stream.hop, stream.dim}, {width}});
  schema::HistoryT samples, frames;
  samples.before = front.spectrum.frame - front.spectrum.stride;
  frames.rows = tower_.embedding.made_of(tower_.tokens);
  int32_t x = method_.history(taken_, stream.samples, samples);
  x = add_front_end(x, front, weights_, method_);
  return method_.history(x, stream.frames, frames);
}

void TowerBuilder::convolve_stream() {
  const Stream& stream = room_.stream;
  const std::vector<FrameConvolution>& all = tower_.embedding.convolutions;
  int32_t x = input(DType::Float32, {{stream.hop, stream.dim}, {1}});
  for (size_t i = 0; i < all.size(); ++i) {
    schema::HistoryT rows;
    rows.before = stream.before[i];
    if (rows.before > 0) x = method_.history(x, stream.convolved[i], rows);
    x = convolve_frames(x, all[i]);
  }
  method_.output(project_frames(x), "features");
}

// What the first layer takes of frames.
int32_t TowerBuilder::project_frames(int32_t x) {
  const EmbeddingSpec& e = tower_.embedding;
  x = blocks_.norm(x, e.features_norm);
  if (e.name.empty()) return x;
  return blocks_.linear(x, {e.name}, width(), method_.extent_from_end(x, 0).count);
}

int32_t TowerBuilder::embed_input() {
  const EmbeddingSpec& e = tower_.embedding;
  if (e.kind == EmbeddingSpec::kToken) return method_.constant(weights_.start(*e.token, width()));
  const Extent tokens = room_.dim < 0 ? Extent{tower_.tokens} : Extent{1, room_.dim};
  if (room_.tokens) return input(DType::Float32, {tokens, {width()}});
  if (e.kind == EmbeddingSpec::kPatches) {
    if (!e.overlap.name.empty()) return blocks_.convolve(cut_image(), e.overlap);
    const uint32_t columns = e.image.patch * e.image.patch * e.image.channels;
    return blocks_.linear(cut_image(), {e.name, e.patch_view}, width(), columns);
  }
  if (e.kind == EmbeddingSpec::kFeatures || e.kind == EmbeddingSpec::kTiles) {
    int32_t x = front_end(tokens);
    if (e.kind == EmbeddingSpec::kTiles) return embed_tiles(method_.tiles(x, e.tiles));
    for (const FrameConvolution& c : e.convolutions) x = convolve_frames(x, c);
    return project_frames(x);
  }
  const int32_t ids = input(DType::Int32, {tokens});
  const bool tied = is_head(e.name);  // then a linear layer reads it, too
  const uint32_t width = embedding_width();
  const int32_t table = tied ? weights_.matrix(e.name + ".weight", e.rows, width)
                             : weights_.table(e.name + ".weight", e.rows, width);
  int32_t x = method_.embedding(ids, table, width, e.scale);
  if (e.hidden_token >= 0) x = method_.hide_token(x, ids, e.hidden_token, e.hidden_factor);
  if (!e.boxes.tables.empty()) {
    const int32_t boxes = method_.input("boxes", DType::Int32, {tokens, {4}});
    std::vector<int32_t> tables;
    for (const std::string& name : e.boxes.tables) {
      tables.push_back(weights_.table(name + ".weight", e.boxes.rows, width));
    }
    x = method_.add_boxes(x, boxes, std::move(tables));
  }
  if (e.types.empty()) return x;
  const int32_t types = method_.input("token_types", DType::Int32, {tokens});
  const int32_t rows = weights_.table(e.types + ".weight", e.type_rows, width);
  return method_.binary(schema::BinaryKind::Add, x, method_.embedding(types, rows, width, 1));
}

int32_t TowerBuilder::embed() {
  const EmbeddingSpec& e = tower_.embedding;
  int32_t x = embed_input();
  uint32_t positions = e.made_of(tower_.tokens);
  if (!e.class_token.empty()) {
    x = method_.prepend_token(x, weights_.vector(e.class_token, width()));
    ++positions;
  }
  const bool projects = !e.project.name.empty();
  const auto project = [&] { return blocks_.linear(x, e.project, width(), embedding_width()); };
  if (projects && e.project_first) x = project();
  const uint32_t width = method_.extent_from_end(x, 0).count;
  if (e.norm_first) x = blocks_.norm(x, e.norm, e.norm_epsilon);
  const int32_t table = add_position_table(e.positions, positions, width, path_, weights_);
  if (table >= 0) x = method_.add_positions(x, table, room_.cache);
  for (size_t i = e.prefix.size(); i-- > 0;) {
    x = method_.prepend_token(x, weights_.token(e.prefix[i], e.positions, width));
  }
  if (projects && e.norm_last) x = project();
  if (!e.relative.name.empty()) {
    x = method_.binary(schema::BinaryKind::Add, x, convolve_frames(x, e.relative));
  }
  const bool norms = !e.norm_optional || weights_.has(e.norm + ".weight");
  if (norms && !e.norm_first) x = blocks_.norm(x, e.norm, e.norm_epsilon);
  return projects && !e.project_first && !e.norm_last ? project() : x;
}

int32_t TowerBuilder::layers(int32_t x) {
  const LayersSpec& layers = tower_.layers;
  const int32_t taken = x;
  for (uint32_t i = 0; i < layers.count; ++i) {
    const LayerStates states = room_.states.empty() ? LayerStates{} : room_.states[i];
    x = blocks_.layer(x, layers.at(i), layers.name(i), states);
    if (i == 0 && !tower_.convolution.name.empty()) x = convolve(taken, x);
    for (const MergeSpec& merge : layers.merges) {
      if (merge.after != i) continue;
      if (merge.convolution.name.empty()) {
        x = blocks_.merge(x, merge);
      } else {
        stages_.push_back(blocks_.norm(x, merge.norm, merge.epsilon));
        x = blocks_.convolve(stages_.back(), merge.convolution);
      }
    }
  }
  return x;
}

// The window of a token side by side, then a linear layer.
int32_t TowerBuilder::convolve(int32_t taken, int32_t x) {
  const ConvolutionSpec& c = tower_.convolution;
  const uint32_t side = c.taps / 2, width = this->width();
  const int32_t near = method_.neighbors(taken, side, side);
  const int32_t matrix = weights_.taps(c.name, {width, width, c.taps});
  const int32_t bias = weights_.vector(c.name + ".bias", width);
  const int32_t made = method_.activation(method_.linear(near, matrix, bias, width), c.activation);
  return blocks_.norm(method_.binary(schema::BinaryKind::Add, made, x), c.norm);
}

void TowerBuilder::read(int32_t encoded, const TowerBuilder& encoder) {
  blocks_.read(encoded, encoder.blocks_);
  taken_ = encoder.taken_;
  taken_norm_ = encoder.taken_norm_;
}

void TowerBuilder::store_encoded(int32_t x, const LayersSpec& decoder,
                                 const std::vector<LayerStates>& states) {
  for (uint32_t i = 0; i < decoder.count; ++i) {
    const AttentionSpec* attention = decoder.attention(i, Sight::kEncoder);
    if (attention != nullptr) blocks_.store_encoded(x, *attention, decoder.name(i), states[i]);
  }
}

int32_t TowerBuilder::ending(int32_t x) {
  x = blocks_.norm(x, tower_.norm);
  const bool projects = !tower_.project.name.empty();
  return projects ? blocks_.linear(x, tower_.project, tower_.project_width, width()) : x;
}

void TowerBuilder::finish(int32_t x, bool last_only) {
  // Norm and head treat every token by itself, so choosing one first changes nothing.
  if (tower_.pool_first) x = method_.select_token(x, schema::TokenChoice::Index, 0);
  if (last_only) x = method_.select_token(x, schema::TokenChoice::Last, 0);
  x = ending(x);
  const HeadSpec& head = tower_.head;
  const std::string matrix = head.tie == HeadSpec::kTied ? tower_.embedding.name : head.linear.name;
  if (head.optional && !weights_.has(matrix + ".weight")) return method_.output(x, "hidden");
  const uint32_t outputs = head.outputs > 0 ? head.outputs : weights_.rows(matrix + ".weight");
  const uint32_t width = method_.extent_from_end(x, 0).count;
  x = blocks_.linear(before_logits(x), head.linear, outputs, width, matrix);
  method_.output(after_logits(x), "logits");
}

// Scaled before they are made: a row is shorter than its logits.
int32_t TowerBuilder::before_logits(int32_t x) {
  const HeadSpec& head = tower_.head;
  const float factor = head.soft_cap > 0 ? head.scale / head.soft_cap : head.scale;
  return factor == 1 ? x : method_.activation(x, schema::Function::None, factor);
}

int32_t TowerBuilder::after_logits(int32_t x) {
  const float cap = tower_.head.soft_cap;
  return cap > 0 ? method_.activation(x, schema::Function::Tanh, cap) : x;
}

// Logits of token ids.
int32_t TowerBuilder::head(int32_t x) {
  HeadSpec head = tower_.head;
  const uint32_t width = method_.extent_from_end(x, 0).count;
  const std::string own = head.linear.name + ".bias";
  const bool tied = head.tie == HeadSpec::kTied;
  const std::string matrix = (tied ? tower_.embedding.name : head.linear.name) + ".weight";
  int32_t bias = -1;
  if (!head.bias.empty() && weights_.has(head.bias)) {
    if (head.bias != own && !weights_.implied_by(own, head.bias)) {
      fail("{}: tensors {} and {} differ, which are one bias; one of them is wrong", path_, own,
           head.bias);
    }
    bias = weights_.vector(head.bias, head.outputs);
  } else {
    bias = weights_.bias(head.linear, head.outputs);
  }
  return method_.linear(x, weights_.matrix(matrix, head.outputs, width), bias, head.outputs);
}

// Divided by its length: the RMS norm of a row is that times the square root of its width.
int32_t TowerBuilder::unit(int32_t x) {
  const uint32_t width = method_.extent_from_end(x, 0).count;
  constexpr float kLeast = 1e-24f;  // of squared lengths
  const float gain = 1 / std::sqrt(static_cast<float>(width));
  const std::vector<float> gains(width, gain);
  const int32_t weight =
      weights_.constants("unit." + std::to_string(width), {width}, gains, schema::Layout::Row16);
  return method_.rms_norm(x, weight, kLeast / static_cast<float>(width));
}

// Attention of one trained query: what it makes of each key is one number, so keys have one column,
// and the query is 1. Every token asks the same; the first one's answer is taken.
int32_t TowerBuilder::probe(int32_t x, const StepSpec& step) {
  const Extent tokens = method_.extent_from_end(x, 1);
  const uint32_t width = method_.extent_from_end(x, 0).count;
  const Heads heads = {step.heads, step.heads, 1, width / step.heads};
  const int32_t keys = method_.linear(x, weights_.probe_keys(step, width), -1, heads.count);
  View view = {.rows = uint64_t{3} * width, .first = uint64_t{2} * width};
  const int32_t matrix = weights_.matrix(step.projection + ".in_proj_weight", width, width, view);
  const int32_t bias = weights_.vector(step.projection + ".in_proj_bias", width, view);
  const KeyValues stored = method_.store(keys, method_.linear(x, matrix, bias, width), heads);
  const std::vector<float> ones(size_t{tokens.count} * heads.count, 1);
  const int32_t query =
      method_.constant(weights_.constants("probe", {tokens.count, heads.count}, ones));
  Look look;
  look.scale = 1;
  const int32_t seen = method_.attention(query, stored, heads, look);
  const int32_t first = method_.select_token(seen, schema::TokenChoice::Index, 0);
  return blocks_.linear(first, {step.projection + ".out_proj", {}, Bias::kRequired}, width, width);
}

int32_t TowerBuilder::join(int32_t x, const StepSpec& step) {
  schema::WindowsT windows;
  windows.lines = method_.extent_from_end(x, 1).count / step.joined;
  windows.columns = windows.wide = step.joined;
  windows.high = 1;
  if (step.kind == StepSpec::kJoin) return method_.merge_windows(x, windows);
  const bool mean = step.kind == StepSpec::kMeanOf;
  return method_.pool_windows(x, mean ? schema::PoolKind::Mean : schema::PoolKind::Max, windows);
}

// Linear layers and the convolution of one tap are one matrix for each stage, and come before the
// interpolation, which is of fewer columns and tokens then: all three are sums, and the weights of
// an interpolation are 1 together, so that biases may come first.
int32_t TowerBuilder::join_stages(const StagesSpec& spec) {
  std::vector<int32_t> stages = stages_;
  stages.push_back(made_.at(""));
  std::vector<uint32_t> columns;
  for (const int32_t x : stages) columns.push_back(method_.extent_from_end(x, 0).count);
  const StageWeights weights = weights_.stages(spec, columns);
  const Grid& finest = spec.grids[0];
  int32_t sum = -1;
  for (size_t s = 0; s < stages.size(); ++s) {
    int32_t x =
        method_.linear(stages[s], weights.matrices[s], s == 0 ? weights.bias : -1, spec.width);
    const Grid& grid = spec.grids[s];
    if (grid != finest) {
      schema::ResizeGridT to;
      to.lines = grid.lines;
      to.columns = grid.columns;
      to.made_lines = finest.lines;
      to.made_columns = finest.columns;
      x = method_.resize_grid(x, to);
    }
    sum = s == 0 ? x : method_.binary(schema::BinaryKind::Add, sum, x);
  }
  return sum;
}

int32_t TowerBuilder::step(int32_t x, const StepSpec& step) {
  switch (step.kind) {
    case StepSpec::kFirst:
      return method_.select_token(x, schema::TokenChoice::Index, step.token);
    case StepSpec::kLast:
      return method_.select_token(x, schema::TokenChoice::Last, 0);
    case StepSpec::kMean:
      return method_.pool(x, schema::PoolKind::Mean, step.token);
    case StepSpec::kMax:
      return method_.pool(x, schema::PoolKind::Max);
    case StepSpec::kLinear:
      return blocks_.linear(x, {step.name, step.view, step.bias},
                            weights_.rows(step.name + ".weight"),
                            method_.extent_from_end(x, 0).count);
    case StepSpec::kActivation:
      return method_.activation(x, step.function);
    case StepSpec::kNorm:
      return blocks_.norm(x, step.name);
    case StepSpec::kUnit:
      return unit(x);
    case StepSpec::kHead:
      return head(x);
    case StepSpec::kProbe:
      return probe(x, step);
    case StepSpec::kAdd:
      return method_.binary(schema::BinaryKind::Add, x, made_.at(step.name));
    case StepSpec::kScale:
      return method_.activation(x, schema::Function::None, step.factor);
    case StepSpec::kJoin:
    case StepSpec::kMeanOf:
    case StepSpec::kMaxOf:
      return join(x, step);
    case StepSpec::kRestore: {
      const schema::GroupNormT& norm = *taken_norm_;
      return method_.inverse_group_norm(x, taken_, norm,
                                        step.joined > 0 ? step.joined : norm.groups);
    }
    case StepSpec::kResidual:
      return blocks_.residual(x, *step.residual, step.outputs);
    case StepSpec::kStages:
      return join_stages(*step.stages);
  }
  return x;
}

void TowerBuilder::finish_named(int32_t x) {
  made_ = {{"", ending(x)}};
  for (const OutputSpec& output : tower_.outputs) {
    const auto is_linear = [](const StepSpec& s) { return s.kind == StepSpec::kLinear; };
    const auto first = std::find_if(output.steps.begin(), output.steps.end(), is_linear);
    if (output.optional && first != output.steps.end() && !weights_.has(first->name + ".weight")) {
      continue;
    }
    int32_t y = made_.at(output.from);
    for (const StepSpec& next : output.steps) y = step(y, next);
    const uint32_t width = method_.extent_from_end(y, 0).count;
    const size_t labels = spec_.labels.size();
    if (output.name == "logits" && labels > 0 && labels != width) {
      fail("{}: the config names {} labels, its head has {}; one of them is wrong", path_, labels,
           width);
    }
    if (!output.inner) method_.output(y, output.name);
    made_[output.name] = y;
  }
  if (tower_.constant.empty()) return;
  const auto count = static_cast<uint32_t>(tower_.numbers.size());
  const int32_t weight = weights_.constants(tower_.constant, {1, count}, tower_.numbers);
  method_.output(method_.constant(weight), tower_.constant);
}

}  // namespace fovea::tools
