// Texts through a text encoder, as many in one run as it takes.

#ifndef FOVEA_TOOLS_SESSION_TEXT_BATCH_H_
#define FOVEA_TOOLS_SESSION_TEXT_BATCH_H_

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tools/session/session.h"
#include "tools/session/text.h"

namespace fovea::tools {

// The output of an encoder that stands for a whole text or picture.
inline constexpr const char* kEmbedding = "embedding";

// What a model file says of its method `encode_text`, or `encode` without one. Throws InputError
// where it is not the encoder of a text.
class TextEncoder {
 public:
  explicit TextEncoder(const ModelFile& file);

  uint32_t method() const { return method_; }

  // Ids of one sequence, or of all in a run; sequences of a run.
  uint32_t max_tokens() const { return max_tokens_; }
  uint32_t max_sequences() const { return max_sequences_; }
  bool has_output(const char* name) const;
  // Numbers in a row of an output.
  uint32_t width(const char* name) const;
  // Whether an output has a row for each token, not for each sequence.
  bool by_token(const char* name) const;
  const Text& text() const { return text_; }

  // How many of the first sequences one run takes; at least one.
  size_t fitting(std::span<const TokenSequence> sequences) const;
  // Runs so many, packed one after another.
  void run(const Session& session, std::span<const TokenSequence> sequences) const;
  Tensor<float> output(const Session& session, const char* name) const;

 private:
  fovea_tensor output_info(const char* name) const;
  std::string name() const { return file_.method_name(method_); }

  const ModelFile& file_;
  uint32_t method_;
  Text text_;
  uint32_t tokens_dim_ = 0, max_tokens_ = 0;
  uint32_t max_sequences_ = 1;
  bool has_types_ = false, has_lengths_ = false;
};

// Texts that come one by one, through an encoder in full runs. `done` gets each text's number,
// counted from 0, and its rows of an output.
class TextBatch {
 public:
  using Done = std::function<void(size_t number, const TokenSequence& sequence,
                                  std::span<const float> rows)>;

  TextBatch(const TextEncoder& encoder, const Session& session, const char* output, Done done)
      : encoder_(encoder), session_(session), output_(output), done_(std::move(done)) {}

  // May run those that are waiting.
  void add(TokenSequence sequence);
  // Runs what is left.
  void finish();
  size_t count() const { return number_ + waiting_.size(); }

 private:
  void run();

  const TextEncoder& encoder_;
  const Session& session_;
  const char* output_;
  Done done_;
  std::vector<TokenSequence> waiting_;
  size_t number_ = 0;  // of the first that is waiting
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_TEXT_BATCH_H_
