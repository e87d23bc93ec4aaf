#include "tools/import/text/gguf_splits.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <vector>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

constexpr const char* kThreeDigits =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
    " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
constexpr const char* kOneDigit =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|"
    " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

// Those whose ids were compared.
constexpr GgufSplit kSplits[] = {
    {{"gpt-2", "phi-2"}, GgufSplit::kWords},
    {{"llama-bpe", "llama3", "llama-v3"}, GgufSplit::kPattern, kThreeDigits, true, true},
    {{"qwen2", "deepseek-r1-qwen"}, GgufSplit::kPattern, kOneDigit, false, false, true},
    {{"smollm", "starcoder", "refact"}, GgufSplit::kDigits},
};

}  // namespace

json GgufSplit::pre_tokenizer(bool add_prefix_space) const {
  json bytes = {{"type", "ByteLevel"},
                {"add_prefix_space", add_prefix_space},
                {"trim_offsets", true},
                {"use_regex", kind != kPattern}};
  if (kind == kWords) return bytes;
  json first = {{"type", "Digits"}, {"individual_digits", true}};
  if (kind == kPattern) {
    first = {{"type", "Split"},
             {"pattern", {{"Regex", pattern}}},
             {"behavior", "Isolated"},
             {"invert", false}};
  }
  return {{"type", "Sequence"}, {"pretokenizers", json::array({first, bytes})}};
}

const GgufSplit& find_gguf_split(const std::string& name, const std::string& path) {
  std::vector<std::string_view> known;
  for (const GgufSplit& split : kSplits) {
    for (const char* each : split.names) {
      if (each == nullptr) continue;
      if (name == each) return split;
      known.push_back(each);
    }
  }
  fail("{}: tokenizer.ggml.pre is {}; texts can be split as {} does", path, show_json(name),
       fmt::join(known, ", "));
}

}  // namespace fovea::tools
