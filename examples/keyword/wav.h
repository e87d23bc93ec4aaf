// Audio from a file descriptor: WAV, or raw samples. 16 kHz, one channel, 16 bits.

#ifndef FOVEA_EXAMPLES_KEYWORD_WAV_H_
#define FOVEA_EXAMPLES_KEYWORD_WAV_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "examples/keyword/line.h"

namespace keyword {

inline constexpr size_t kSampleRate = 16000;

class AudioReader {
 public:
  // The descriptor and the name, for messages, must outlive the reader.
  AudioReader(int descriptor, const char* name) : descriptor_(descriptor), name_(name) {}

  // Reads up to the first sample. With `raw`, what does not begin as a WAV file is raw samples.
  [[nodiscard]] bool open(bool raw, Line* error);

  // The next samples; fewer than `samples` has room for only at the end.
  [[nodiscard]] bool read(std::span<int16_t> samples, size_t* count, Line* error);

 private:
  static constexpr uint64_t kUnknown = UINT64_MAX;  // to the end of the stream

  bool read_bytes(void* data, size_t size, size_t* count, Line* error);
  bool need_bytes(void* data, size_t size, const char* part, Line* error);
  bool skip_bytes(uint64_t size, Line* error);
  bool read_chunks(Line* error);
  bool read_format(uint32_t size, Line* error);
  bool begin_data(uint32_t size, Line* error);

  int descriptor_;
  const char* name_;
  uint64_t left_ = kUnknown;  // bytes of samples
  uint8_t start_[4];          // of raw samples, read to see what they are
  size_t start_size_ = 0;
};

}  // namespace keyword

#endif  // FOVEA_EXAMPLES_KEYWORD_WAV_H_
