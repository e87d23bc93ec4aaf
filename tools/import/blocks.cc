#include "tools/import/blocks.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <utility>
#include <variant>

namespace fovea::tools {

int32_t BlockBuilder::norm(int32_t x, const std::string& name, float epsilon) {
  const NormSpec& spec = norms_;
  if (spec.none || name.empty()) return x;
  if (spec.batch) return batch_norm(x, name);
  if (epsilon == 0) epsilon = spec.epsilon;
  const uint32_t width = width_of(x);
  const int32_t gain = spec.plain ? weights_.all("ones", width, 1)
                                  : weights_.vector(name + ".weight", width, {.add = spec.add});
  if (spec.rms) return method_.rms_norm(x, gain, epsilon);
  const int32_t bias = spec.plain || !spec.bias ? weights_.all("zeros", width, 0)
                                                : weights_.vector(name + ".bias", width);
  return method_.layer_norm(x, gain, bias, epsilon);
}

// Every column times a number, plus a number: a convolution of one tap and as many groups.
int32_t BlockBuilder::batch_norm(int32_t x, const std::string& name) {
  const uint32_t n = width_of(x);
  const std::vector<float> gain = weights_.numbers(name + ".weight", n),
                           bias = weights_.numbers(name + ".bias", n),
                           mean = weights_.numbers(name + ".running_mean", n),
                           variance = weights_.numbers(name + ".running_var", n);
  std::vector<float> scales, offsets;
  for (uint32_t i = 0; i < n; ++i) {
    const double root = std::sqrt(double{variance[i]} + double{norms_.epsilon});
    scales.push_back(static_cast<float>(gain[i] / root));
    offsets.push_back(static_cast<float>(bias[i] - mean[i] * gain[i] / root));
  }
  weights_.ignore(name + ".num_batches_tracked");
  schema::ConvolutionT form;
  form.groups = n;
  const int32_t matrix =
      weights_.constants(name + ".scales", {n, 1, 1}, std::move(scales), schema::Layout::Panels16);
  const int32_t offset =
      weights_.constants(name + ".offsets", {n, 1}, std::move(offsets), schema::Layout::Row16);
  return method_.convolution(x, matrix, offset, n, form);
}

int32_t BlockBuilder::linear(int32_t x, const LinearSpec& linear, uint32_t outputs,
                             uint32_t columns, const std::string& matrix) {
  const std::string& name = matrix.empty() ? linear.name : matrix;
  const int32_t weight = weights_.matrix(name + ".weight", outputs, columns, linear.view);
  return method_.linear(x, weight, weights_.bias(linear, outputs), outputs);
}

int32_t BlockBuilder::residual(int32_t x, const ResidualSpec& spec, uint32_t outputs) {
  const uint32_t columns = width_of(x);
  const int32_t up = method_.activation(linear(x, spec.up, spec.width, columns), spec.activation);
  const int32_t down = linear(up, spec.down, outputs, spec.width);
  return method_.binary(schema::BinaryKind::Add, down, linear(x, spec.beside, outputs, columns));
}

int32_t BlockBuilder::project(int32_t x, const std::string& prefix, LinearSpec spec,
                              uint32_t outputs, uint32_t columns) {
  spec.name = spec.full_name(prefix);
  if (!spec.own_bias.empty() && !spec.whole) spec.own_bias = prefix + spec.own_bias;
  if (!spec.scale.empty() || spec.gain != 1) {
    std::vector<float> scales(outputs, 1);
    if (!spec.scale.empty()) scales = weights_.numbers(prefix + spec.scale, outputs);
    for (float& scale : scales) scale *= spec.gain;
    spec.view.scales = std::make_shared<const std::vector<float>>(std::move(scales));
  }
  return linear(x, spec, outputs, columns);
}

int32_t BlockBuilder::make(int32_t x, const BlockSpec& block, const std::string& prefix,
                           const LayerStates& states) {
  if (const auto* attention = std::get_if<AttentionSpec>(&block.part)) {
    return attend(x, *attention, prefix, states);
  }
  const auto* ffn = std::get_if<FeedForwardSpec>(&block.part);
  return ffn != nullptr ? feed_forward(x, *ffn, prefix)
                        : experts(x, std::get<ExpertsSpec>(block.part), prefix);
}

int32_t BlockBuilder::layer(int32_t x, const LayerSpec& layer, const std::string& prefix,
                            const LayerStates& states) {
  const bool before = norms_.before;
  const auto named = [&](const std::string& name) { return name.empty() ? name : prefix + name; };
  int32_t taken = x, inner = -1;  // by the block before, and its norm of that
  const std::string* inner_name = nullptr;
  for (const BlockSpec& block : layer) {
    if (!block.parallel) taken = x;
    const bool same = block.parallel && inner_name != nullptr && *inner_name == block.norm;
    if (!same) inner = before ? norm(taken, named(block.norm)) : taken;
    inner_name = &block.norm;
    int32_t made = norm(make(inner, block, prefix, states), named(block.after));
    if (block.factor != 1) made = method_.activation(made, schema::Function::None, block.factor);
    x = method_.binary(schema::BinaryKind::Add, x, made);
    if (!before) x = norm(x, named(block.norm));
  }
  return x;
}

int32_t BlockBuilder::clipped(int32_t x, const AttentionSpec& attention) {
  return attention.clip > 0 ? method_.clamp(x, -attention.clip, attention.clip) : x;
}

BlockBuilder::KeyValue BlockBuilder::key_value(int32_t x, const AttentionSpec& attention,
                                               const std::string& prefix) {
  const Heads& heads = attention.heads;
  int32_t key = clipped(
      project(x, prefix, attention.key, heads.kv_count * heads.key_width, width_of(x)), attention);
  const int32_t value = attention.value.name.empty()
                            ? key
                            : clipped(project(x, prefix, attention.value,
                                              heads.kv_count * heads.value_width, width_of(x)),
                                      attention);
  if (attention.unit) key = unit_heads(key, heads.kv_count, heads.key_width, {});
  if (!attention.norms.key.empty()) {
    const std::string name = prefix + attention.norms.key;
    key = head_norm(key, attention.norms, name, heads.kv_count, heads.key_width);
  }
  return {key, value};
}

void BlockBuilder::store_encoded(int32_t x, const AttentionSpec& attention,
                                 const std::string& prefix, const LayerStates& states) {
  const auto [key, value] = key_value(x, attention, prefix);
  method_.store(key, value, attention.heads, states.encoder);
}

void BlockBuilder::rotate(int32_t x, const RotaryWeights& rotary, uint32_t heads,
                          uint32_t head_width) {
  schema::RotaryTableT angles;
  angles.cache = cache_;
  angles.factor = rotary.factor;
  schema::RotaryT attributes;
  attributes.heads = heads;
  attributes.head_width = head_width;
  attributes.interleaved = rotary.interleaved;
  const int32_t table = rotary.table >= 0 ? method_.constant(rotary.table)
                                          : method_.rotary_table(x, rotary.frequencies, angles);
  method_.rotary(x, table, attributes);
}

int32_t BlockBuilder::head_norm(int32_t x, const HeadNormsSpec& norms, const std::string& name,
                                uint32_t heads, uint32_t head_width) {
  const uint32_t groups = norms.gains == HeadNormsSpec::kRow ? 1 : heads;
  const auto numbers = [&](const char* end, float add) {
    switch (norms.gains) {
      case HeadNormsSpec::kShared:
        return weights_.vector(name + end, head_width, {.add = add});
      case HeadNormsSpec::kRow:
        return weights_.vector(name + end, heads * head_width, {.add = add});
      case HeadNormsSpec::kOwn:
        return weights_.flattened(name + end, heads, head_width);
      case HeadNormsSpec::kListed:
        return weights_.joined(name + ".norms.", end, heads, head_width);
    }
    return -1;
  };
  const int32_t gain = numbers(".weight", norms_.add);
  if (norms_.rms) return method_.rms_norm(x, gain, norms_.epsilon, groups);
  const uint32_t n = norms.gains == HeadNormsSpec::kShared ? head_width : heads * head_width;
  const int32_t bias = norms.bias ? numbers(".bias", 0) : weights_.all("zeros", n, 0);
  return method_.layer_norm(x, gain, bias, norms_.epsilon, groups);
}

int32_t BlockBuilder::unit_heads(int32_t x, uint32_t heads, uint32_t head_width,
                                 const std::string& temperature) {
  constexpr double kLeast = 1e-12;  // lengths below it count as this: zeros stay zeros
  const float epsilon = static_cast<float>(kLeast * kLeast / head_width);
  const double root = std::sqrt(static_cast<double>(head_width));
  std::vector<float> gain;
  if (temperature.empty()) {
    gain.assign(head_width, static_cast<float>(1 / root));
  } else {
    for (const float t : weights_.numbers(temperature, heads)) {
      gain.insert(gain.end(), head_width, static_cast<float>(static_cast<double>(t) / root));
    }
  }
  const auto size = static_cast<uint32_t>(gain.size());
  const std::string name = temperature.empty() ? fmt::format("unit.{}", size) : temperature;
  const int32_t weight = weights_.constants(name, {size}, std::move(gain), schema::Layout::Row16);
  return method_.rms_norm(x, weight, epsilon, heads);
}

schema::WindowsT BlockBuilder::windows_of(const WindowsSpec& spec) {
  schema::WindowsT made;
  made.lines = spec.grid.lines;
  made.columns = spec.grid.columns;
  made.high = spec.side;
  made.wide = spec.across();
  made.down = made.right = spec.shift;
  return made;
}

int32_t BlockBuilder::convolve(int32_t x, const GridConvolution& spec, const std::string& prefix) {
  const std::string name = prefix + spec.name;
  const uint32_t columns = width_of(x);
  auto windows = std::make_unique<schema::GridWindowsT>();
  windows->lines = spec.grid.lines;
  windows->columns = spec.grid.columns;
  windows->high = windows->wide = spec.side;
  windows->down = windows->right = spec.stride;
  windows->above = windows->below = windows->before = windows->after = spec.padding;
  const TapsShape shape = {.outputs = spec.outputs,
                           .columns = columns,
                           .taps = spec.side * spec.side,
                           .groups = spec.groups,
                           .high = spec.side};
  const LinearSpec linear = {name, {}, Bias::kRequired};
  int32_t y = -1;
  if (spec.groups == columns && spec.outputs == columns) {
    schema::DepthwiseConvolutionT each;
    each.windows = std::move(windows);
    each.function = spec.activation;
    const int32_t taps = weights_.depthwise(name, shape);
    y = method_.depthwise_convolution(x, taps, weights_.bias(linear, columns), std::move(each));
  } else {
    schema::GridConvolutionT all;
    all.windows = std::move(windows);
    all.groups = spec.groups;
    all.function = spec.activation;
    const int32_t matrix = weights_.taps(name, shape), bias = weights_.taps_bias(linear, shape);
    y = method_.grid_convolution(x, matrix, bias, spec.outputs, std::move(all));
  }
  return spec.norm.empty() ? y : norm(y, prefix + spec.norm, spec.epsilon);
}

int32_t BlockBuilder::merge(int32_t x, const MergeSpec& spec) {
  schema::WindowsT four;
  four.lines = spec.grid.lines;
  four.columns = spec.grid.columns;
  four.high = four.wide = 2;
  four.by_column = true;
  const uint32_t width = width_of(x);
  const int32_t normed = norm(method_.merge_windows(x, four), spec.norm, spec.epsilon);
  return linear(normed, spec.linear, 2 * width, 4 * width);
}

KeyValues BlockBuilder::stored_for(int32_t x, int32_t query, const AttentionSpec& attention,
                                   const std::string& prefix, const LayerStates& states) {
  const Heads& heads = attention.heads;
  if (attention.sight == Sight::kEncoder) {
    if (encoded_ < 0) return states.encoder;
    const auto [key, value] = key_value(encoded_, attention, prefix);
    return method_.store(key, value, heads);
  }
  if (!attention.reduced.name.empty()) x = convolve(x, attention.reduced, prefix);
  const auto [key, value] = key_value(x, attention, prefix);
  if (attention.rotary >= 0) {
    const RotaryWeights& rotary = rotaries_[static_cast<size_t>(attention.rotary)];
    rotate(query, rotary, heads.count, heads.key_width);
    rotate(key, rotary, heads.kv_count, heads.key_width);
  }
  if (attention.sight == Sight::kRun) return method_.store(key, value, heads);
  method_.store(key, value, heads, states.past);
  return states.past;
}

int32_t BlockBuilder::attend(int32_t x, const AttentionSpec& attention, const std::string& prefix,
                             const LayerStates& states) {
  const Heads& heads = attention.heads;
  const uint32_t width = width_of(x), values = heads.count * heads.value_width;
  if (attention.alone) {
    const int32_t value = project(x, prefix, attention.value, values, width);
    return project(value, prefix, attention.output, width, values);
  }
  const WindowsSpec& windows = attention.windows;
  if (windows.side > 0) x = method_.windows(x, windows_of(windows));
  int32_t query =
      clipped(project(x, prefix, attention.query, heads.count * heads.key_width, width), attention);
  if (attention.unit) {
    const std::string& name = attention.temperature;
    query = unit_heads(query, heads.count, heads.key_width, name.empty() ? name : prefix + name);
  }
  if (!attention.norms.query.empty()) {
    const std::string name = prefix + attention.norms.query;
    query = head_norm(query, attention.norms, name, heads.count, heads.key_width);
  }
  const KeyValues stored = stored_for(x, query, attention, prefix, states);
  int32_t seen = method_.attention(query, stored, heads, look_of(attention, prefix));
  if (windows.side > 0) seen = method_.join_windows(seen, windows_of(windows));
  return project(seen, prefix, attention.output, width, values);
}

Look BlockBuilder::look_of(const AttentionSpec& attention, const std::string& prefix) {
  const Heads& heads = attention.heads;
  const double scale =
      attention.scale > 0 ? attention.scale : 1 / std::sqrt(static_cast<double>(heads.key_width));
  Look look;
  look.scale = static_cast<float>(scale);
  look.causal = attention.sight == Sight::kPast || attention.causal;
  look.window = attention.window;
  look.kept = attention.kept;
  if (attention.sight == Sight::kRun) look.seen = seen_;
  if (attention.sight == Sight::kEncoder && encoded_ >= 0) {
    look.seen = encoded_seen_;
    look.key_tokens = method_.extent_from_end(encoded_, 1).count;
  }
  if (!attention.reduced.name.empty()) look.key_tokens = attention.reduced.made().patches();
  look.soft_cap = static_cast<float>(attention.soft_cap);
  if (!attention.slopes.empty()) {
    look.slopes = weights_.constants("slopes", {heads.count}, attention.slopes);
  }
  if (!attention.sinks.empty()) look.sinks = weights_.plain(prefix + attention.sinks, heads.count);
  if (!attention.buckets.name.empty()) {
    look.distances = weights_.distances(attention.buckets, heads.count);
  }
  const RelativeSpec& relative = attention.relative;
  const auto by_distance = [&](LinearSpec linear) {
    if (linear.name.empty()) return -1;
    linear.name = linear.full_name(prefix);
    return weights_.relative(relative, linear, heads, width_);
  };
  look.position_keys = by_distance(relative.key);
  look.position_queries = by_distance(relative.query);
  const PairsSpec& pairs = attention.pairs;
  if (!pairs.table.empty()) {
    const std::string table = pairs.whole ? pairs.table : prefix + pairs.table;
    look.pairs = attention.windows.side > 0
                     ? weights_.window_pairs(attention.windows, table, heads.count)
                     : weights_.pairs(pairs, table, heads.count);
    look.pairs_of = attention.windows.kinds();
  }
  return look;
}

int32_t BlockBuilder::feed_forward(int32_t x, const FeedForwardSpec& ffn,
                                   const std::string& prefix) {
  const auto widen = [&](const LinearSpec& linear) {
    return project(x, prefix, linear, ffn.width, width_of(x));
  };
  int32_t hidden = -1;
  if (ffn.gate.name.empty()) {
    hidden = widen(ffn.up);
    if (ffn.mixed.name.empty()) {
      hidden = method_.activation(hidden, ffn.activation);
    } else {
      GridConvolution mixed = ffn.mixed;
      mixed.activation = ffn.activation;
      hidden = convolve(hidden, mixed, prefix);
    }
    if (ffn.squared) hidden = method_.binary(schema::BinaryKind::Multiply, hidden, hidden);
  } else {
    const int32_t gate = widen(ffn.gate), up = widen(ffn.up);
    hidden =
        method_.binary(schema::BinaryKind::Multiply, method_.activation(gate, ffn.activation), up);
  }
  return project(hidden, prefix, ffn.down, width_of(x), ffn.width);
}

int32_t BlockBuilder::experts(int32_t x, const ExpertsSpec& spec, const std::string& prefix) {
  schema::RouteT route;
  route.kind = spec.route;
  const int32_t logits = project(x, prefix, spec.router, spec.count, width_);
  const Routed routed = method_.route(logits, route, spec.chosen);
  schema::GatedExpertsT gated;
  gated.function = spec.activation;
  gated.limit = spec.limit;
  gated.alpha = spec.alpha;
  const std::vector<ExpertLinear> widen = {spec.gate, spec.up}, narrow = {spec.down};
  const uint32_t n = spec.count, width = width_;
  const int32_t matrices = weights_.experts(prefix, widen, n, spec.width, width);
  const int32_t biases = weights_.expert_biases(prefix, widen, n, spec.width);
  const int32_t hidden = method_.gated_experts(x, routed, matrices, biases, gated, spec.width);
  const int32_t matrix = weights_.experts(prefix, narrow, n, width, spec.width);
  const int32_t bias = weights_.expert_biases(prefix, narrow, n, width);
  int32_t y = method_.linear_experts(hidden, routed, matrix, bias, width);
  for (const ExpertsSpec& other : spec.besides) {
    y = method_.binary(schema::BinaryKind::Add, y, experts(x, other, prefix));
  }
  return y;
}

}  // namespace fovea::tools
