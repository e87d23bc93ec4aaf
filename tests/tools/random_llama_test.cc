// Random Llama models through the whole of it: Hugging Face folder, convert, public API, against
// the same model in double precision.

#include <doctest/doctest.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include "fovea/fovea.h"
#include "fovea/threads.h"
#include "kernels/formats.h"
#include "tests/reference/llama.h"
#include "tests/support/llama_checkpoint.h"
#include "tests/support/same_bits.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/commands/convert.h"
#include "tools/common/mapped_file.h"

namespace fovea::test {
namespace {

constexpr uint32_t kModels = 50;

// A session on a file, with exactly the memory that it asks for, filled with NaN.
class Session {
 public:
  explicit Session(const std::string& path, uint32_t threads = 1)
      : file_(path), pool_(fovea_threads_create(threads, nullptr)) {
    REQUIRE(pool_ != nullptr);
    fovea_options options = {};
    options.executor = fovea_threads_executor(pool_.get());
    fovea_error error;
    const auto bytes = file_.bytes();
    REQUIRE(fovea_open({bytes.data(), bytes.size()}, {}, &model_, &error) == FOVEA_OK);
    REQUIRE(fovea_check_weights(&model_, &error) == FOVEA_OK);
    const size_t size = fovea_arena(&model_, threads).total;
    arena_.reset(std::aligned_alloc(FOVEA_ALIGNMENT, size));
    std::memset(arena_.get(), 0xFF, size);
    REQUIRE(fovea_bind(&model_, {{arena_.get(), size}, {}, {}}, &options, &session_, &error) ==
            FOVEA_OK);
    REQUIRE(fovea_check_fingerprint(session_, &error) == FOVEA_OK);
  }

  // Runs a method on the tokens of [begin, end) and appends what it gives to `logits`.
  void run(const char* name, const std::vector<int32_t>& tokens, size_t begin, size_t end,
           std::vector<float>& logits) {
    fovea_error error;
    const uint32_t method = static_cast<uint32_t>(fovea_find_method(&model_, name));
    REQUIRE(fovea_set_dim(session_, 0, static_cast<uint32_t>(end - begin), &error) == FOVEA_OK);
    fovea_tensor tensor;
    REQUIRE(fovea_input(session_, method, "tokens", &tensor, nullptr) == FOVEA_OK);
    REQUIRE(tensor.bytes == (end - begin) * sizeof(int32_t));
    std::memcpy(tensor.data, tokens.data() + begin, tensor.bytes);
    REQUIRE(fovea_run(session_, method, &error) == FOVEA_OK);
    REQUIRE(fovea_output(session_, method, "logits", &tensor, nullptr) == FOVEA_OK);
    const float* data = static_cast<const float*>(tensor.data);
    logits.insert(logits.end(), data, data + tensor.bytes / sizeof(float));
  }

  // All logits when the tokens come `chunk` at a time.
  std::vector<float> forward(const std::vector<int32_t>& tokens, size_t chunk) {
    std::vector<float> logits;
    REQUIRE(fovea_reset(session_, 0, nullptr) == FOVEA_OK);
    for (size_t at = 0; at < tokens.size(); at += chunk) {
      run("forward", tokens, at, std::min(tokens.size(), at + chunk), logits);
    }
    return logits;
  }

  std::vector<float> next(const std::vector<int32_t>& tokens) {
    std::vector<float> logits;
    REQUIRE(fovea_reset(session_, 0, nullptr) == FOVEA_OK);
    run("next", tokens, 0, tokens.size(), logits);
    return logits;
  }

 private:
  struct Free {
    void operator()(void* p) const { std::free(p); }
    void operator()(fovea_threads* pool) const { fovea_threads_destroy(pool); }
  };
  tools::MappedFile file_;
  std::unique_ptr<fovea_threads, Free> pool_;
  fovea_model model_;
  std::unique_ptr<void, Free> arena_;
  fovea_session* session_ = nullptr;
};

std::vector<int32_t> some_tokens(const LlamaShape& shape, uint32_t seed) {
  std::vector<int32_t> tokens;
  const uint32_t count = 2 + seed % 17;
  for (uint32_t i = 0; i < count; ++i) {
    tokens.push_back(static_cast<int32_t>((seed * 31 + i * i * 7 + i) % shape.vocabulary));
  }
  return tokens;
}

// Rounding errors of a path through all layers, half an ulp each and of either sign, add up like a
// random walk; norms keep magnitudes near one in between. Eight times that is never reached.
double tolerance(const LlamaShape& s, double magnitude) {
  const double terms = s.layers * (3.0 * s.width + s.heads * s.head_width + s.ffn_width) + s.width;
  return 8 * std::sqrt(terms) * (FLT_EPSILON / 2) * std::max(1.0, magnitude);
}

void check_close(const std::vector<float>& found, const std::vector<std::vector<double>>& exact,
                 const LlamaShape& shape) {
  REQUIRE(found.size() == exact.size() * shape.vocabulary);
  double worst = 0, magnitude = 0;
  for (size_t t = 0; t < exact.size(); ++t) {
    for (size_t n = 0; n < shape.vocabulary; ++n) {
      const double error = std::abs(found[t * shape.vocabulary + n] - exact[t][n]);
      worst = std::isnan(error) ? INFINITY : std::max(worst, error);
      magnitude = std::max(magnitude, std::abs(exact[t][n]));
    }
  }
  CHECK(worst <= tolerance(shape, magnitude));
}

void check_model(const LlamaShape& shape, uint32_t seed) {
  CAPTURE(seed);
  CAPTURE(config_json(shape));
  const LlamaCheckpoint model = random_llama(shape, seed);
  const TemporaryFolder folder;
  write_checkpoint(model, folder.path());
  tools::convert({folder.path(), folder.file("model.fovea"), {}, {}});
  Session session(folder.file("model.fovea"));
  const std::vector<int32_t> tokens = some_tokens(shape, seed);
  const std::vector<float> whole = session.forward(tokens, tokens.size());
  check_close(whole, llama_logits(model, tokens), shape);
  for (const size_t chunk : {1, 3, 7}) CHECK(same_bits(session.forward(tokens, chunk), whole));
  const std::vector<float> last(whole.end() - shape.vocabulary, whole.end());
  CHECK(same_bits(session.next(tokens), last));
}

}  // namespace

TEST_CASE("random Llama models agree with double precision, however their prompt is cut") {
  for (uint32_t seed = 1; seed <= kModels; ++seed) check_model(random_llama_shape(seed), seed);
}

TEST_CASE("so do Mistral, Qwen2 and Qwen3, with windows, biases and norms of heads") {
  for (const char* family : {"mistral", "qwen2", "qwen3"}) {
    for (uint32_t seed = 1; seed <= 20; ++seed) check_model(random_shape_of(family, seed), seed);
  }
}

TEST_CASE("which layers of a Qwen slide is said by their types, too") {
  LlamaShape shape = random_shape_of("qwen2", 5);
  shape.layers = 3;
  shape.window = 3;
  shape.window_from = 2;
  shape.options =
      ", \"layer_types\": [\"full_attention\", \"full_attention\", \"sliding_attention\"]";
  check_model(shape, 5);
}

TEST_CASE("a window that is not understood is refused by name") {
  const auto refuse = [](LlamaShape shape, const std::string& options, const auto&... parts) {
    shape.options = options;
    const TemporaryFolder folder;
    write_checkpoint(random_llama(shape, 5), folder.path());
    check_refusal(
        [&] {
          tools::convert({folder.path(), folder.file("m.fovea"), {}, {}});
        },
        folder.path(), parts...);
  };
  LlamaShape qwen = random_shape_of("qwen2", 5);
  qwen.layers = 2;
  qwen.window = 0;
  const std::string types = ", \"layer_types\": ";
  refuse(qwen, types + "[\"full_attention\"]", "1 layer_types for 2 layers");
  refuse(qwen, types + "[\"full_attention\", \"linear\"]", "layer_types[1]", "'linear'");
  refuse(qwen, types + "[\"full_attention\", \"sliding_attention\"]", "layer_types[1]",
         "use_sliding_window is false");
  refuse(qwen, ", \"use_mrope\": true", "use_mrope");
  LlamaShape mistral = random_shape_of("mistral", 5);
  mistral.window = 0;
  refuse(mistral, ", \"sliding_window\": 0", "sliding_window is 0");
  refuse(mistral, ", \"attention_bias\": true", "attention_bias");
}

namespace {

// Numbers that 16 bits hold: those that half_bits() keeps, or that have no more than bf16.
void round_to(LlamaCheckpoint& model, const std::string& dtype) {
  for (auto& [name, values] : model.tensors) {
    for (float& value : values) {
      if (dtype == "F16") {
        kernels::F16 element;
        kernels::narrow(value, element);
        value = std::abs(value) < 0x1p-14f ? 0.0f : kernels::widen(element);
      } else {
        kernels::BF16 element;
        kernels::narrow(value, element);
        value = kernels::widen(element);
      }
    }
  }
}

void write_narrow(const LlamaCheckpoint& model, const std::string& folder,
                  const std::string& dtype) {
  write_checkpoint(model, folder);
  std::vector<SavedTensor> tensors = saved_tensors(model);
  for (SavedTensor& tensor : tensors) tensor.dtype = dtype;
  write_safetensors(folder + "/model.safetensors", tensors);
}

void convert(const TemporaryFolder& folder, const std::string& output, const std::string& format) {
  tools::ConvertOptions options;
  options.input = folder.path();
  options.output = folder.file(output);
  options.format = format;
  tools::convert(options);
}

}  // namespace

namespace {

void check_lossless(const std::string& dtype, const std::string& format) {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    const LlamaShape shape = random_llama_shape(seed);
    LlamaCheckpoint model = random_llama(shape, seed);
    round_to(model, dtype);
    const TemporaryFolder folder;
    write_narrow(model, folder.path(), dtype);
    convert(folder, "wide.fovea", "f32");
    convert(folder, "narrow.fovea", format);
    CHECK(std::filesystem::file_size(folder.file("narrow.fovea")) <
          std::filesystem::file_size(folder.file("wide.fovea")));
    Session wide(folder.file("wide.fovea")), narrow(folder.file("narrow.fovea"));
    const std::vector<int32_t> tokens = some_tokens(shape, seed);
    const std::vector<float> whole = wide.forward(tokens, tokens.size());
    check_close(whole, llama_logits(model, tokens), shape);
    for (const size_t chunk : {tokens.size(), size_t{1}, size_t{3}}) {
      CHECK(same_bits(narrow.forward(tokens, chunk), whole));
    }
    CHECK(same_bits(narrow.next(tokens), wide.next(tokens)));
  }
}

}  // namespace

TEST_CASE("weights kept in f16 give the bits of the same weights in f32") {
  check_lossless("F16", "f16");
}

TEST_CASE("weights kept in bf16 give the bits of the same weights in f32") {
  check_lossless("BF16", "bf16");
}

TEST_CASE("codes: the bits of a prompt do not depend on its pieces") {
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    const bool halves = seed % 2 == 0;
    const LlamaShape shape = random_llama_shape(seed);
    const LlamaCheckpoint model = random_llama(shape, seed);
    const TemporaryFolder folder;
    write_checkpoint(model, folder.path());
    convert(folder, "wide.fovea", "f32");
    convert(folder, "codes.fovea", halves ? "int4" : "int8");
    Session wide(folder.file("wide.fovea")), codes(folder.file("codes.fovea"));
    const std::vector<int32_t> tokens = some_tokens(shape, seed);
    const std::vector<float> exact = wide.forward(tokens, tokens.size());
    const std::vector<float> whole = codes.forward(tokens, tokens.size());
    for (const size_t chunk : {size_t{1}, size_t{3}}) {
      CHECK(same_bits(codes.forward(tokens, chunk), whole));
    }
    const std::vector<float> last(whole.end() - static_cast<ptrdiff_t>(shape.vocabulary),
                                  whole.end());
    CHECK(same_bits(codes.next(tokens), last));
    // Rounded a hundred times coarser than anything else here, or two thousand, but to the same
    // model.
    double error = 0, power = 0;
    for (size_t i = 0; i < exact.size(); ++i) {
      error += (whole[i] - exact[i]) * (whole[i] - exact[i]);
      power += exact[i] * exact[i];
    }
    CHECK(error < (halves ? 0.2 : 0.01) * power);
    CHECK(error > 0);
  }
}

TEST_CASE("caches of other formats: pieces and threads give the same bits, near those of f32") {
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    const LlamaShape shape = random_llama_shape(seed);
    const TemporaryFolder folder;
    write_checkpoint(random_llama(shape, seed), folder.path());
    const std::string path = folder.file("model.fovea");
    tools::ConvertOptions options = {folder.path(), path, {}, {}};
    options.quiet = true;
    tools::convert(options);
    const std::vector<int32_t> tokens = some_tokens(shape, seed);
    const std::vector<float> exact = Session(path).forward(tokens, tokens.size());
    for (const char* cache : {"f16", "int8"}) {
      CAPTURE(cache);
      options.cache = cache;
      tools::convert(options);
      Session session(path), threads(path, 3);
      const std::vector<float> whole = session.forward(tokens, tokens.size());
      for (const size_t chunk : {1, 3}) CHECK(same_bits(session.forward(tokens, chunk), whole));
      CHECK(same_bits(threads.forward(tokens, 5), whole));
      double error = 0, power = 0;
      for (size_t i = 0; i < exact.size(); ++i) {
        error += (whole[i] - exact[i]) * (whole[i] - exact[i]);
        power += exact[i] * exact[i];
      }
      CHECK(error < (cache == std::string("f16") ? 1e-4 : 0.01) * power);
      CHECK(error > 0);
    }
  }
}

TEST_CASE("f16 weights are those of f32, rounded to nearest; norms and biases are not rounded") {
  const LlamaShape shape = random_llama_shape(7);
  const LlamaCheckpoint exact = random_llama(shape, 7);
  LlamaCheckpoint model = exact;
  for (auto& [name, values] : model.tensors) {
    if (name.find("norm") != std::string::npos || name.ends_with(".bias")) continue;
    for (float& value : values) {
      kernels::F16 element;
      kernels::narrow(value, element);
      value = kernels::widen(element);
    }
  }
  const TemporaryFolder folder, rounded;
  write_checkpoint(exact, folder.path());
  write_checkpoint(model, rounded.path());
  convert(folder, "model.fovea", "f16");
  convert(rounded, "model.fovea", "f32");
  const std::vector<int32_t> tokens = some_tokens(shape, 7);
  const std::vector<float> found = Session(folder.file("model.fovea")).forward(tokens, 3);
  CHECK(same_bits(found, Session(rounded.file("model.fovea")).forward(tokens, 3)));
  CHECK(!same_bits(found, [&] {
    convert(folder, "exact.fovea", "f32");
    return Session(folder.file("exact.fovea")).forward(tokens, 3);
  }()));
}

// Two and three threads divide the rows of 70 tokens, five the outputs (Run::divide).
TEST_CASE("threads give a long prompt the same bits, by rows and by outputs") {
  LlamaShape shape;
  shape.width = 64;
  shape.ffn_width = 156;
  shape.layers = 2;
  shape.heads = 4;
  shape.kv_heads = 2;
  shape.head_width = 16;
  shape.vocabulary = 61;
  shape.context = 80;
  const LlamaCheckpoint model = random_llama(shape, 1);
  const TemporaryFolder folder;
  write_checkpoint(model, folder.path());
  tools::convert({folder.path(), folder.file("model.fovea"), {}, {{"tokens", 70}}});
  std::vector<int32_t> tokens;
  for (int32_t i = 0; i < 70; ++i) tokens.push_back(i * 7 % 61);
  const std::vector<float> whole = Session(folder.file("model.fovea")).forward(tokens, 70);
  check_close(whole, llama_logits(model, tokens), shape);
  for (const uint32_t threads : {2, 3, 5}) {
    CAPTURE(threads);
    Session session(folder.file("model.fovea"), threads);
    CHECK(same_bits(session.forward(tokens, 70), whole));
    CHECK(same_bits(session.forward(tokens, 33), whole));
  }
}

}  // namespace fovea::test
