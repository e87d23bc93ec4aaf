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
inline constexpr size_t kHop = 160;       // samples, 10 ms: what a stream is given goes by these
inline constexpr size_t kWindow = 16000;  // samples that a verdict is about

// What the model says about the last second.
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

  // Maps the file, checks that it is a keyword model that takes streams of 16 kHz, intact and right
  // on this machine, and makes a session in `arena`. The path must outlive this object.
  [[nodiscard]] bool open(const char* path, std::span<unsigned char> arena, Line* error);

  // Forgets what it has heard.
  [[nodiscard]] bool reset(Line* error) const;
  uint32_t most_hops() const { return most_hops_; }  // of a run
  // Where the next samples go, so many hops of them, within -1 and 1.
  [[nodiscard]] bool next(uint32_t hops, std::span<float>* samples, Line* error) const;
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
  fovea::Session session_;
  fovea::Method next_;
  uint32_t most_hops_ = 0;
  fovea::Tensor<float> logits_;
};

}  // namespace keyword

#endif  // FOVEA_EXAMPLES_KEYWORD_MODEL_H_
