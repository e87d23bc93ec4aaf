// GPTQ (Frantar et al. 2022): qweight [columns / n, outputs], n codes of consecutive columns in a
// word; qzeros [groups, outputs / n]; scales [groups, outputs]; g_idx [columns], the group of each.

#include "tools/checkpoint/quantized.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

struct GptqSettings {
  uint32_t bits = 4;
  int64_t group = 128;   // -1: all columns
  bool less_one = true;  // zeros are stored less one, as version 1 of the format has them
};

// How it was found, and how programs run it.
constexpr const char* kInertGptq[] = {"damp_percent",
                                      "damp_auto_increment",
                                      "true_sequential",
                                      "static_groups",
                                      "desc_act",
                                      "sym",
                                      "model_name_or_path",
                                      "model_file_base_name",
                                      "meta",
                                      "lm_head",
                                      "dataset",
                                      "tokenizer",
                                      "batch_size",
                                      "use_cuda_fp16",
                                      "use_exllama",
                                      "exllama_config",
                                      "disable_exllama",
                                      "max_input_length",
                                      "model_seqlen",
                                      "module_name_preceding_first_block",
                                      "pad_token_id",
                                      "cache_block_outputs",
                                      "modules_in_block_to_quantize",
                                      "block_name_to_quantize",
                                      "version",
                                      "backend",
                                      "hyb_act",
                                      "act_group_aware",
                                      "mse"};

GptqSettings read_gptq_settings(json& said, const std::string& path) {
  GptqSettings s;
  const int64_t bits = take_number(said, "bits", 4, path);
  if (bits != 2 && bits != 4 && bits != 8) {
    fail("{}: the config's quantization_config.bits is {}; of GPTQ 2, 4 and 8 can be read", path,
         bits);
  }
  s.bits = static_cast<uint32_t>(bits);
  s.group = take_number(said, "group_size", 128, path);
  if (s.group != -1 && (s.group < 1 || s.group > (1 << 24))) {
    fail("{}: the config's quantization_config.group_size is {}", path, s.group);
  }
  if (said.value("checkpoint_format", json()) == "gptq_v2") {
    s.less_one = false;
    said.erase("checkpoint_format");
  }
  take_only(said, "checkpoint_format", "gptq");
  take_only(said, "is_marlin_format", false);
  take_only(said, "pack_dtype", "int32");
  take_only(said, "dynamic", json::object());
  for (const char* key : kInertGptq) said.erase(key);
  return s;
}

// Programs do not agree on what the largest number and one is.
void expect_no_wrap(const PackedMatrix& m, uint64_t groups, const QuantizedLayer& layer) {
  const int32_t most = (1 << m.zeros.bits) - 1;
  for (uint64_t g = 0; g < groups; ++g) {
    for (uint64_t o = 0; o < m.outputs; ++o) {
      if (m.zeros.at(o, g) > most) {
        layer.refuse(
            "has a zero of all bits in the first version of GPTQ, which programs read in "
            "two ways; save it as gptq_v2");
      }
    }
  }
}

void join_layer(const GptqSettings& s, QuantizedLayer layer) {
  const std::vector<uint64_t> words = layer.shape(".qweight"), scales = layer.shape(".scales");
  const uint64_t n = 32 / s.bits;
  if (words.size() != 2 || scales.size() != 2) layer.refuse("has no matrices");
  PackedMatrix m;
  m.outputs = words[1];
  m.columns = words[0] * n;
  const uint64_t groups = scales[0];
  const uint64_t group = s.group > 0 ? static_cast<uint64_t>(s.group) : m.columns;
  if (m.outputs % n != 0 || groups != (m.columns + group - 1) / group || m.columns == 0) {
    layer.refuse("has " + std::to_string(groups) + " groups, which do not fit its columns");
  }
  m.scale_codec = layer.codec(".scales");
  m.codes = {.words = layer.take(".qweight", {"I32"}, words),
             .bits = s.bits,
             .columns_of_word = n,
             .row_stride = 1,
             .column_stride = m.outputs};
  m.zeros = {.words = layer.take(".qzeros", {"I32"}, {groups, m.outputs / n}),
             .bits = s.bits,
             .rows_of_word = n,
             .row_stride = 1,
             .column_stride = m.outputs / n,
             .add = s.less_one ? 1 : 0};
  m.scales = layer.take(".scales", {"F16", "BF16", "F32"}, {groups, m.outputs});
  m.scale_row_stride = 1;
  m.scale_group_stride = m.outputs;
  m.group = group;
  if (layer.has(".g_idx")) {
    m.groups = read_groups(layer.take(".g_idx", {"I32"}, {m.columns}), m.columns, groups, layer);
    m.group = 0;
  }
  if (s.less_one) expect_no_wrap(m, groups, layer);
  layer.put(std::move(m), "GPTQ");
}

}  // namespace

void join_gptq(json& said, Checkpoint& checkpoint) {
  const GptqSettings settings = read_gptq_settings(said, checkpoint.path);
  for (const std::string& name : names_before(checkpoint, ".qweight")) {
    join_layer(settings, {checkpoint, name});
  }
}

}  // namespace fovea::tools
