#include "tools/checkpoint/gguf/gguf.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "tools/checkpoint/gguf/architecture.h"
#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

const GgufArchitecture* const kArchitectures[] = {
#define FOVEA_GGUF(name) &name,
#include "tools/checkpoint/gguf/architectures.inc"
#undef FOVEA_GGUF
};

constexpr GgufKey kKeys[] = {
    {"block_count", "num_hidden_layers", GgufKey::kRequired},
    {"context_length", "max_position_embeddings", GgufKey::kRequired},
    {"embedding_length", "hidden_size", GgufKey::kRequired},
    {"feed_forward_length", "intermediate_size"},
    {"attention.head_count", "num_attention_heads", GgufKey::kRequired},
    {"attention.head_count_kv", "num_key_value_heads"},
};

// What begins the names of keys that say nothing of the model's numbers: where it came from, how it
// was quantised.
constexpr std::string_view kInert[] = {"general.", "quantize."};
constexpr std::string_view kTexts = "tokenizer.";

std::string text_of(const json& metadata, const char* key) {
  const auto found = metadata.find(key);
  return found != metadata.end() && found->is_string() ? found->get<std::string>() : "";
}

const GgufArchitecture& find_architecture(const GgufFile& file, const std::string& path) {
  const std::string name = text_of(file.metadata, "general.architecture");
  const std::string type = text_of(file.metadata, "general.type");
  if (!type.empty() && type != "model") {
    fail("{}: general.type is {}; whole models can be converted", path, show_json(type));
  }
  if (file.metadata.value("split.count", json(1u)) != 1u) {
    fail("{}: one of {} files of a model; merge them with llama-gguf-split --merge", path,
         show_json(file.metadata["split.count"]));
  }
  std::vector<std::string_view> known;
  for (const GgufArchitecture* each : kArchitectures) {
    if (name == each->name) {
      const bool experts = file.metadata.value("llama.expert_count", json(0u)) != 0u;
      return each == &kGgufLlama && experts ? kGgufMixtral : *each;
    }
    known.push_back(each->name);
  }
  fail("{}: general.architecture is {}; of GGUF files these can be converted: {}", path,
       show_json(name), fmt::join(known, ", "));
}

// Ids of tokens that begin and end texts and fill them up. Chats may end with others than texts do.
void add_special_ids(const json& texts, json& config) {
  const auto id = [&](const char* name) {
    return texts.value(std::string("tokenizer.ggml.") + name, json());
  };
  config["bos_token_id"] = id("add_bos_token") == false ? json() : id("bos_token_id");
  config["pad_token_id"] = id("padding_token_id");
  json ends = json::array();
  for (const char* name : {"eos_token_id", "eot_token_id", "eom_token_id"}) {
    const json value = id(name);
    const bool there = std::find(ends.begin(), ends.end(), value) != ends.end();
    if (!value.is_null() && !there) ends.push_back(value);
  }
  config["eos_token_id"] = ends;
}

// What texts need.
json texts_of(const json& metadata) {
  json texts = json::object();
  for (const auto& [key, value] : metadata.items()) {
    if (key.starts_with(kTexts)) texts[key] = value;
  }
  return texts;
}

}  // namespace

json GgufImport::take(const std::string& name) {
  const std::string full = key(name);
  const auto found = file_.metadata.find(full);
  if (found == file_.metadata.end()) return {};
  read_.push_back(full);
  return *found;
}

double GgufImport::number(const std::string& name, double otherwise) {
  const json value = take(name);
  if (value.is_null()) return otherwise;
  if (!value.is_number()) {
    fail("{}: {} is {}, which is no number", path(), key(name), show_json(value));
  }
  return value.get<double>();
}

std::vector<float> GgufImport::numbers(const std::string& gguf) {
  const auto found = checkpoint_.tensors.find(gguf);
  if (found == checkpoint_.tensors.end()) return {};
  constexpr uint64_t kMost = uint64_t{1} << 20;
  if (found->second.elements() > kMost) {
    fail("{}: tensor {} is {}, which is too large", path(), gguf, shape_text(found->second.shape));
  }
  std::vector<float> made(found->second.elements());
  checkpoint_.read(gguf, 0, made);
  checkpoint_.tensors.erase(found);
  return made;
}

double GgufImport::head_width() {
  const json width = config().value("head_dim", json());
  if (width.is_number()) return width;
  const auto count = [&](const char* name) {
    const json value = config().value(name, json());
    return value.is_number() ? value.get<double>() : 0;
  };
  const double heads = count("num_attention_heads");
  return heads > 0 ? count("hidden_size") / heads : 0;
}

void GgufImport::add_keys() {
  for (const std::span<const GgufKey> table :
       {std::span<const GgufKey>(kKeys), architecture_.keys}) {
    for (const GgufKey& entry : table) {
      const json value = take(entry.gguf);
      if (!value.is_null()) {
        config()[entry.config] = value;
      } else if (entry.need == GgufKey::kRequired) {
        fail("{}: has no key {}; fetch or convert it again", path(), key(entry.gguf));
      }
    }
  }
  const json keys = take("attention.key_length"), values = take("attention.value_length");
  if (keys != values) {
    fail("{}: heads have keys of {} and values of {}, which cannot be converted", path(),
         show_json(keys), show_json(values));
  }
  if (!keys.is_null()) config()["head_dim"] = keys;
}

// Under their own names, which the config's reader refuses.
void GgufImport::add_left_keys() {
  for (const auto& entry : file_.metadata.items()) {
    const std::string& name = entry.key();
    const bool inert = std::any_of(std::begin(kInert), std::end(kInert),
                                   [&](std::string_view start) { return name.starts_with(start); });
    const bool read = std::find(read_.begin(), read_.end(), name) != read_.end();
    if (inert || read || name.starts_with(kTexts) || name.starts_with("split.")) continue;
    config()[name] = entry.value();
  }
}

void GgufImport::run() {
  config() = json::parse(architecture_.implied);
  config()["model_type"] = architecture_.model_type;
  add_keys();
  add_tensors();
  add_rotary();
  if (architecture_.finish != nullptr) architecture_.finish(*this);
  add_special_ids(checkpoint_.texts, config());
  add_left_keys();
  checkpoint_.interleaved = architecture_.interleaved;
  checkpoint_.whole_gains = architecture_.whole_gains;
  checkpoint_.upright = architecture_.upright;
}

void flag_by_tensor(GgufImport& import, const char* flag, const char* gguf) {
  import.config()[flag] = import.has_tensor(std::string("blk.0.") + gguf);
}

void flag_biases(GgufImport& import) {
  flag_by_tensor(import, "attention_bias", "attn_q.bias");
  flag_by_tensor(import, "mlp_bias", "ffn_up.bias");
}

void add_gguf(MappedFile file, Checkpoint& checkpoint) {
  const GgufFile read = read_gguf(file);
  checkpoint.format = fmt::format("GGUF version {}", read.version);
  checkpoint.files.push_back(std::move(file));
  const GgufArchitecture& architecture = find_architecture(read, checkpoint.path);
  checkpoint.texts = texts_of(read.metadata);
  GgufImport(read, architecture, checkpoint).run();
}

}  // namespace fovea::tools
