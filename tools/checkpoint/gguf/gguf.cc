#include "tools/checkpoint/gguf/gguf.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
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

const GgufTensor* find(std::span<const GgufTensor> table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const GgufTensor& entry) { return name == entry.gguf; });
  return found == table.end() ? nullptr : &*found;
}

// "blk.12.rest": 12 and the rest; false for other names.
bool split_layer(std::string_view name, uint32_t* layer, std::string_view* rest) {
  constexpr std::string_view kBlock = "blk.";
  if (!name.starts_with(kBlock)) return false;
  name.remove_prefix(kBlock.size());
  const auto result = std::from_chars(name.data(), name.data() + name.size(), *layer);
  if (result.ec != std::errc() || result.ptr == name.data() + name.size() || *result.ptr != '.') {
    return false;
  }
  *rest = name.substr(static_cast<size_t>(result.ptr - name.data()) + 1);
  return true;
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

void GgufImport::put(const std::string& gguf, const std::string& name, const StoredTensor& tensor) {
  constexpr size_t kMost = 200'000;  // so that a file of small entries takes no GBs
  if (checkpoint_.tensors.size() >= kMost) {
    fail("{}: more than {} tensors, which no model has", path(), kMost);
  }
  if (checkpoint_.tensors.emplace(name, tensor).second) return;
  fail("{}: damaged: tensor {} is there under two names; fetch it again", path(), printable(gguf));
}

// One for each of the first extent, which lie one after the other.
void GgufImport::add_each(const std::string& gguf, const std::string& name,
                          const std::string& ending, const StoredTensor& tensor) {
  constexpr uint64_t kMost = 4096;
  const uint64_t count = tensor.shape.empty() ? 0 : tensor.shape.front();
  if (count == 0 || count > kMost || tensor.shape.size() < 2) {
    fail("{}: tensor {} is {}; it should have one part for each of up to {}", path(), gguf,
         shape_text(tensor.shape), kMost);
  }
  StoredTensor part = tensor;
  part.shape.erase(part.shape.begin());
  const uint64_t bytes = part.elements() / part.codec.block_elements * part.codec.block_bytes;
  const size_t star = name.find('*');
  for (uint64_t i = 0; i < count; ++i) {
    std::string own = name;
    own.replace(star, 1, std::to_string(i));
    put(gguf, own + ending, part);
    part.offset += bytes;
  }
}

// What the tables do not know keeps its name, which nothing will use.
void GgufImport::add_tensor(const std::string& name, const StoredTensor& tensor) {
  const size_t point = name.rfind('.');
  const std::string ending = point == name.npos ? "" : name.substr(point);
  const std::string_view stem = std::string_view(name).substr(0, point);
  std::string_view rest;
  uint32_t layer = 0;
  std::string prefix;
  const GgufTensor* known = nullptr;
  if (split_layer(stem, &layer, &rest)) {
    known = find(architecture_.layer, rest);
    prefix = fmt::format("{}{}.", architecture_.prefix, layer);
  } else {
    known = find(architecture_.tensors, stem);
  }
  if (known == nullptr || (ending != ".weight" && ending != ".bias")) {
    put(name, name, tensor);
  } else if (known->form == GgufTensor::kEach) {
    add_each(name, prefix + known->name, ending, tensor);
  } else {
    const bool whole = known->form == GgufTensor::kWhole;
    put(name, prefix + known->name + (whole ? "" : ending), tensor);
  }
}

void GgufImport::add_tensors() {
  for (const auto& [name, tensor] : file_.tensors) add_tensor(name, tensor);
  const auto table = file_.tensors.find("token_embd.weight");
  if (table == file_.tensors.end() || table->second.shape.size() != 2) {
    fail("{}: has no table token_embd.weight", path());
  }
  const uint64_t rows = table->second.shape.front();
  const json said = take("vocab_size");
  if (!said.is_null() && said != rows) {
    fail("{}: {} is {}, token_embd.weight has {} rows; one of them is wrong", path(),
         key("vocab_size"), show_json(said), rows);
  }
  config()["vocab_size"] = rows;
  // Files hold a head where it is another than the table.
  if (!config().contains("tie_word_embeddings")) {
    config()["tie_word_embeddings"] = !file_.tensors.contains("output.weight");
  }
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
