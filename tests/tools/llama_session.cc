#include "tests/tools/llama_session.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace fovea::test {
namespace {

// Rounding errors of a path through all layers, half an ulp each and of either sign, add up like a
// random walk; norms keep magnitudes near one in between. Eight times that is never reached.
double tolerance(const LlamaShape& s, double magnitude) {
  const double terms = s.layers * (3.0 * s.width + s.heads * s.head_width + s.ffn_width) + s.width;
  return 8 * std::sqrt(terms) * (FLT_EPSILON / 2) * std::max(1.0, magnitude);
}

}  // namespace

LlamaSession::LlamaSession(const std::string& path, uint32_t threads)
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

void LlamaSession::run(const char* name, const std::vector<int32_t>& tokens, size_t begin,
                       size_t end, std::vector<float>& logits) {
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

std::vector<float> LlamaSession::forward(const std::vector<int32_t>& tokens, size_t chunk) {
  std::vector<float> logits;
  REQUIRE(fovea_reset(session_, 0, nullptr) == FOVEA_OK);
  for (size_t at = 0; at < tokens.size(); at += chunk) {
    run("forward", tokens, at, std::min(tokens.size(), at + chunk), logits);
  }
  return logits;
}

std::vector<float> LlamaSession::next(const std::vector<int32_t>& tokens) {
  std::vector<float> logits;
  REQUIRE(fovea_reset(session_, 0, nullptr) == FOVEA_OK);
  run("next", tokens, 0, tokens.size(), logits);
  return logits;
}

std::vector<int32_t> some_tokens(const LlamaShape& shape, uint32_t seed) {
  std::vector<int32_t> tokens;
  const uint32_t count = 2 + seed % 17;
  for (uint32_t i = 0; i < count; ++i) {
    tokens.push_back(static_cast<int32_t>((seed * 31 + i * i * 7 + i) % shape.vocabulary));
  }
  return tokens;
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

}  // namespace fovea::test
