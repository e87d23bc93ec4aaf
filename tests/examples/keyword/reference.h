// What came with KWT-1: three clips with their features and logits.

#ifndef FOVEA_TESTS_EXAMPLES_KEYWORD_REFERENCE_H_
#define FOVEA_TESTS_EXAMPLES_KEYWORD_REFERENCE_H_

#include <cstdint>
#include <string>
#include <vector>

namespace keyword::test {

struct Clip {
  const char* name;
  const char* label;
  uint32_t index;  // of the label
};
inline constexpr Clip kClips[] = {{"yes", "yes", 2}, {"no", "no", 3}, {"silence", "_silence_", 0}};

// False, after marking the test as skipped, where the data is absent.
bool have_reference();

std::vector<int16_t> reference_samples(const Clip& clip);  // [16000]
std::vector<float> reference_mfcc(const Clip& clip);       // [98, 40]
std::vector<double> reference_logits(const Clip& clip);    // [12]

// The clip as a WAV file.
std::string wav_path(const Clip& clip);

}  // namespace keyword::test

#endif  // FOVEA_TESTS_EXAMPLES_KEYWORD_REFERENCE_H_
