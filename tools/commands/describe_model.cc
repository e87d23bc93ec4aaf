#include "tools/commands/describe_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/layout.h"
#include "runtime/text/word_tables.h"
#include "tools/common/npy.h"
#include "tools/session/cost.h"
#include "tools/session/shape.h"

namespace fovea::tools {
namespace {

using Json = nlohmann::ordered_json;

// Calls function(i, item) for every item of a vector that may be absent.
template <typename Vector, typename Function>
void each(const Vector* vector, Function function) {
  for (uint32_t i = 0; i < size_of(vector); ++i) function(i, vector->Get(i));
}

Json describe_origin(const schema::Model& tables) {
  Json features = Json::array();
  each(tables.features(), [&](uint32_t, const auto* name) { features.push_back(text_of(name)); });
  return {{"source", text_of(tables.source())},
          {"source_crc", fmt::format("{:08x}", tables.source_crc())},
          {"converter", text_of(tables.converter())},
          {"format", tables.format()},
          {"arithmetic_revision", tables.arithmetic_revision()},
          {"features", features}};
}

Json describe_dims(const fovea::api::Model& model) {
  Json result = Json::array();
  for (uint32_t i = 0; i < model.dim_count(); ++i) {
    const auto dim = model.dim(i);
    if (!dim) continue;
    result.push_back({{"name", dim->name}, {"max", dim->max}});
    if (dim->derived) result.back()["derived"] = true;
  }
  return result;
}

Json describe_tensor(const fovea::api::Model& model, const Result<fovea_tensor>& tensor) {
  return {{"name", tensor->name},
          {"type", type_name(tensor->type)},
          {"shape", symbolic_extents(model, *tensor)},
          {"max_bytes", tensor->bytes}};
}

std::string kind_of(const schema::Operator* op) {
  return schema::EnumNameAttributes(op->attributes_type());
}

Json describe_method(const ModelFile& file, uint32_t index) {
  const fovea::api::Model& model = file.model();
  Json inputs = Json::array();
  for (uint32_t i = 0; i < model.input_count(index); ++i) {
    inputs.push_back(describe_tensor(model, model.input(index, i)));
  }
  Json outputs = Json::array();
  for (uint32_t i = 0; i < model.output_count(index); ++i) {
    outputs.push_back(describe_tensor(model, model.output(index, i)));
  }
  std::map<std::string, uint32_t> operators;
  each(file.tables().methods()->Get(index)->operators(),
       [&](uint32_t, const schema::Operator* op) { ++operators[kind_of(op)]; });
  const fovea_cost work = cost_at_maxima(file, index, Caches::kFull);
  return {{"name", model.method_name(index)},
          {"inputs", inputs},
          {"outputs", outputs},
          {"operators", operators},
          {"max_work", {{"multiply_adds", work.multiply_adds}, {"bytes", work.bytes}}},
          {"longest_task", longest_task(file, index)}};
}

Json describe_methods(const ModelFile& file) {
  Json result = Json::array();
  for (uint32_t i = 0; i < file.model().method_count(); ++i) {
    result.push_back(describe_method(file, i));
  }
  return result;
}

Json count_operators(const Json& methods) {
  std::map<std::string, uint32_t> result;
  for (const Json& method : methods) {
    for (const auto& [kind, count] : method.at("operators").items()) {
      result[kind] += count.get<uint32_t>();
    }
  }
  return result;
}

// "float32", as the types of tensors are called.
std::string stored_type(schema::DType type) {
  std::string name = schema::EnumNameDType(type);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return name;
}

Json describe_caches(const ModelFile& file) {
  const schema::Model& tables = file.tables();
  Json result = Json::array();
  each(tables.caches(), [&](uint32_t index, const schema::Cache* cache) {
    uint64_t bytes = 0;
    uint32_t states = 0;
    std::set<std::string> types;
    each(tables.states(), [&](uint32_t, const schema::State* state) {
      if (state->cache() != index) return;
      bytes += state_bytes(tables, *state);
      types.insert(stored_type(state->dtype()));
      ++states;
    });
    result.push_back({{"name", text_of(cache->name())},
                      {"context", cache->context()},
                      {"capacity", cache->capacity()},
                      {"ring", cache->ring()},
                      {"sequences", tables.sequences()},
                      {"states", states},
                      {"types", types},
                      {"bytes", bytes}});
  });
  return result;
}

Json describe_weights(const ModelFile& file) {
  struct Sum {
    uint64_t count = 0, bytes = 0;
  };
  std::map<std::pair<schema::Layout, schema::DType>, Sum> sums;
  each(file.tables().weights(), [&](uint32_t, const schema::Weight* weight) {
    Sum& sum = sums[{weight->layout(), weight->dtype()}];
    ++sum.count;
    sum.bytes += weight->size();
  });
  Json layouts = Json::array();
  for (const auto& [key, sum] : sums) {
    layouts.push_back({{"layout", schema::EnumNameLayout(key.first)},
                       {"type", stored_type(key.second)},
                       {"count", sum.count},
                       {"bytes", sum.bytes}});
  }
  return {{"layouts", layouts}, {"bytes", file.preamble().weights_size}};
}

Json describe_arena(const fovea::api::Model& model) {
  const fovea_memory one = model.arena(1);
  return {{"state", one.state},
          {"planned", one.planned},
          {"scratch", one.scratch},
          {"total", one.total},
          {"per_thread", model.arena(2).total - one.total}};
}

Json describe_special(const fovea::api::Model& model) {
  constexpr std::pair<const char*, fovea_special> kKinds[] = {
      {"begin", FOVEA_SPECIAL_BEGIN},
      {"end", FOVEA_SPECIAL_END},
      {"padding", FOVEA_SPECIAL_PADDING},
      {"start", FOVEA_SPECIAL_START},
      {"forced", FOVEA_SPECIAL_FORCED},
      {"forced_last", FOVEA_SPECIAL_FORCED_LAST},
      {"suppressed", FOVEA_SPECIAL_SUPPRESSED},
      {"suppressed_first", FOVEA_SPECIAL_SUPPRESSED_FIRST}};
  Json result;
  for (const auto& [name, kind] : kKinds) {
    uint32_t count = 0;
    const int32_t* ids = model.special_ids(kind, &count);
    result[name] = std::vector<int32_t>(ids, ids + count);
  }
  return result;
}

// Null where the file says nothing of how texts are looked for.
Json describe_search(const ModelFile& file) {
  const schema::SpecialTokens* special = file.tables().special();
  if (special == nullptr || special->search() == nullptr) return nullptr;
  const fovea_search search = file.model().search();
  constexpr const char* kStopping[] = {"likely", "at once", "never"};
  return {{"beams", search.beams},
          {"length_penalty", search.length_penalty},
          {"stopping", kStopping[search.stopping]},
          {"no_repeat", search.no_repeat},
          {"least", search.least},
          {"most", search.most},
          {"repetition_penalty", search.repetition_penalty}};
}

// What stands around texts: pieces, and null for a text.
Json describe_around(const schema::Tokenizer& t, const flatbuffers::Vector<int32_t>* around) {
  Json result = Json::array();
  each(around, [&](uint32_t, int32_t id) {
    const bool has_piece = id >= 0 && static_cast<uint32_t>(id) < size_of(t.pieces());
    result.push_back(id < 0      ? Json()
                     : has_piece ? Json(text_of(t.pieces()->Get(static_cast<uint32_t>(id))))
                                 : Json(fmt::format("id {}", id)));
  });
  return result;
}

Json describe_tokenizers(const schema::Model& tables) {
  Json result = Json::array();
  each(tables.tokenizers(), [&](uint32_t, const schema::Tokenizer* tokenizer) {
    result.push_back({{"name", text_of(tokenizer->name())},
                      {"kind", schema::EnumNameTokenizerKind(tokenizer->kind())},
                      {"pieces", size_of(tokenizer->pieces())},
                      {"bos", tokenizer->bos()},
                      {"eos", tokenizer->eos()},
                      {"pad", tokenizer->pad()},
                      {"unknown", tokenizer->unknown()}});
    if (!is_of_words(*tokenizer)) return;
    const schema::WordTables& words = words_of(*tokenizer);
    result.back()["text"] = describe_around(*tokenizer, words.single());
    result.back()["pair"] = describe_around(*tokenizer, words.pair());
    result.back()["prefix"] = text_of(words.prefix());
    result.back()["longest"] = words.truncate();
  });
  return result;
}

// Null where the file says nothing of conversations.
Json describe_chat(const schema::Model& tables) {
  const schema::Chat* chat = tables.chat();
  if (chat == nullptr) return nullptr;
  if (size_of(chat->joins()) == 0) return {{"missing", text_of(chat->missing())}};
  const auto role = [](const flatbuffers::String* role) {
    return role == nullptr ? Json() : Json(text_of(role));
  };
  Json joins = Json::array();
  each(chat->joins(), [&](uint32_t, const schema::ChatJoin* join) {
    joins.push_back({{"after", role(join->after())},
                     {"before", role(join->before())},
                     {"text", text_of(join->text())},
                     {"strip_left", join->strip_left()},
                     {"strip_right", join->strip_right()}});
  });
  return {{"answer", text_of(chat->answer())}, {"filled", chat->filled()}, {"joins", joins}};
}

Json describe_labels(const fovea::api::Model& model) {
  Json result = Json::array();
  for (uint32_t i = 0; i < model.label_count(); ++i) result.push_back(model.label(i));
  return result;
}

// Null for a model that takes no recordings.
Json describe_audio(const schema::Model& model) {
  const schema::Audio* audio = model.audio();
  if (audio == nullptr) return nullptr;
  const auto names = [](const auto* list) {
    Json result = Json::array();
    each(list, [&](uint32_t, const flatbuffers::String* name) { result.push_back(name->str()); });
    return result;
  };
  return {{"rate", audio->rate()},         {"window", audio->window()},
          {"ctc_blank", audio->blank()},   {"first_time", audio->first_time()},
          {"time_step", audio->step()},    {"languages", names(audio->languages())},
          {"tasks", names(audio->tasks())}};
}

// Null where the file does not say what becomes of pictures.
Json describe_picture(const schema::Model& tables) {
  const schema::Picture* picture = tables.picture();
  if (picture == nullptr) return nullptr;
  return {{"resize", schema::EnumNameResize(picture->resize())},
          {"height", picture->height()},
          {"width", picture->width()},
          {"filter", schema::EnumNameFilter(picture->filter())},
          {"crops", picture->crops()}};
}

Json describe_fingerprint(const ModelFile& file) {
  Json result = Json::array();
  each(file.tables().fingerprint(), [&](uint32_t, const schema::FingerprintRun* run) {
    result.push_back(
        {{"method", file.method_name(run->method())}, {"crc", fmt::format("{:08x}", run->crc())}});
  });
  return result;
}

}  // namespace

Json describe_model(const ModelFile& file) {
  const Json methods = describe_methods(file);
  Json result;
  result["file"] = file.path();
  result["bytes"] = file.size();
  result["origin"] = describe_origin(file.tables());
  result["dims"] = describe_dims(file.model());
  result["methods"] = methods;
  result["operators"] = count_operators(methods);
  result["caches"] = describe_caches(file);
  result["weights"] = describe_weights(file);
  result["arena"] = describe_arena(file.model());
  result["special_tokens"] = describe_special(file.model());
  result["search"] = describe_search(file);
  result["tokenizers"] = describe_tokenizers(file.tables());
  result["chat"] = describe_chat(file.tables());
  result["audio"] = describe_audio(file.tables());
  result["labels"] = describe_labels(file.model());
  result["picture"] = describe_picture(file.tables());
  result["fingerprint"] = describe_fingerprint(file);
  return result;
}

}  // namespace fovea::tools
