// A keyword model: its file, mapped, and a session in one static piece of memory.

#ifndef FOVEA_EXAMPLES_KEYWORD_MODEL_H_
#define FOVEA_EXAMPLES_KEYWORD_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "examples/keyword/line.h"
#include "fovea/fovea.hpp"

namespace keyword {

inline constexpr size_t kMaxLabels = 64;

// What the model says about one window.
struct Verdict {
  uint32_t label = 0;  // the likeliest
  float probability = 0.0f;
};

class KeywordModel {
 public:
  KeywordModel() = default;
  ~KeywordModel();
  KeywordModel(const KeywordModel&) = delete;
  KeywordModel& operator=(const KeywordModel&) = delete;

  // Maps the file, checks that it is a keyword model on the features of mfcc.h, intact and right
  // on this machine, and makes a session in `arena`. The path must outlive this object.
  [[nodiscard]] bool open(const char* path, std::span<unsigned char> arena, Line* error);

  // Where the features of a window go. [98, 40]
  float* features() const { return features_.data(); }
  [[nodiscard]] bool run(Line* error) const;
  // Of the last run, one for each label.
  std::span<const float> logits() const { return {logits_.data(), logits_.size()}; }
  Verdict verdict() const;

  const char* label(uint32_t index) const { return model_.label(index); }
  // Labels such as _silence_ and _unknown_ name no keyword.
  bool is_keyword(uint32_t index) const { return label(index)[0] != '_'; }

 private:
  bool map(Line* error);
  bool bind(std::span<unsigned char> arena, Line* error);
  bool find_tensors(Line* error);
  bool fail(const fovea::Error& why, Line* error) const;

  const char* path_ = "";
  void* file_ = nullptr;
  size_t file_size_ = 0;
  fovea::Model model_;
  fovea::Method forward_;
  fovea::Tensor<float> features_, logits_;
};

}  // namespace keyword

#endif  // FOVEA_EXAMPLES_KEYWORD_MODEL_H_
