// compressed-tensors, of vLLM's tools: int-quantized has weight [outputs, columns] in bytes,
// pack-quantized weight_packed [outputs, columns / n] with n codes of consecutive columns in a
// word, and weight_shape; both weight_scale [outputs, groups] and, where they are not symmetric,
// weight_zero_point, in pack-quantized with n outputs in a word; weight_g_idx [columns] where
// columns were ordered.

#include <cstring>

#include "tools/checkpoint/json.h"
#include "tools/checkpoint/quantized.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

struct Settings {
  uint32_t bits = 0;
  bool packed = false;
};

// Which layers, the tensors say; how it was found does not matter.
constexpr const char* kInert[] = {"quantization_status", "global_compression_ratio", "ignore",
                                  "version", "quantization_version"};
constexpr const char* kInertWeights[] = {"observer",        "observer_kwargs", "actorder",
                                         "strategy",        "symmetric",       "group_size",
                                         "block_structure", "scale_dtype",     "zp_dtype"};

// Of one group of layers, all of whose weights are alike.
void read_weights(json& group, uint32_t& bits, const std::string& path) {
  json& weights = group["weights"];
  if (!weights.is_object()) return;
  const int64_t said = take_number(weights, "num_bits", 8, path);
  if (said != 4 && said != 8) {
    fail("{}: the config's quantization_config has weights of {} bits; 4 and 8 can be read", path,
         said);
  }
  if (bits != 0 && bits != said) {
    fail(
        "{}: the config's quantization_config has groups of {} and of {} bits; of one number can "
        "be read",
        path, bits, said);
  }
  bits = static_cast<uint32_t>(said);
  take_only(weights, "type", "int");
  take_only(weights, "dynamic", false);
  for (const char* key : kInertWeights) weights.erase(key);
  if (weights.empty()) group.erase("weights");
}

Settings read_settings(json& said, const std::string& path) {
  Settings s;
  const json format = said.value("format", json());
  s.packed = format == "pack-quantized";
  if (!s.packed && format != "int-quantized") {
    fail(
        "{}: the config's quantization_config.format is {}; int-quantized and pack-quantized can "
        "be read",
        path, show_json(format));
  }
  said.erase("format");
  take_only(said, "kv_cache_scheme", json());
  take_only(said, "sparsity_config", json::object());
  take_only(said, "transform_config", json::object());
  for (const char* key : kInert) said.erase(key);
  if (!said.contains("config_groups") || !said["config_groups"].is_object()) return s;
  json left = json::object();
  for (auto& [name, group] : said["config_groups"].items()) {
    if (!group.is_object()) continue;
    read_weights(group, s.bits, path);
    group.erase("targets");
    take_only(group, "format", format);
    // Activations that are rounded, too, are left for the config's reader to name.
    take_only(group, "input_activations", json());
    take_only(group, "output_activations", json());
    if (!group.empty()) left[name] = group;
  }
  said.erase("config_groups");
  if (!left.empty()) said["config_groups"] = left;
  return s;
}

// [outputs, groups], of which leading or last extents of 1 may be missing.
void add_scales(PackedMatrix& m, uint64_t& groups, QuantizedLayer& layer) {
  const std::vector<uint64_t> shape = layer.shape(".weight_scale");
  const bool one = shape.empty() || (shape.size() == 1 && shape[0] == 1);
  const bool rows = !one && shape.size() <= 2 && shape[0] == m.outputs;
  if (!one && !rows) layer.refuse("has scales of " + shape_text(shape));
  groups = rows && shape.size() == 2 ? shape[1] : 1;
  if (groups == 0 || m.columns == 0 || m.columns % groups != 0) {
    layer.refuse("has " + std::to_string(groups) + " groups, which do not fit its columns");
  }
  m.group = m.columns / groups;
  m.scale_codec = layer.codec(".weight_scale");
  m.scales = layer.take(".weight_scale", {"F16", "BF16", "F32"}, shape);
  m.scale_row_stride = one ? 0 : groups;
  m.scale_group_stride = 1;
}

// Numbers below 0 say that columns are in order.
void add_groups(PackedMatrix& m, uint64_t groups, QuantizedLayer& layer) {
  if (!layer.has(".weight_g_idx")) return;
  const uint8_t* words = layer.take(".weight_g_idx", {"I32"}, {m.columns});
  int32_t first;
  std::memcpy(&first, words, sizeof(first));
  if (first < 0) return;
  m.groups = read_groups(words, m.columns, groups, layer);
  m.group = 0;
}

// As many bytes as numbers.
void join_bytes(QuantizedLayer layer) {
  const std::vector<uint64_t> shape = layer.shape(".weight");
  if (shape.size() != 2) layer.refuse("has a weight of " + shape_text(shape));
  PackedMatrix m;
  m.outputs = shape[0];
  m.columns = shape[1];
  m.codes = {.words = layer.take(".weight", {"I8"}, shape),
             .word_bytes = 1,
             .bits = 8,
             .row_stride = m.columns,
             .column_stride = 1,
             .is_signed = true};
  uint64_t groups = 1;
  const std::vector<uint64_t> scales = layer.shape(".weight_scale");
  add_scales(m, groups, layer);
  if (layer.has(".weight_zero_point")) {
    m.zeros = {.words = layer.take(".weight_zero_point", {"I8"}, scales),
               .word_bytes = 1,
               .bits = 8,
               .row_stride = m.scale_row_stride,
               .column_stride = 1,
               .is_signed = true};
  }
  add_groups(m, groups, layer);
  layer.put(std::move(m), "int8");
}

void join_packed(uint32_t bits, QuantizedLayer layer) {
  const std::vector<uint64_t> words = layer.shape(".weight_packed");
  if (words.size() != 2) layer.refuse("has codes of " + shape_text(words));
  int64_t shape[2];
  std::memcpy(shape, layer.take(".weight_shape", {"I64"}, {2}), sizeof(shape));
  const uint64_t n = 32 / bits;
  PackedMatrix m;
  m.outputs = words[0];
  m.columns = static_cast<uint64_t>(shape[1]);
  if (shape[0] < 0 || static_cast<uint64_t>(shape[0]) != m.outputs || shape[1] <= 0 ||
      (m.columns - 1) / n + 1 != words[1]) {
    layer.refuse("says its shape is [" + std::to_string(shape[0]) + ", " +
                 std::to_string(shape[1]) + "], its codes are " + shape_text(words));
  }
  const int32_t least = -(1 << (bits - 1));
  m.codes = {.words = layer.take(".weight_packed", {"I32"}, words),
             .bits = bits,
             .columns_of_word = n,
             .row_stride = words[1],
             .column_stride = 1,
             .add = least};
  uint64_t groups = 1;
  add_scales(m, groups, layer);
  if (layer.has(".weight_zero_point")) {
    m.zeros = {
        .words = layer.take(".weight_zero_point", {"I32"}, {(m.outputs + n - 1) / n, groups}),
        .bits = bits,
        .rows_of_word = n,
        .row_stride = groups,
        .column_stride = 1,
        .add = least};
  }
  add_groups(m, groups, layer);
  layer.put(std::move(m), bits == 4 ? "int4" : "int8");
}

}  // namespace

void join_compressed_tensors(json& said, Checkpoint& checkpoint) {
  const Settings s = read_settings(said, checkpoint.path);
  if (!s.packed) {
    for (const std::string& name : names_before(checkpoint, ".weight_scale")) {
      join_bytes({checkpoint, name});
    }
    return;
  }
  if (s.bits == 0) fail("{}: the config's quantization_config has no num_bits", checkpoint.path);
  for (const std::string& name : names_before(checkpoint, ".weight_packed")) {
    join_packed(s.bits, {checkpoint, name});
  }
}

}  // namespace fovea::tools
