// WAV files as bytes, and descriptors to read them from.

#ifndef FOVEA_TESTS_EXAMPLES_KEYWORD_WAV_BYTES_H_
#define FOVEA_TESTS_EXAMPLES_KEYWORD_WAV_BYTES_H_

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace keyword::test {

inline std::string u16_bytes(unsigned value) {
  return {static_cast<char>(value & 255), static_cast<char>(value >> 8 & 255)};
}
inline std::string u32_bytes(uint32_t value) {
  return u16_bytes(value & 0xFFFF) + u16_bytes(value >> 16);
}

inline std::string sample_bytes(const std::vector<int16_t>& samples) {
  std::string bytes;
  for (const int16_t sample : samples) bytes += u16_bytes(static_cast<uint16_t>(sample));
  return bytes;
}

inline std::string chunk(const std::string& id, const std::string& content) {
  const std::string padding(content.size() % 2, '\0');
  return id + u32_bytes(static_cast<uint32_t>(content.size())) + content + padding;
}

inline std::string format_bytes(unsigned tag = 1, unsigned channels = 1, uint32_t rate = 16000,
                                unsigned bits = 16) {
  const unsigned frame = channels * bits / 8;
  return u16_bytes(tag) + u16_bytes(channels) + u32_bytes(rate) + u32_bytes(rate * frame) +
         u16_bytes(frame) + u16_bytes(bits);
}

inline std::string riff(const std::string& chunks) {
  return "RIFF" + u32_bytes(static_cast<uint32_t>(chunks.size() + 4)) + "WAVE" + chunks;
}

inline std::string wav(const std::vector<int16_t>& samples) {
  return riff(chunk("fmt ", format_bytes()) + chunk("data", sample_bytes(samples)));
}

// A descriptor at the start of these bytes.
class Bytes {
 public:
  explicit Bytes(const std::string& bytes) : file_(std::tmpfile()) {
    REQUIRE(file_ != nullptr);
    REQUIRE(std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size());
    REQUIRE(std::fflush(file_) == 0);
    REQUIRE(lseek(fileno(file_), 0, SEEK_SET) == 0);
  }
  ~Bytes() { std::fclose(file_); }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;

  int descriptor() const { return fileno(file_); }

 private:
  FILE* file_;
};

}  // namespace keyword::test

#endif  // FOVEA_TESTS_EXAMPLES_KEYWORD_WAV_BYTES_H_
