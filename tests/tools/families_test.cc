// Small folders of every family (tests/families/make.py) through the whole of it: converted, run
// through the public API in several ways, against what transformers makes of them in double
// precision. Prints README's table.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fovea/fovea.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/checkpoint/checkpoint.h"
#include "tools/checkpoint/safetensors.h"
#include "tools/commands/convert.h"
#include "tools/common/mapped_file.h"
#include "tools/firmware/sources.h"
#include "tools/plan/plan.h"

namespace fovea::test {
namespace {

namespace fs = std::filesystem;
using Numbers = std::vector<float>;
using Outputs = std::map<std::string, Numbers>;

constexpr double kMost = 3e-5;  // of the largest number of an output

struct Reference {
  Numbers tokens, lengths, types, boxes;
  Numbers source, source_lengths;  // of what an encoder reads before a decoder writes
  Numbers features;                // [4, frames, features] instead
  Numbers samples;                 // [4, samples], of which there are outputs without tokens
  Numbers pixels;                  // of so many images
  size_t images = 0;
  Outputs outputs;

  bool decodes() const { return !source.empty() || !features.empty(); }
};

Reference read_reference(const fs::path& folder) {
  tools::Checkpoint file;
  tools::add_safetensors(tools::MappedFile((folder / "reference.safetensors").string()), file);
  Reference r;
  for (const auto& [name, tensor] : file.tensors) {
    Numbers& to = name == "tokens"           ? r.tokens
                  : name == "lengths"        ? r.lengths
                  : name == "token_types"    ? r.types
                  : name == "boxes"          ? r.boxes
                  : name == "source"         ? r.source
                  : name == "features"       ? r.features
                  : name == "samples"        ? r.samples
                  : name == "pixels"         ? r.pixels
                  : name == "source_lengths" ? r.source_lengths
                                             : r.outputs[name];
    if (name == "pixels") r.images = tensor.shape[0];
    to.resize(tensor.elements());
    file.read(name, 0, to);
  }
  return r;
}

class Session {
 public:
  explicit Session(const std::string& path) : file_(path) {
    fovea_error error;
    const auto bytes = file_.bytes();
    REQUIRE(fovea_open({bytes.data(), bytes.size()}, {}, &model_, &error) == FOVEA_OK);
    const size_t size = fovea_arena(&model_, 1).total;
    arena_.reset(std::aligned_alloc(FOVEA_ALIGNMENT, size));
    std::memset(arena_.get(), 0xFF, size);
    REQUIRE(fovea_bind(&model_, {{arena_.get(), size}, {}, {}}, nullptr, &session_, &error) ==
            FOVEA_OK);
    REQUIRE(fovea_check_fingerprint(session_, &error) == FOVEA_OK);
  }

  bool has(const char* method) const { return fovea_find_method(&model_, method) >= 0; }
  bool has_input(const std::string& method, const char* name) const {
    const auto index = static_cast<uint32_t>(fovea_find_method(&model_, method.c_str()));
    for (uint32_t i = 0; i < fovea_input_count(&model_, index); ++i) {
      fovea_tensor tensor;
      REQUIRE(fovea_input_info(&model_, index, i, &tensor) == FOVEA_OK);
      if (std::strcmp(tensor.name, name) == 0) return true;
    }
    return false;
  }

  void reset() {
    fovea_error error;
    for (uint32_t i = 0; i < 4; ++i) REQUIRE(fovea_reset(session_, i, &error) == FOVEA_OK);
  }

  // Runs the encoder of a decoder, whose caches keep what it made.
  void encode(const Numbers& source, const Numbers& lengths) {
    fovea_error error;
    method_ = static_cast<uint32_t>(fovea_find_method(&model_, "encode"));
    set_dim("source_tokens", source.size());
    set_dim("batch", lengths.size());
    give("source", source);
    give("lengths", lengths);
    REQUIRE(fovea_run(session_, method_, &error) == FOVEA_OK);
  }

  // The same of frames of features, equally many of each of `sequences`.
  void hear(const char* input, const Numbers& features, size_t sequences) {
    fovea_error error;
    fovea_tensor tensor;
    method_ = static_cast<uint32_t>(fovea_find_method(&model_, "encode"));
    set_dim("batch", sequences);
    REQUIRE(fovea_input(session_, method_, input, &tensor, nullptr) == FOVEA_OK);
    REQUIRE(tensor.bytes == features.size() * sizeof(float));
    std::copy(features.begin(), features.end(), static_cast<float*>(tensor.data));
    REQUIRE(fovea_run(session_, method_, &error) == FOVEA_OK);
  }

  // Encodes sequence i, or all of them where it is -1.
  void encode(const Reference& r, int i) {
    const auto at = static_cast<size_t>(std::max(i, 0));
    const size_t count = i < 0 ? r.lengths.size() : 1;
    if (!r.features.empty()) {
      const size_t each = r.features.size() / r.lengths.size();
      return hear("features", {&r.features[at * each], &r.features[at * each] + count * each},
                  count);
    }
    if (r.source.empty()) return;
    if (i < 0) return encode(r.source, r.source_lengths);
    size_t first = 0;
    for (size_t s = 0; s < at; ++s) first += static_cast<size_t>(r.source_lengths[s]);
    const Numbers length = {r.source_lengths[at]};
    const auto begin = r.source.begin() + static_cast<ptrdiff_t>(first);
    encode({begin, begin + static_cast<ptrdiff_t>(length[0])}, length);
  }

  // Runs sequences, whose tokens lie one after another, and appends what they give.
  void run(const char* name, const Reference& given, Outputs& outputs) {
    fovea_error error;
    method_ = static_cast<uint32_t>(fovea_find_method(&model_, name));
    set_dim("tokens", given.tokens.size());
    set_dim("batch", given.lengths.size());
    give("tokens", given.tokens);
    give("lengths", given.lengths);
    if (!given.types.empty()) give("token_types", given.types);
    if (!given.boxes.empty()) give("boxes", given.boxes);
    REQUIRE(fovea_run(session_, method_, &error) == FOVEA_OK);
    take(outputs);
  }

  // The same of images.
  void run_images(const char* name, const Numbers& pixels, size_t images, Outputs& outputs) {
    fovea_error error;
    method_ = static_cast<uint32_t>(fovea_find_method(&model_, name));
    set_dim("batch", images);
    give("pixels", pixels);
    REQUIRE(fovea_run(session_, method_, &error) == FOVEA_OK);
    take(outputs);
  }

  // Appends what the last run gave.
  void take(Outputs& outputs) {
    for (auto& [output, to] : outputs) {
      fovea_tensor tensor;
      CAPTURE(output);
      REQUIRE(fovea_output(session_, method_, output.c_str(), &tensor, nullptr) == FOVEA_OK);
      const float* data = static_cast<const float*>(tensor.data);
      to.insert(to.end(), data, data + tensor.bytes / sizeof(float));
    }
  }

 private:
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };

  void set_dim(const char* name, size_t value) {
    fovea_error error;
    const uint32_t dim = static_cast<uint32_t>(fovea_find_dim(&model_, name));
    REQUIRE(fovea_set_dim(session_, dim, static_cast<uint32_t>(value), &error) == FOVEA_OK);
  }

  void give(const char* name, const Numbers& numbers) {
    fovea_tensor tensor;
    CAPTURE(name);
    REQUIRE(fovea_input(session_, method_, name, &tensor, nullptr) == FOVEA_OK);
    if (tensor.type == FOVEA_UINT8) {
      REQUIRE(tensor.bytes == numbers.size());
      std::copy(numbers.begin(), numbers.end(), static_cast<uint8_t*>(tensor.data));
      return;
    }
    REQUIRE(tensor.bytes == numbers.size() * sizeof(int32_t));
    if (tensor.type == FOVEA_FLOAT32) {
      std::copy(numbers.begin(), numbers.end(), static_cast<float*>(tensor.data));
      return;
    }
    std::copy(numbers.begin(), numbers.end(), static_cast<int32_t*>(tensor.data));
  }

  tools::MappedFile file_;
  fovea_model model_;
  std::unique_ptr<void, Free> arena_;
  fovea_session* session_ = nullptr;
  uint32_t method_ = 0;
};

Numbers slice(const Numbers& numbers, size_t first, size_t count) {
  if (numbers.empty()) return {};
  const auto begin = numbers.begin() + static_cast<ptrdiff_t>(first);
  return {begin, begin + static_cast<ptrdiff_t>(count)};
}

// One sequence after the other, `chunk` tokens at a time.
Outputs run_alone(Session& session, const char* method, const Reference& r, size_t chunk) {
  Outputs made;
  for (const auto& entry : r.outputs) made[entry.first] = {};
  size_t first = 0;
  int sequence = 0;
  for (const float length : r.lengths) {
    session.reset();
    session.encode(r, sequence++);
    const size_t end = first + static_cast<size_t>(length);
    for (; first < end;) {
      const size_t count = std::min(chunk, end - first);
      Reference given;
      given.tokens = slice(r.tokens, first, count);
      given.lengths = {static_cast<float>(count)};
      given.types = slice(r.types, first, count);
      given.boxes = slice(r.boxes, 4 * first, 4 * count);
      session.run(method, given, made);
      first += count;
    }
  }
  return made;
}

// So many images in a run, and the rest.
Outputs run_images(Session& session, const std::string& method, const Reference& r, size_t most) {
  Outputs made;
  for (const auto& entry : r.outputs) made[entry.first] = {};
  const size_t pixels = r.pixels.size() / r.images;
  for (size_t first = 0; first < r.images; first += most) {
    const size_t count = std::min(most, r.images - first);
    session.run_images(method.c_str(), slice(r.pixels, first * pixels, count * pixels), count,
                       made);
  }
  return made;
}

Outputs run_packed(Session& session, const char* method, const Reference& r) {
  Outputs made;
  for (const auto& entry : r.outputs) made[entry.first] = {};
  session.reset();
  session.encode(r, -1);
  session.run(method, r, made);
  return made;
}

// What a model gives of samples, of each sequence by itself or of all of them at once.
Outputs run_samples(Session& session, const Reference& r, size_t sequences) {
  constexpr size_t kSequences = 4;
  Outputs made;
  for (const auto& entry : r.outputs) made[entry.first] = {};
  const size_t count = r.samples.size() / kSequences * sequences;
  for (size_t at = 0; at < r.samples.size(); at += count) {
    session.hear("samples", slice(r.samples, at, count), sequences);
    session.take(made);
  }
  return made;
}

double worst_of(const Outputs& made, const Outputs& wanted) {
  double worst = 0;
  for (const auto& [name, numbers] : wanted) {
    CAPTURE(name);
    const Numbers& found = made.at(name);
    REQUIRE(found.size() == numbers.size());
    double error = 0, most = 0;
    for (size_t i = 0; i < numbers.size(); ++i) {
      const double e = std::abs(double{found[i]} - numbers[i]);
      error = std::isnan(e) ? INFINITY : std::max(error, e);
      most = std::max(most, std::abs(double{numbers[i]}));
    }
    worst = std::max(worst, error / most);
  }
  return worst;
}

double check_method(Session& session, const std::string& name, const Reference& r) {
  CAPTURE(name);
  const char* method = name.c_str();
  double worst = 0;
  const auto check = [&](const Outputs& outputs) {
    const double error = worst_of(outputs, r.outputs);
    CHECK(error < kMost);
    worst = std::max(worst, error);
  };
  if (!r.samples.empty()) {
    check(run_samples(session, r, 1));
    check(run_samples(session, r, 4));
    check(run_samples(session, r, 2));
    return worst;
  }
  if (session.has_input(method, "pixels")) {
    const Outputs alone = run_images(session, method, r, 1);
    check(alone);
    CHECK(run_images(session, method, r, 2) == alone);
    return worst;
  }
  check(run_alone(session, method, r, 64));
  check(run_packed(session, method, r));
  for (const size_t chunk : {1, 3}) {
    if (name != "encode" && name != "encode_text") check(run_alone(session, method, r, chunk));
  }
  return worst;
}

// Of several methods' outputs, names are METHOD.NAME.
std::map<std::string, Outputs> by_method(const Session& session, const Outputs& all) {
  std::map<std::string, Outputs> methods;
  for (const auto& [name, numbers] : all) {
    const size_t point = name.find('.');
    const std::string method = point != name.npos      ? name.substr(0, point)
                               : session.has("decode") ? "decode"
                               : session.has("encode") ? "encode"
                                                       : "forward";
    methods[method][point == name.npos ? name : name.substr(point + 1)] = numbers;
  }
  return methods;
}

double check_folder(const fs::path& folder) {
  CAPTURE(folder.string());
  const TemporaryFolder made;
  tools::ConvertOptions options;
  const fs::path gguf = folder / "model.gguf";
  options.input = fs::exists(gguf) ? gguf.string() : folder.string();
  options.output = made.file("model.fovea");
  options.quiet = true;
  const Reference r = read_reference(folder);
  options.maxima = {{"batch", 4}};
  if (!r.tokens.empty()) options.maxima["tokens"] = 56;
  if (!r.samples.empty()) options.maxima["samples"] = static_cast<uint32_t>(r.samples.size() / 4);
  if (!r.source.empty()) options.maxima["source_tokens"] = 56;
  tools::convert(options);
  Session session(options.output);
  double worst = 0;
  for (const auto& [method, outputs] : by_method(session, r.outputs)) {
    Reference of_method = r;
    of_method.outputs = outputs;
    worst = std::max(worst, check_method(session, method, of_method));
  }
  return worst;
}

struct Row {
  size_t configurations = 0;
  double worst = 0;
};

}  // namespace

TEST_CASE("folders of every family give what transformers does, alone, packed and in chunks") {
  std::map<std::string, Row> table;
  for (const auto& entry : fs::directory_iterator(FOVEA_FAMILIES)) {
    const std::string name = entry.path().filename().string();
    Row& row = table[name.substr(0, name.rfind('-'))];
    ++row.configurations;
    row.worst = std::max(row.worst, check_folder(entry.path()));
  }
  std::printf("| family | configurations | largest error |\n|---|---|---|\n");
  for (const auto& [family, row] : table) {
    std::printf("| %s | %zu | %.1e |\n", family.c_str(), row.configurations, row.worst);
    CHECK(row.configurations >= 2);
  }
  CHECK(table.size() >= 60);
}

TEST_CASE("GGUF files of every architecture give what transformers does of the same weights") {
  size_t files = 0;
  for (const auto& entry : fs::directory_iterator(FOVEA_GGUF)) {
    if (!fs::exists(entry.path() / "model.gguf")) continue;
    ++files;
    const double worst = check_folder(entry.path());
    std::printf("%s: %.1e\n", entry.path().filename().c_str(), worst);
  }
  CHECK(files >= 22);
}

namespace {

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Converts a copy of a folder in a file of which `from` became `to`.
template <typename... Parts>
void refuse(const char* name, const char* file, const std::string& from, const std::string& to,
            const Parts&... parts) {
  CAPTURE(to);
  const TemporaryFolder copy, out;
  fs::copy(fs::path(FOVEA_FAMILIES) / name, copy.path(),
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  const fs::path path = fs::path(copy.path()) / file;
  std::string text = text_of(path);
  REQUIRE(text.find(from) != std::string::npos);
  text.replace(text.find(from), from.size(), to);
  std::ofstream(path) << text;
  check_refusal([&] { tools::convert({copy.path(), out.file("m.fovea"), {}, {}}); }, parts...);
}

// What firmware of a folder's model names of attention.
std::string attention_of(const char* name) {
  const TemporaryFolder made;
  tools::ConvertOptions options;
  options.input = (fs::path(FOVEA_FAMILIES) / name).string();
  options.output = made.file("model.fovea");
  options.quiet = true;
  tools::convert(options);
  const std::string source = tools::firmware_operators(tools::ModelFile(options.output), "m");
  const std::string start = "&fovea_operator_attention";
  const size_t at = source.find(start);
  REQUIRE(at != std::string::npos);
  CHECK(source.find(start, at + 1) == std::string::npos);
  return source.substr(at + start.size(), source.find(',', at) - at - start.size());
}

}  // namespace

TEST_CASE("firmware links no more of attention than its model has") {
  CHECK(attention_of("bert-1") == "_plain");
  CHECK(attention_of("mpnet-1") == "_form");
  CHECK(attention_of("deberta-1") == "");
  CHECK(attention_of("beit-1") == "");
  // Divided as though distances had a part.
  CHECK(attention_of("deberta-3") == "_plain");
}

TEST_CASE("what a text encoder's config says and is not understood is refused by name") {
  const char* config = "config.json";
  const std::string first = "{";
  refuse("bert-1", config, first, "{\"position_embedding_type\": \"relative_key\",",
         "position_embedding_type", "relative_key");
  refuse("bert-1", config, first, "{\"some_bias\": true,", "some_bias");
  refuse("bert-1", config, "\"num_attention_heads\": 2", "\"num_attention_heads\": 3",
         "num_attention_heads");
  refuse("bert-1", config, "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3",
         "num_hidden_layers is 3");
  refuse("bert-1", config, "\"BertModel\"", "\"BertForNextSentencePrediction\"",
         "BertForNextSentencePrediction");
  refuse("bert-3", config, "\"2\": \"perhaps\"", "\"3\": \"perhaps\"", "id2label", "perhaps");
  refuse("bert-3", config, ",\n    \"2\": \"perhaps\"", "", "2 labels", "has 3");
  refuse("albert-1", config, "\"num_hidden_layers\": 3", "\"num_hidden_layers\": 1000000000",
         "num_hidden_layers is 1000000000");
  refuse("roberta-1", config, "\"pad_token_id\": 1", "\"pad_token_id\": 21", "pad_token_id + 1");
}

TEST_CASE("what the configs of other text encoders say and is not understood is refused by name") {
  const char* config = "config.json";
  const auto instead = [&](const char* folder, const char* key, const char* was, const char* is,
                           const auto&... parts) {
    const std::string name = std::string("\"") + key + "\": ";
    refuse(folder, config, name + was, name + is, key, parts...);
  };
  refuse("layoutlm-1", config, "embeddings\": 12", "embeddings\": 13", "x_position_embeddings");
  instead("eurobert-2", "classifier_pooling", "\"late\"", "\"early\"", "early");
  refuse("ernie-1", config, "\"type_vocab_size\": 2", "\"type_vocab_size\": 1", "use_task_id");
  for (const char* key : {"causal", "parallel_block", "parallel_block_tied_norm", "prenorm",
                          "reorder_and_upcast_attn", "rotary_emb_interleaved",
                          "scale_attn_by_inverse_layer_idx", "use_rms_norm"}) {
    instead("nomic_bert-5", key, "false", "true", "true");
  }
  instead("nomic_bert-5", "scale_attn_weights", "true", "false", "false");
  instead("nomic_bert-5", "rotary_emb_fraction", "1.0", "0.5", "0.5");
  instead("nomic_bert-5", "rotary_emb_scale_base", "null", "512", "512");
  instead("nomic_bert-5", "rotary_scaling_factor", "null", "2", "2");
  instead("nomic_bert-5", "activation_function", "\"swiglu\"", "\"relu\"", "relu");
  refuse("nomic_bert-5", config, "\"qkv_proj_bias\": false", "\"qkv_proj_bias\": true",
         "Wqkv.bias");
}

TEST_CASE("what the configs of DeBERTa and ESM say and is not understood is refused by name") {
  const char* config = "config.json";
  const auto instead = [&](const char* folder, const char* key, const char* was, const char* is,
                           const auto&... parts) {
    const std::string name = std::string("\"") + key + "\": ";
    refuse(folder, config, name + was, name + is, key, parts...);
  };
  refuse("deberta-1", config, "{", "{\"talking_head\": true,", "talking_head", "true");
  refuse("deberta-1", config, "{", "{\"share_att_key\": true,", "share_att_key");
  refuse("deberta-1", config, "\"c2p\",", "\"p2p\",", "pos_att_type", "p2p");
  refuse("deberta-1", config, "\"c2p\",", "\"p2c\",", "pos_att_type");
  refuse("deberta-1", config, "positions\": 5", "positions\": 6", "rel_embeddings");
  instead("deberta-1", "pos_att_type", "[", "\"\", \"was\": [", "pos_att_type");
  instead("deberta-2", "pos_att_type", "\"p2c\"", "\"p2c|\"", "pos_att_type");
  instead("deberta-2", "pooler_hidden_size", "16", "8", "8");
  instead("deberta-v2-1", "position_buckets", "6", "3", "3");
  refuse("deberta-v2-1", config, "position_buckets\": 6", "position_buckets\": 8",
         "rel_embeddings");
  instead("deberta-v2-1", "max_relative_positions", "10", "4", "position_buckets is 6");
  instead("deberta-v2-1", "max_relative_positions", "10", "100000", "past 32768");
  instead("deberta-v2-1", "norm_rel_ebd", "\"layer_norm\"", "\"rms_norm\"", "rms_norm");
  instead("deberta-v2-3", "conv_kernel_size", "3", "4", "4");
  refuse("deberta-v2-3", config, "{", "{\"conv_groups\": 2,", "conv_groups");
  instead("deberta-v2-3", "attention_head_size", "8", "4", "4");
  instead("esm-1", "mask_token_id", "9", "null", "mask_token_id");
  instead("esm-1", "is_folding_model", "false", "true", "is_folding_model");
  instead("esm-1", "position_embedding_type", "\"rotary\"", "\"relative_key\"", "relative_key");
}

TEST_CASE("what an encoder of images' config says and is not understood is refused by name") {
  const char* config = "config.json";
  refuse("vit-1", config, "\"patch_size\": 4", "\"patch_size\": 0", "patch_size is 0");
  refuse("vit-1", config, "\"patch_size\": 4", "\"patch_size\": 100", "fit no image of 8 x 12");
  refuse("vit-1", config, "\"num_channels\": 3", "\"num_channels\": 4", "projection.weight",
         "[16, 4, 4, 4]");
  refuse("deit-2", config, "ImageClassificationWithTeacher", "MaskedImageModeling",
         "DeiTForMaskedImageModeling");
  refuse("dinov2-1", config, "\"mlp_ratio\": 2", "\"mlp_ratio\": 1e9", "mlp_ratio");
  refuse("clip-1", config, "\"quick_gelu\"", "\"quick_silu\"", "hidden_act", "quick_silu");
  refuse("clip-1", config, "\"text_config\": {", "\"text_config\": {\"some_gate\": 1,",
         "text_config", "some_gate (1)");
  refuse("beit-1", config, "\"use_shared_relative_position_bias\": false",
         "\"use_shared_relative_position_bias\": true", "use_shared_relative_position_bias");
  refuse("dinov3_vit-1", config, "\"num_attention_heads\": 2", "\"num_attention_heads\": 8",
         "heads of 2 columns");
}

TEST_CASE("what an image processor does and is not understood is refused by name") {
  const char* processor = "preprocessor_config.json";
  refuse("vit-2", processor, "{", "{\"some_noise\": 1,", processor, "some_noise (1)");
  refuse("vit-2", processor, "{", "{\"do_flip_channel_order\": true,", "do_flip_channel_order");
  refuse("vit-2", processor, "\"image_std\"", "\"image_deviation\"", "image_std");
  refuse("vit-2", processor, "\"height\": 8", "\"height\": 16", "16 x 8", "image_size is 8");
  refuse("vit-2", processor, "\"rescale_factor\": 0", "\"rescale_factor\": -0", "above 0");
  refuse("vit-2", processor, "    0.2,\n", "", "image_std has 2 numbers");
}

TEST_CASE("what a decoder's config says and is not understood is refused by name") {
  const char* config = "config.json";
  const std::string first = "{";
  const auto with = [&](const char* folder, const char* key, const char* value,
                        const auto&... parts) {
    refuse(folder, config, first, std::string("{\"") + key + "\": " + value + ",", key, parts...);
  };
  const auto instead = [&](const char* folder, const char* key, const char* was, const char* is,
                           const auto&... parts) {
    const std::string name = std::string("\"") + key + "\": ";
    refuse(folder, config, name + was, name + is, key, parts...);
  };
  instead("gemma2-1", "use_bidirectional_attention", "null", "true", "true");
  instead("gemma2-1", "final_logit_softcapping", "3.0", "0", "above 0");
  instead("gemma2-1", "query_pre_attn_scalar", "5", "-5", "above 0");
  instead("gemma3_text-1", "attn_logit_softcapping", "null", "50", "50");
  refuse("gemma3_text-1", config, "\"full_attention\",", "\"chunked_attention\",", "layer_types[1]",
         "chunked_attention");
  refuse("gemma3_text-1", config, "\"rope_type\": \"linear\"", "\"rope_type\": \"spiral\"",
         "spiral");
  instead("gemma3_text-2", "rope_local_base_freq", "50.0", "0", "above 0");
  instead("granite-1", "residual_multiplier", "0.4", "0", "above 0");
  instead("olmo-1", "clip_qkv", "null", "0", "above 0");
  instead("cohere2-2", "use_gated_activation", "true", "false", "false");
  instead("cohere2-2", "position_embedding_type", "\"rope_gptj\"", "\"absolute\"", "absolute");
  refuse("cohere-2", config, "\"rope_theta\"", "\"theta\"", "no rope_theta");
  instead("starcoder2-2", "mlp_type", "\"default\"", "\"gated\"", "gated");
  instead("bloom-1", "apply_residual_connection_post_layernorm", "false", "true");
  instead("mpt-1", "alibi", "true", "false", "attn_config.alibi");
  instead("mpt-1", "alibi_bias_max", "8", "16", "16");
  instead("mpt-1", "clip_qkv", "null", "-6", "above 0");
  instead("mpt-1", "logit_scale", "null", "0.5", "0.5");
  instead("mpt-1", "expansion_ratio", "4", "2", "2");
  instead("falcon-3", "num_kv_heads", "4", "3", "3");
  instead("falcon-2", "parallel_attn", "true", "false", "new_decoder_architecture");
  instead("falcon-2", "num_ln_in_parallel_attn", "2", "3", "3");
  instead("gpt_bigcode-1", "num_key_value_heads", "1", "2", "multi_query");
  instead("gptj-1", "rotary_dim", "4", "10", "10");
  instead("gptj-1", "rotary_dim", "4", "null");
  instead("gpt_neo-1", "num_layers", "2", "1", "2 layers");
  refuse("gpt_neo-1", config, "\"local\"", "\"near\"", "attention_layers differ");
  refuse("gpt_neo-2", config, "\"local\"", "\"near\"", "near");
  with("gpt_neox-1", "some_bias", "true");
  with("phi-1", "alibi", "true");
  refuse("modernbert-1", config, "\"sliding_attention\",", "\"linear_attention\",",
         "layer_types[1]", "linear_attention");
  instead("modernbert-2", "classifier_pooling", "\"mean\"", "\"max\"", "max");
  instead("nomic_bert-1", "head_dim", "8", "4", "4");
  instead("llama-2", "architectures", "[", "[\"LlamaForPictures\",", "LlamaForPictures");
  refuse("llama-2", config, "\"LlamaForSequenceClassification\"", "\"LlamaForQuestionAnswering\"",
         "qa_outputs");
  instead("arcee-1", "hidden_act", "\"relu2\"", "\"relu3\"", "relu3");
  refuse("cwm-2", config, "\"rope_theta\"", "\"theta\"", "no rope_theta");
  refuse("exaone4-1", config, "\"sliding_attention\",", "\"linear_attention\",", "layer_types[0]");
  instead("exaone4-3", "sliding_window_pattern", "\"LG\"", "\"LGL\"", "LGL");
  instead("cwm-2", "sliding_window", "3", "null");
  refuse("glm4-1", config, "rotary_factor\": 0.5", "rotary_factor\": 0.4", "turns 3 elements");
}

TEST_CASE("experts that are stored in f16 give the same bits in f16 and in f32, alone and packed") {
  for (const char* name : {"granitemoe-2", "gpt_oss-3"}) {
    CAPTURE(name);
    const fs::path folder = fs::path(FOVEA_FAMILIES) / name;
    const Reference r = read_reference(folder);
    Outputs made[2][2];
    for (const bool half : {false, true}) {
      const TemporaryFolder out;
      tools::ConvertOptions options;
      options.input = folder.string();
      options.output = out.file("model.fovea");
      options.maxima = {{"batch", 4}, {"tokens", 64}};
      options.quiet = true;
      options.format = half ? "f16" : "f32";
      tools::convert(options);
      Session session(options.output);
      made[half][0] = run_alone(session, "forward", r, 64);
      made[half][1] = run_packed(session, "forward", r);
    }
    CHECK(made[0][0] == made[1][0]);
    CHECK(made[0][1] == made[1][1]);
    CHECK(made[0][0] == made[0][1]);
  }
}

namespace {

// What a folder's model gives in a format of weights.
Outputs in_format(const fs::path& folder, const char* format) {
  const TemporaryFolder out;
  const Reference r = read_reference(folder);
  tools::ConvertOptions options;
  options.input = folder.string();
  options.output = out.file("m.fovea");
  options.quiet = true;
  options.format = format;
  options.maxima = {{"batch", 4}};
  if (r.samples.empty()) {
    options.maxima["tokens"] = 64;
  } else {
    options.maxima["samples"] = static_cast<uint32_t>(r.samples.size() / 4);
  }
  tools::convert(options);
  Session session(options.output);
  return r.samples.empty() ? run_packed(session, "decode", r) : run_samples(session, r, 4);
}

}  // namespace

TEST_CASE("convolutions that are stored in f16 and bf16 give the same bits there and in f32") {
  for (const auto& [name, format] :
       {std::pair("whisper-1", "f16"), std::pair("whisper-2", "bf16")}) {
    CAPTURE(name);
    const fs::path folder = fs::path(FOVEA_FAMILIES) / name;
    CHECK(in_format(folder, format) == in_format(folder, "f32"));
  }
  // A positional convolution is made of two tensors: its numbers are no f16.
  const fs::path folder = fs::path(FOVEA_FAMILIES) / "wav2vec2-1";
  const Reference r = read_reference(folder);
  CHECK(worst_of(in_format(folder, "f16"), r.outputs) < 1e-2);
  CHECK(worst_of(in_format(folder, "int8"), r.outputs) < 2e-1);
}

TEST_CASE("what an encoder made takes the room of the frames that a run may have") {
  const TemporaryFolder out;
  tools::ConvertOptions options;
  options.input = (fs::path(FOVEA_FAMILIES) / "whisper-1").string();
  options.output = out.file("m.fovea");
  options.quiet = true;
  tools::convert(options);
  const tools::ModelFile file(options.output);
  schema::ModelT model;
  file.tables().UnPackTo(&model);
  REQUIRE(model.caches[0]->name == "cross");
  CHECK(model.caches[0]->context == 9);  // of 18 frames
  tools::set_maxima(model, {{"frames", 7}});
  CHECK(model.caches[0]->context == 4);
  CHECK(tools::most_of(model, "frames") == 18);
}

TEST_CASE("what the config of an encoder-decoder says and is not understood is refused by name") {
  const char* config = "config.json";
  const auto instead = [&](const char* folder, const char* key, const char* was, const char* is,
                           const auto&... parts) {
    const std::string name = std::string("\"") + key + "\": ";
    refuse(folder, config, name + was, name + is, key, parts...);
  };
  const auto with = [&](const char* folder, const char* key, const char* value,
                        const auto&... parts) {
    refuse(folder, config, "{", std::string("{\"") + key + "\": " + value + ",", key, parts...);
  };
  instead("t5-1", "feed_forward_proj", "\"relu\"", "\"gated-mish\"", "gated-mish");
  instead("t5-1", "relative_attention_num_buckets", "8", "6", "6");
  instead("t5-1", "relative_attention_max_distance", "10", "4", "4");
  instead("t5-1", "relative_attention_max_distance", "10", "100000000", "32768");
  instead("t5-1", "num_decoder_layers", "2", "3", "3");
  refuse("t5-1", config, "\"d_kv\": 6", "\"d_kv\": 7", "SelfAttention");
  instead("t5-1", "is_decoder", "false", "true");
  refuse("t5-3", "model.safetensors", "lm_head.weight", "lm_hand.weight", "lm_head.weight");
  refuse("mt5-1", config, "\"5.", "\"4.", "scale_decoder_outputs");
  with("bart-1", "num_hidden_layers", "3", "encoder_layers is 1");
  with("bart-1", "normalize_before", "true");
  with("bart-1", "static_position_embeddings", "true");
  with("bart-1", "add_bias_logits", "true");
  instead("bart-1", "decoder_attention_heads", "4", "3", "16");
  refuse("bart-1", config, "max_position_embeddings\": 20", "max_position_embeddings\": 21",
         "embed_positions");
  with("marian-1", "normalize_embedding", "true");
  instead("marian-1", "decoder_vocab_size", "40", "30", "30");
  instead("marian-1", "bad_words_ids", "[", "[\"a\", ", "\"a\"");
  instead("whisper-1", "use_weighted_layer_sum", "false", "true");
  instead("whisper-1", "scale_embedding", "false", "true");
  refuse("whisper-1", config, "num_mel_bins\": 6", "num_mel_bins\": 7", "conv1");
  instead("whisper-1", "max_source_positions", "9", "4000000000");
  instead("wav2vec2-1", "feat_extract_norm", "\"layer\"", "\"group\"", "group");
  instead("wav2vec2-1", "conv_dim", "[\n    6,", "[\n    6.5,", "6.5");
  instead("wav2vec2-1", "conv_stride", "[\n    3,", "[\n    3, 1,");
  instead("wav2vec2-1", "num_conv_pos_embedding_groups", "4", "3", "hidden_size 16");
  instead("wav2vec2-1", "layer_norm_eps", "1e-05", "1e-06", "1e-06");
  instead("wav2vec2-1", "add_adapter", "false", "true");
}

TEST_CASE("copies of an embedding that hold other numbers are refused by name") {
  const TemporaryFolder copy, out;
  fs::copy(fs::path(FOVEA_FAMILIES) / "t5-2", copy.path(),
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  const fs::path path = fs::path(copy.path()) / "model.safetensors";
  std::string bytes = text_of(path);
  const std::string name = "\"encoder.embed_tokens.weight\"";
  const size_t header =
      8 + static_cast<unsigned char>(bytes[0]) + 256u * static_cast<unsigned char>(bytes[1]);
  const size_t offsets = bytes.find("data_offsets", bytes.find(name));
  const size_t at = header + std::stoul(bytes.substr(bytes.find('[', offsets) + 1));
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  std::ofstream(path) << bytes;
  check_refusal(
      [&] {
        tools::convert({copy.path(), out.file("m.fovea"), {}, {}});
      },
      "encoder.embed_tokens.weight", "shared.weight");
}

TEST_CASE("what a config says of experts and is not understood is refused by name") {
  const char* config = "config.json";
  const auto instead = [&](const char* folder, const std::string& from, const std::string& to,
                           const auto&... parts) { refuse(folder, config, from, to, parts...); };
  instead("mixtral-1", "\"num_local_experts\": 4", "\"num_local_experts\": 5", "gate.weight",
          "[4, 16]", "[5, 16]");
  instead("mixtral-1", "\"num_local_experts\": 4", "\"num_local_experts\": 3", "[3, 16]");
  instead("mixtral-1", "\"num_local_experts\": 4", "\"num_local_experts\": 5000", "5000 experts");
  instead("mixtral-1", "\"num_experts_per_tok\": 2", "\"num_experts_per_tok\": 5", "5 of 4 experts",
          "num_experts_per_tok");
  instead("mixtral-1", "\"num_experts_per_tok\": 2", "\"num_experts_per_tok\": 0",
          "num_experts_per_tok");
  instead("mixtral-1", "{", "{\"num_experts\": 3,", "num_experts is 3, num_local_experts 4");
  instead("mixtral-1", "{", "{\"router_bias\": true,", "router_bias");
  instead("qwen3_moe-2", "\"use_sliding_window\": false", "\"use_sliding_window\": true",
          "max_window_layers");
  instead("qwen3_moe-2", "\"mlp_only_layers\": [\n  0\n ]", "\"mlp_only_layers\": [3]",
          "mlp_only_layers has 3");
  instead("qwen3_moe-3", "\"decoder_sparse_step\": 2", "\"decoder_sparse_step\": 1", "mlp.gate");
  instead("qwen2_moe-1", "\"full_attention\",", "\"sliding_attention\",", "use_sliding_window");
  instead("olmoe-1", "\"clip_qkv\": null", "\"clip_qkv\": 6", "clip_qkv is 6");
  instead("gpt_oss-1", "\"swiglu_limit\": 1.0", "\"swiglu_limit\": 0", "swiglu_limit", "above 0");
  instead("gpt_oss-1", "\"hidden_act\": \"silu\"", "\"hidden_act\": \"gelu\"", "hidden_act");
  instead("gpt_oss-2", "\"experts_per_token\": 2", "\"experts_per_token\": 1",
          "experts_per_token 1");
  instead("gpt_oss-2", "\"mxfp4\"", "\"fp8\"", "quant_method", "fp8");
  instead("mixtral-2", "{", "{\"quantization_config\": {\"quant_method\": \"mxfp4\"},",
          "quantization_config");
  const char* weights = "model.safetensors";
  refuse("gpt_oss-2", weights, "0.mlp.experts.down_proj_scales", "0.mlp.experts.down_proj_scalez",
         "down_proj_scales is missing");
  refuse("gpt_oss-2", weights, "[3,64,1,16]", "[3,64,16,1]", "MXFP4", "[3, 64, 16, 1]");
}

TEST_CASE(
    "a family that is not known is refused with the nearest one and what that does not know") {
  const char* config = "config.json";
  refuse("gemma2-1", config, "\"gemma2\"", "\"gemma9\", \"some_gate\": 3", "gemma9",
         "the nearest family is gemma2, which does not know some_gate (3)", "known ones are llama");
  refuse("bloom-2", config, "\"bloom\"", "\"blossom\"", "blossom",
         "the nearest family is bloom, and this is like it");
  refuse("mpt-1", config, "\"d_model\": 16", "\"d_width\": 16", "no d_model");
  refuse("gemma2-1", config, "\"hidden_size\": 16", "\"d_width\": 16", "no hidden_size");
}

TEST_CASE("a key that no family knows is refused by name in every folder") {
  for (const auto& entry : fs::directory_iterator(FOVEA_FAMILIES)) {
    const std::string name = entry.path().filename().string();
    refuse(name.c_str(), "config.json", "{", "{\"some_key\": 0.5,", "some_key (0.5)");
  }
}

TEST_CASE("modules of sentence-transformers that are not understood are refused by name") {
  const char* modules = "modules.json";
  refuse("bert-6", modules, "models.Normalize", "models.WeightedLayerPooling",
         "WeightedLayerPooling");
  refuse("bert-6", modules, "models.Pooling", "models.Normalize", "Pooling");
  refuse("bert-6", modules, "models.Transformer", "models.CLIPModel", "CLIPModel");
  refuse("bert-6", modules, "1_Pooling", "../1_Pooling", "../1_Pooling");
  refuse("bert-6", modules, "[", "{\"list\": [", "not a JSON list");
  const char* pooling = "1_Pooling/config.json";
  refuse("bert-6", pooling, "\"pooling_mode_max_tokens\": false",
         "\"pooling_mode_max_tokens\": true", "2 kinds");
  refuse("bert-6", pooling, "{", "{\"pooling_mode_weightedmean_tokens\": true,",
         "pooling_mode_weightedmean_tokens");
  refuse("bert-7", "2_Dense/config.json", "activation.Tanh", "activation.Hardtanh", "Hardtanh");
}

}  // namespace fovea::test
