// A search for the likeliest text with beams, on an encoder-decoder of a model file.

#ifndef FOVEA_TOOLS_SESSION_BEAMS_H_
#define FOVEA_TOOLS_SESSION_BEAMS_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "fovea/beams.hpp"
#include "tools/session/decoder.h"

namespace fovea::tools {

class Beams {
 public:
  // `settings`: with beams, and tokens at most. Throws InputError where the file was made for fewer
  // sequences than beams.
  Beams(const ModelFile& file, const Session& session, const BeamSettings& settings);

  // The tokens of the likeliest text, without those that the decoder begins with. `encode` fills
  // the decoder's caches for sequence 0.
  std::vector<int32_t> search(const Decoder& decoder, const std::function<void()>& encode);

 private:
  // Caches that a method appends to, or replaces.
  std::vector<uint32_t> caches_of(const char* method) const;
  void arrange(const std::vector<uint32_t>& caches, const uint32_t* from, uint32_t count) const;

  const ModelFile& file_;
  Session session_;
  BeamSettings settings_;
  std::vector<uint32_t> written_, read_;
  std::vector<int32_t> room_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_BEAMS_H_
