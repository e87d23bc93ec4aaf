// The tensors of a GGUF file under the names that checkpoints have for them.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "tools/checkpoint/gguf/architecture.h"
#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"

namespace fovea::tools {
namespace {

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

}  // namespace

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
  const nlohmann::json said = take("vocab_size");
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

}  // namespace fovea::tools
