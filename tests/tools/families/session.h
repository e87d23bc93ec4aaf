// A family's model through the public API.

#ifndef FOVEA_TESTS_TOOLS_FAMILIES_SESSION_H_
#define FOVEA_TESTS_TOOLS_FAMILIES_SESSION_H_

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "fovea/fovea.h"
#include "tests/tools/families/reference.h"
#include "tools/common/mapped_file.h"

namespace fovea::test {

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

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_FAMILIES_SESSION_H_
