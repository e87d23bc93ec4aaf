// A session of a model in memory of exactly the size that it asks for.

#ifndef FOVEA_TESTS_SUPPORT_TINY_SESSION_H_
#define FOVEA_TESTS_SUPPORT_TINY_SESSION_H_

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include "fovea/fovea.h"
#include "tests/support/same_bits.h"
#include "tests/support/tiny_model.h"

namespace fovea::test {

inline std::string sentence(const fovea_error& error, const fovea_model* model = nullptr) {
  char text[512];
  fovea_describe(model, &error, text, sizeof text);
  return text;
}

class TinySession {
 public:
  explicit TinySession(const fovea_options* options = nullptr, uint32_t threads = 1,
                       const std::function<void(schema::ModelT&)>& change = nullptr)
      : image_(tiny_model(change)) {
    fovea_error error;
    REQUIRE_MESSAGE(fovea_open(image_.span(), {}, &model_, &error) == FOVEA_OK, sentence(error));
    arena_ = Image(fovea_arena(&model_, threads).total);
    REQUIRE(fovea_bind(&model_, {{arena_.data(), arena_.size()}, {}, {}}, options, &session_,
                       &error) == FOVEA_OK);
  }

  fovea_session* get() const { return session_; }
  const fovea_model& model() const { return model_; }
  uint32_t method(const char* name) const {
    return static_cast<uint32_t>(fovea_find_method(&model_, name));
  }

  // Sets dims and inputs: the tokens of each sequence, of which one at least has some.
  void set(const std::vector<std::vector<int32_t>>& rows, const char* method_name = "forward") {
    std::vector<int32_t> ids, lengths;
    for (const auto& row : rows) {
      lengths.push_back(static_cast<int32_t>(row.size()));
      ids.insert(ids.end(), row.begin(), row.end());
    }
    REQUIRE(fovea_set_dim(session_, 0, static_cast<uint32_t>(rows.size()), nullptr) == FOVEA_OK);
    REQUIRE(fovea_set_dim(session_, 1, static_cast<uint32_t>(ids.size()), nullptr) == FOVEA_OK);
    fovea_tensor input;
    REQUIRE(fovea_input(session_, method(method_name), "tokens", &input, nullptr) == FOVEA_OK);
    std::memcpy(input.data, ids.data(), ids.size() * sizeof ids[0]);
    REQUIRE(fovea_input(session_, method(method_name), "lengths", &input, nullptr) == FOVEA_OK);
    std::memcpy(input.data, lengths.data(), lengths.size() * sizeof lengths[0]);
  }

  // The logits of the last run, one vector a sequence.
  std::vector<std::vector<float>> logits(const std::vector<std::vector<int32_t>>& rows) const {
    fovea_tensor output;
    REQUIRE(fovea_output(session_, method("forward"), "logits", &output, nullptr) == FOVEA_OK);
    const float* data = static_cast<const float*>(output.data);
    std::vector<std::vector<float>> result;
    for (const auto& row : rows) {
      result.emplace_back(data, data + row.size() * kTinyVocabulary);
      data += row.size() * kTinyVocabulary;
    }
    return result;
  }

  std::vector<std::vector<float>> forward(const std::vector<std::vector<int32_t>>& rows) {
    set(rows);
    fovea_error error;
    REQUIRE_MESSAGE(fovea_run(session_, method("forward"), &error) == FOVEA_OK,
                    sentence(error, &model_));
    return logits(rows);
  }

 private:
  Image image_;
  Image arena_;
  fovea_model model_;
  fovea_session* session_ = nullptr;
};

}  // namespace fovea::test

#endif  // FOVEA_TESTS_SUPPORT_TINY_SESSION_H_
