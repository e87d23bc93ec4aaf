// Texts that a decoder writes of what an encoder read, looked for as the file says.

#ifndef FOVEA_TOOLS_SESSION_WRITER_H_
#define FOVEA_TOOLS_SESSION_WRITER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tools/session/beams.h"
#include "tools/session/decoder.h"
#include "tools/session/text.h"
#include "tools/session/token_rules.h"

namespace fovea::tools {

struct WriterOptions {
  uint32_t beams = 0;                // 0: as many as the file says and has sequences for
  uint32_t max_tokens = UINT32_MAX;  // of a text; otherwise what the file says
};

struct Written {
  std::vector<int32_t> tokens;  // with the one that ended the text
  std::string text;
  bool ended = false;  // otherwise there was no room for more
};

// The tokenizer of a side, `source` or `target`, or that of both. Throws InputError without one.
Text find_text(const ModelFile& file, const char* side);

class Writer {
 public:
  // Throws InputError where the file has no tokenizer, does not say what its decoder begins with,
  // or has fewer sequences than beams are asked for. `first`: the first token, where it is not the
  // file's to say; -1.
  Writer(const ModelFile& file, const Session& session, const WriterOptions& options,
         int32_t first = -1);

  // The session's decoder, whose caches `encode` fills for sequence 0.
  Written write(const Decoder& decoder, const std::function<void()>& encode);

 private:
  void choose_beams(uint32_t asked);
  std::vector<int32_t> likeliest(const Decoder& decoder);
  Written shown(std::vector<int32_t> tokens) const;

  const ModelFile& file_;
  Session session_;
  Text text_;
  std::set<int32_t> silent_;
  std::vector<int32_t> start_;
  int32_t first_;
  TokenRules rules_;
  size_t most_ = 0;
  BeamSettings settings_;
  std::optional<Beams> beams_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_WRITER_H_
