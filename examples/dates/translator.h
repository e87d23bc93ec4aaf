// Texts through an encoder-decoder, many at a time: their tokens lie one after another.

#ifndef FOVEA_EXAMPLES_DATES_TRANSLATOR_H_
#define FOVEA_EXAMPLES_DATES_TRANSLATOR_H_

#include <fovea/fovea.hpp>

#include <string>
#include <vector>

namespace dates {

// What the last layer's cross-attention looked at, averaged over its heads: one row of weights over
// the source's tokens for each token written.
struct Look {
  std::vector<int32_t> source, target;  // token ids
  std::vector<std::vector<float>> rows;
};

// Ends the program with one line where something failed.
[[noreturn]] void die(const std::string& line);
template <class T>
T must(const fovea::Result<T>& result) {
  if (!result) die(result.error().message().c_str());
  return *result;
}
void must(const fovea::Status& status);

class Translator {
 public:
  // The model's memory and `session` must outlive it.
  Translator(const fovea::Model& model, const fovea::Session& session);

  // Sequences that one call takes at most.
  uint32_t batch() const { return batch_; }

  // The greedy translation of each text. `look`, if not null, is filled for the first one.
  std::vector<std::string> translate(const std::vector<std::string>& texts, Look* look = nullptr);

  // The text of one token of the source or the target.
  std::string source_piece(int32_t id) const { return piece(source_, id); }
  std::string target_piece(int32_t id) const { return piece(target_, id); }

 private:
  std::vector<std::vector<int32_t>> encode_texts(const std::vector<std::string>& texts) const;
  void encode(const std::vector<std::vector<int32_t>>& ids) const;
  void write_lengths(const fovea::Method& method, const std::vector<int32_t>& lengths) const;
  int32_t best_token(const fovea::Tensor<float>& logits, size_t row) const;
  void see(size_t source_tokens, Look* look) const;
  std::string piece(const fovea::Tokenizer& tokenizer, int32_t id) const;

  fovea::Model model_;
  fovea::Session session_;
  fovea::Tokenizer source_, target_;
  fovea::Method encode_, decode_;
  fovea_special_tokens special_;
  uint32_t batch_ = 1, context_ = 0, longest_source_ = 0;
};

}  // namespace dates

#endif  // FOVEA_EXAMPLES_DATES_TRANSLATOR_H_
