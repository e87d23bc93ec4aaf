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
#include <optional>
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
#include "tools/graph/expose.h"
#include "tools/import/import.h"
#include "tools/plan/plan.h"

namespace fovea::test {
namespace {

namespace fs = std::filesystem;
using Numbers = std::vector<float>;
using Outputs = std::map<std::string, Numbers>;

constexpr double kMost = 3e-5;  // of the largest number of an output

struct Reference {
  Numbers tokens, lengths, types, boxes;
  Numbers source, source_lengths;         // of what an encoder reads before a decoder writes
  Numbers features;                       // [4, frames, features] instead, or of an encoder alone
  std::string features_are = "features";  // or values, of series
  Numbers samples;  // [4, samples], what an encoder hears, of a decoder or alone
  Numbers pixels;   // of so many images
  size_t images = 0;
  Outputs outputs;

  bool listens() const { return tokens.empty() && !(samples.empty() && features.empty()); }
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
                  : name == "values"         ? r.features
                  : name == "samples"        ? r.samples
                  : name == "pixels"         ? r.pixels
                  : name == "source_lengths" ? r.source_lengths
                                             : r.outputs[name];
    if (name == "pixels") r.images = tensor.shape[0];
    if (name == "values") r.features_are = name;
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
    method_ =
        static_cast<uint32_t>(fovea_find_method(&model_, has("forecast") ? "forecast" : "encode"));
    set_dim("batch", sequences);
    const bool counted = fovea_find_dim(&model_, "samples") >= 0 && features.size() > 0;
    if (counted) set_dim("samples", features.size() / sequences);
    REQUIRE(fovea_input(session_, method_, input, &tensor, nullptr) == FOVEA_OK);
    REQUIRE(tensor.bytes == features.size() * sizeof(float));
    std::copy(features.begin(), features.end(), static_cast<float*>(tensor.data));
    REQUIRE(fovea_run(session_, method_, &error) == FOVEA_OK);
  }

  // The same of as many images.
  void see(const Numbers& pixels, size_t images) {
    fovea_error error;
    method_ = static_cast<uint32_t>(fovea_find_method(&model_, "encode"));
    set_dim("batch", images);
    give("pixels", pixels);
    REQUIRE(fovea_run(session_, method_, &error) == FOVEA_OK);
  }

  // Encodes sequence i, or all of them where it is -1.
  void encode(const Reference& r, int i) {
    const auto at = static_cast<size_t>(std::max(i, 0));
    const size_t count = i < 0 ? r.lengths.size() : 1;
    for (const auto& [input, heard] :
         {std::pair("features", &r.features), std::pair("samples", &r.samples)}) {
      if (heard->empty()) continue;
      const size_t each = heard->size() / r.lengths.size();
      return hear(input, {&(*heard)[at * each], &(*heard)[at * each] + count * each}, count);
    }
    if (!r.pixels.empty() && has("decode")) {
      const size_t each = r.pixels.size() / r.lengths.size();
      return see({&r.pixels[at * each], &r.pixels[at * each] + count * each}, count);
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
    for (auto& pair : outputs) {  // clang 14 captures no structured binding
      const std::string& output = pair.first;
      Numbers& to = pair.second;
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

// What a model gives of samples or features, of each sequence by itself or of all of them at once.
Outputs run_samples(Session& session, const Reference& r, size_t sequences) {
  constexpr size_t kSequences = 4;
  Outputs made;
  for (const auto& entry : r.outputs) made[entry.first] = {};
  const Numbers& heard = r.samples.empty() ? r.features : r.samples;
  const size_t count = heard.size() / kSequences * sequences;
  for (size_t at = 0; at < heard.size(); at += count) {
    const char* input = r.samples.empty() ? r.features_are.c_str() : "samples";
    session.hear(input, slice(heard, at, count), sequences);
    session.take(made);
  }
  return made;
}

double worst_of(const Outputs& made, const Outputs& wanted) {
  double worst = 0;
  for (const auto& output : wanted) {
    const auto& name = output.first;
    const Numbers& numbers = output.second;
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
  if (r.listens()) {
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
    const std::string method = point != name.npos        ? name.substr(0, point)
                               : session.has("decode")   ? "decode"
                               : session.has("encode")   ? "encode"
                               : session.has("forecast") ? "forecast"
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

namespace {

// A folder of chronos-bolt, and what it foresees of series of so many samples each.
class Foreseer : TemporaryFolder {
 public:
  explicit Foreseer(const std::string& name, const tools::Maxima& maxima = {},
                    const char* attention = "") {
    tools::ConvertOptions options;
    options.input = std::string(FOVEA_FAMILIES) + "/" + name;
    options.output = file("m.fovea");
    options.quiet = true;
    options.maxima = maxima;
    options.maxima["batch"] = 2;
    if (*attention != '\0') options.attention = tools::parse_reports(attention);
    tools::convert(options);
    session_.emplace(options.output);
  }
  Numbers foresee(const Numbers& series, size_t sequences,
                  const std::string& output = "prediction") {
    Outputs made = {{output, {}}};
    session_->hear("values", series, sequences);
    session_->take(made);
    return made[output];
  }

 private:
  std::optional<Session> session_;
};

Numbers joined(std::initializer_list<Numbers> parts) {
  Numbers all;
  for (const Numbers& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace

TEST_CASE("what is missing before a series changes no bit, alone or in a batch") {
  const Numbers gap(18, NAN);
  Numbers series, other;
  for (int i = 0; i < 13; ++i) series.push_back(static_cast<float>(40 + 3 * std::sin(i)));
  for (int i = 0; i < 31; ++i) other.push_back(static_cast<float>(i % 7));
  for (const char* name : {"chronos-bolt-1", "chronos-bolt-2"}) {
    CAPTURE(name);
    const bool one = name[13] == '1';  // whose context is 24
    Foreseer model(name);
    const Numbers shown = one ? Numbers(other.begin() + 7, other.end()) : other;
    const Numbers before(gap.begin(), gap.begin() + (one ? 11 : 18));
    const Numbers alone = model.foresee(series, 1), third = model.foresee(shown, 1);
    for (const float number : alone) CHECK(std::isfinite(number));
    CHECK(model.foresee(joined({before, series}), 1) == alone);
    CHECK(model.foresee(joined({before, series, shown}), 2) == joined({alone, third}));
    CHECK(model.foresee(joined({shown, before, series}), 2) == joined({third, alone}));
    // A context that is just as long has fewer patches, and so another order of sums.
    Foreseer shorter(name, {{"samples", 13}});
    const Numbers same = shorter.foresee(series, 1);
    CHECK(worst_of({{"", same}}, {{"", alone}}) < 3e-6);
  }
}

TEST_CASE("series of one number, of the same ones and of none foresee numbers") {
  Foreseer model("chronos-bolt-1");
  const Numbers none = model.foresee(Numbers(24, NAN), 1);
  for (const float number : none) CHECK(std::isfinite(number));
  // Nothing is scaled where all is missing; divided by 1e-5 where nothing varies.
  CHECK(model.foresee({NAN}, 1) == none);
  for (const float number : model.foresee({7.3f}, 1)) CHECK(std::abs(number - 7.3f) < 1e-3f);
  CHECK(model.foresee({NAN, 7.3f, NAN}, 1) != none);
  for (const float number : model.foresee(Numbers(21, 0.1f), 1)) {
    CHECK(std::abs(number - 0.1f) < 1e-3f);
  }
}

TEST_CASE("a decoder in the encoder's method looks at patches of which any sample is there") {
  Foreseer model("chronos-bolt-1", {}, "weights");
  Numbers series(14, 1);
  series[0] = 5;
  std::fill(series.begin() + 6, series.begin() + 10, NAN);
  const Numbers weights = model.foresee(series, 1, "cross_attention.1.weights");
  REQUIRE(weights.size() == 2 * 16);  // of two heads
  for (size_t head = 0; head < 2; ++head) {
    double sum = 0;
    for (size_t i = 0; i < 16; ++i) {
      // Four patches of the series, of which one is empty, and the token behind them.
      const bool seen = i == 2 || i == 3 || i == 5 || i == 6;
      CHECK((weights[head * 16 + i] > 0) == seen);
      sum += double{weights[head * 16 + i]};
    }
    CHECK(std::abs(sum - 1) < 1e-6);
  }
}

TEST_CASE("a series has no more samples than the context, which may be made shorter") {
  const auto most = [](const tools::Maxima& maxima, uint32_t* limit) {
    const tools::Graph graph = tools::import_model(
        tools::open_checkpoint(std::string(FOVEA_FAMILIES) + "/chronos-bolt-2"), maxima);
    REQUIRE(graph.model.dims[0]->name == "samples");
    *limit = graph.limits.at("samples");
    return graph.model.dims[0]->max;
  };
  uint32_t limit = 0;
  CHECK(most({}, &limit) == 37);
  CHECK(limit == 37);
  CHECK(most({{"samples", 12}}, &limit) == 12);
  CHECK(limit == 15);  // pieces of 5
  CHECK_THROWS_AS(most({{"samples", 38}}, &limit), tools::UsageError);
}

TEST_CASE("a decoder with a config of its own says which tokens texts begin and end with") {
  const std::string folder = std::string(FOVEA_FAMILIES) + "/vision-encoder-decoder-2";
  const tools::Graph graph = tools::import_model(tools::open_checkpoint(folder), {});
  REQUIRE(graph.model.special != nullptr);
  CHECK(graph.model.special->begin == std::vector<int32_t>{0});
  CHECK(graph.model.special->start == std::vector<int32_t>{2});
  CHECK(graph.model.special->end == std::vector<int32_t>{2});
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

// What firmware of a folder's model names of attention.
std::string attention_of(const char* name) {
  const TemporaryFolder made;
  tools::ConvertOptions options;
  options.input = (fs::path(FOVEA_FAMILIES) / name).string();
  options.output = made.file("model.fovea");
  options.quiet = true;
  tools::convert(options);
  const std::string source =
      tools::firmware_operators(tools::ModelFile(options.output), "m", tools::Opening::kChecked);
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
  for (const auto& row : {std::pair("whisper-1", "f16"), std::pair("whisper-2", "bf16")}) {
    const char* const name = row.first;
    const char* const format = row.second;
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

}  // namespace fovea::test
