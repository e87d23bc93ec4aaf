// Recordings in WAV files.

#ifndef FOVEA_TOOLS_COMMON_WAV_H_
#define FOVEA_TOOLS_COMMON_WAV_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fovea::tools {

struct Recording {
  uint32_t rate = 0;           // samples a second
  uint32_t channels = 0;       // whose samples follow each other
  std::vector<float> samples;  // whole numbers within [-1, 1)
};

// PCM of 8, 16, 24 and 32 bits, floats of 32 and 64. Throws InputError where the file is no WAV,
// ends early, or has other samples. `path` is for messages.
Recording read_wav(std::span<const uint8_t> bytes, const std::string& path);

// The samples of a recording that has one channel, some samples, and this rate. Throws InputError
// otherwise.
std::vector<float> samples_of(const std::string& path, uint32_t rate);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_WAV_H_
