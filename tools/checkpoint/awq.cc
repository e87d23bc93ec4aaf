// AWQ (Lin et al. 2023): qweight [columns, outputs / 8], eight codes of consecutive outputs in a
// word, in an order of their own; qzeros [groups, outputs / 8] alike; scales [groups, outputs].

#include "tools/checkpoint/quantized.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

constexpr uint64_t kOfWord = 8;
constexpr uint8_t kPlaces[kOfWord] = {0, 4, 1, 5, 2, 6, 3, 7};  // of outputs 0 to 7

// Which layers are stored as they were, the tensors say.
constexpr const char* kInertAwq[] = {"modules_to_not_convert", "do_fuse",        "fuse_max_seq_len",
                                     "modules_to_fuse",        "exllama_config", "backend"};

int64_t read_group(json& said, const std::string& path) {
  take_only(said, "bits", 4);
  take_only(said, "w_bit", 4);
  take_only(said, "zero_point", true);
  for (const char* name : {"gemm", "GEMM"}) take_only(said, "version", name);
  for (const char* key : kInertAwq) said.erase(key);
  int64_t group = take_number(said, "q_group_size", 128, path);
  group = take_number(said, "group_size", group, path);
  if (group == -1 || (group >= 1 && group <= (1 << 24))) return group;
  fail("{}: the config's quantization_config.group_size is {}", path, group);
}

void join_layer(int64_t said_group, QuantizedLayer layer) {
  const std::vector<uint64_t> words = layer.shape(".qweight"), scales = layer.shape(".scales");
  if (words.size() != 2 || scales.size() != 2) layer.refuse("has no matrices");
  PackedMatrix m;
  m.outputs = words[1] * kOfWord;
  m.columns = words[0];
  const uint64_t groups = scales[0];
  m.group = said_group > 0 ? static_cast<uint64_t>(said_group) : m.columns;
  if (m.columns == 0 || m.columns % m.group != 0 || groups != m.columns / m.group) {
    layer.refuse("has " + std::to_string(groups) + " groups, which do not fit its columns");
  }
  m.scale_codec = layer.codec(".scales");
  m.codes = {.words = layer.take(".qweight", {"I32"}, words),
             .rows_of_word = kOfWord,
             .row_stride = 1,
             .column_stride = words[1],
             .places = kPlaces};
  m.zeros = {.words = layer.take(".qzeros", {"I32"}, {groups, words[1]}),
             .rows_of_word = kOfWord,
             .row_stride = 1,
             .column_stride = words[1],
             .places = kPlaces};
  m.scales = layer.take(".scales", {"F16", "BF16", "F32"}, {groups, m.outputs});
  m.scale_row_stride = 1;
  m.scale_group_stride = m.outputs;
  layer.put(std::move(m), "AWQ");
}

}  // namespace

void join_awq(json& said, Checkpoint& checkpoint) {
  const int64_t group = read_group(said, checkpoint.path);
  for (const std::string& name : names_before(checkpoint, ".qweight")) {
    join_layer(group, {checkpoint, name});
  }
}

}  // namespace fovea::tools
