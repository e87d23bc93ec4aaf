// Feeds tokens to a language model: a decoder with the methods `next` or `forward`, or an
// encoder-decoder with `encode` and `decode`.

#ifndef FOVEA_TOOLS_SESSION_DECODER_H_
#define FOVEA_TOOLS_SESSION_DECODER_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tools/session/session.h"

namespace fovea::tools {

// What is known of a language model before memory is bound. All throw InputError where the file
// holds none.
bool has_encoder(const ModelFile& file);
// Tokens that one sequence may have, the prompt among them; throws for a model that keeps none.
uint32_t generation_context(const ModelFile& file);
// Tokens that a source text may have; without an encoder the context, or without a cache those of
// one run.
uint32_t prompt_limit(const ModelFile& file);

// The input of token ids that a method has.
struct IdsInput {
  std::string name;
  uint32_t dim = 0;                   // of the tokens
  uint32_t max_tokens = 0;            // in one run
  bool has_lengths = false;           // there is an input `lengths`, too
  int32_t sequences = -1;             // the dim of that; -1: there is always one
  std::vector<uint32_t> others = {};  // further dims of the method's inputs
};

// A method that takes token ids [tokens]; of a batch, an input `lengths`, int32 [batch], says how
// many each sequence has.
class TokenMethod {
 public:
  TokenMethod(const ModelFile& file, const Session& session, uint32_t method);

  // The most tokens of one run.
  uint32_t max_tokens() const { return input_.max_tokens; }
  // Runs one sequence's tokens; other dims of the method's inputs are 1.
  void run(std::span<const int32_t> ids) const;
  // Runs one token of each of several sequences, of which the method has lengths.
  void run_each(std::span<const int32_t> ids) const;
  // The width of the output `logits`.
  size_t vocabulary() const;
  // The last position of the output `logits`, and any one.
  std::span<const float> logits() const;
  std::span<const float> logits(size_t row) const;

 private:
  void run(std::span<const int32_t> ids, uint32_t sequences, int32_t length) const;

  const ModelFile& file_;
  Session session_;
  Method method_;
  IdsInput input_;
};

class Decoder {
 public:
  // What an encoder reads, if there is one: tokens, by encode(), or something else.
  enum class Source { kTokens, kOther };
  Decoder(const ModelFile& file, const Session& session, Source source = Source::kTokens);

  bool has_encoder() const { return !encoders_.empty(); }

  // Logits of a token.
  size_t vocabulary() const { return steps_.front().vocabulary(); }

  // Encodes the source text of an encoder-decoder.
  void encode(std::span<const int32_t> ids) const;
  // Appends tokens, in pieces of what one run takes, and gives the logits of the last one.
  std::span<const float> feed(std::span<const int32_t> ids) const;
  // The method that appends them.
  const TokenMethod& step() const { return steps_.front(); }

 private:
  std::vector<TokenMethod> encoders_;  // one or none
  std::vector<TokenMethod> steps_;     // one
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_DECODER_H_
