#include "tools/import/blocks.h"

#include <cmath>
#include <utility>
#include <vector>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

constexpr uint64_t kMostSinusoids = uint64_t{1} << 26;

}  // namespace

std::string choice(const Config& config, const char* key, const char* otherwise,
                   std::initializer_list<const char*> known) {
  const std::string value = config.text(key, otherwise);
  std::string list;
  for (const char* name : known) {
    if (value == name) return value;
    list += (list.empty() ? "" : ", ") + std::string(name);
  }
  fail("{}: the config's {} is {}; known are {}", config.path(), key, show_json(value), list);
}

BlockConfig read_block_config(const Config& config) {
  BlockConfig block;
  block.width = config.count("width");
  block.ffn_width = config.count("ffn_width");
  block.heads.count = block.heads.kv_count = config.count("heads");
  block.heads.key_width = block.heads.value_width = config.divided("width", "heads");
  block.activation = config.function("activation");
  block.rms = choice(config, "norm", "layer", {"layer", "rms"}) == "rms";
  block.epsilon = static_cast<float>(config.number("norm_eps", 1e-5));
  block.norm_first = choice(config, "norm_position", "pre", {"pre", "post"}) == "pre";
  return block;
}

int32_t BlockBuilder::norm(int32_t x, const std::string& prefix) {
  const int32_t gain = weights_.vector(prefix + ".weight", config_.width);
  if (config_.rms) return method_.rms_norm(x, gain, config_.epsilon);
  const int32_t bias = weights_.vector(prefix + ".bias", config_.width);
  return method_.layer_norm(x, gain, bias, config_.epsilon);
}

int32_t BlockBuilder::linear(int32_t x, const std::string& prefix, uint32_t outputs,
                             uint32_t columns) {
  const int32_t matrix = weights_.matrix(prefix + ".weight", outputs, columns);
  return method_.linear(x, matrix, weights_.optional_vector(prefix + ".bias", outputs), outputs);
}

int32_t BlockBuilder::project(int32_t x, const std::string& prefix, const char* name) {
  return linear(x, prefix + "." + name, config_.width, config_.width);
}

int32_t BlockBuilder::finish_attention(int32_t query, const KeyValues& stored,
                                       const std::string& prefix, bool causal) {
  return project(method_.attention(query, stored, config_.heads, causal), prefix, names_.output);
}

int32_t BlockBuilder::self_attention(int32_t x, const std::string& prefix) {
  const int32_t query = project(x, prefix, names_.query);
  const int32_t key = project(x, prefix, names_.key);
  const int32_t value = project(x, prefix, names_.value);
  const KeyValues stored = method_.store(key, value, config_.heads);
  return finish_attention(query, stored, prefix, /*causal=*/false);
}

int32_t BlockBuilder::causal_attention(int32_t x, const std::string& prefix,
                                       const KeyValues& states) {
  const int32_t query = project(x, prefix, names_.query);
  store_memory(x, prefix, states);
  return finish_attention(query, states, prefix, /*causal=*/true);
}

int32_t BlockBuilder::cross_attention(int32_t x, const std::string& prefix,
                                      const KeyValues& states) {
  return finish_attention(project(x, prefix, names_.query), states, prefix, /*causal=*/false);
}

void BlockBuilder::store_memory(int32_t memory, const std::string& prefix,
                                const KeyValues& states) {
  const int32_t key = project(memory, prefix, names_.key);
  const int32_t value = project(memory, prefix, names_.value);
  method_.store(key, value, config_.heads, states);
}

int32_t BlockBuilder::feed_forward(int32_t x, const std::string& prefix) {
  const std::string up = prefix + "." + names_.up, down = prefix + "." + names_.down;
  const int32_t hidden =
      method_.activation(linear(x, up, config_.ffn_width, config_.width), config_.activation);
  return linear(hidden, down, config_.width, config_.ffn_width);
}

int32_t BlockBuilder::encoder_layer(int32_t x, const std::string& prefix) {
  x = residual(x, prefix + "attention_norm",
               [&](int32_t y) { return self_attention(y, prefix + "attention"); });
  return residual(x, prefix + "ffn_norm",
                  [&](int32_t y) { return feed_forward(y, prefix + "ffn"); });
}

int32_t sinusoidal_positions(Weights& weights, uint32_t count, uint32_t width) {
  const auto generate = [width](uint64_t first, std::span<float> out) {
    for (size_t i = 0; i < out.size(); ++i) {
      const uint32_t position = static_cast<uint32_t>((first + i) / width);
      const uint32_t column = static_cast<uint32_t>((first + i) % width);
      const double even = column - column % 2;
      const double angle = position / std::pow(10000.0, even / width);
      out[i] = static_cast<float>(column % 2 == 0 ? std::sin(angle) : std::cos(angle));
    }
  };
  return weights.generated("sinusoids." + std::to_string(count), count, width, generate);
}

int32_t add_positions(int32_t x, const Config& config, const char* key, Weights& weights,
                      const std::string& tensor, uint32_t count, uint32_t width, int32_t cache,
                      MethodBuilder& method) {
  const std::string kind = choice(config, key, "learned", {"learned", "sinusoidal", "none"});
  if (kind == "none") return x;
  // Nothing in the checkpoint bounds this table.
  if (kind == "sinusoidal" && uint64_t{count} * width > kMostSinusoids) {
    fail(
        "{}: the config asks for sinusoids of {} positions, {} numbers each; {} MB at most are "
        "made",
        config.path(), count, width, kMostSinusoids * sizeof(float) >> 20);
  }
  const int32_t table = kind == "learned" ? weights.table(tensor, count, width)
                                          : sinusoidal_positions(weights, count, width);
  return method.add_positions(x, table, cache);
}

}  // namespace fovea::tools
