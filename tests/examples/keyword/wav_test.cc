#include "examples/keyword/wav.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/examples/keyword/wav_bytes.h"

namespace keyword::test {
namespace {

struct Heard {
  std::vector<int16_t> samples;
  std::string error;
};

Heard read_all(const std::string& bytes, bool raw = false, size_t piece = 100) {
  const Bytes file(bytes);
  AudioReader reader(file.descriptor(), "x.wav");
  Line error;
  Heard heard;
  if (!reader.open(raw, &error)) return {{}, error.text};
  for (;;) {
    std::vector<int16_t> samples(piece);
    size_t count = 0;
    if (!reader.read(samples, &count, &error)) return {heard.samples, error.text};
    heard.samples.insert(heard.samples.end(), samples.data(), samples.data() + count);
    if (count < piece) return heard;
  }
}

std::vector<int16_t> ramp(size_t count) {
  std::vector<int16_t> samples(count);
  for (size_t i = 0; i < count; ++i) samples[i] = static_cast<int16_t>(i * 4099 - 32768);
  return samples;
}

// Fails with a line that names the file and holds this text.
void check_refused(const std::string& bytes, const std::string& text, bool raw = false) {
  const std::string error = read_all(bytes, raw).error;
  CAPTURE(error);
  CHECK(error.starts_with("x.wav: "));
  CHECK(error.find(text) != std::string::npos);
  CHECK(error.find('\n') == std::string::npos);
}

std::string with_format(const std::string& format) {
  return riff(chunk("fmt ", format) + chunk("data", sample_bytes(ramp(10))));
}

// The tag of an extensible format is the start of a GUID at byte 24.
std::string extensible(unsigned tag) {
  return format_bytes(0xFFFE) + u16_bytes(22) + u16_bytes(16) + u32_bytes(4) + u16_bytes(tag) +
         std::string(14, '\x11');
}

TEST_CASE("samples come as they are") {
  for (const size_t count : {0u, 1u, 2u, 99u, 100u, 101u, 5000u}) {
    for (const size_t piece : {1u, 2u, 3u, 100u}) {
      CAPTURE(count);
      CAPTURE(piece);
      const Heard heard = read_all(wav(ramp(count)), false, piece);
      CHECK(heard.error == "");
      CHECK(heard.samples == ramp(count));
      if (count == 0) continue;
      const Heard raw = read_all(sample_bytes(ramp(count)), true, piece);
      CHECK(raw.error == "");
      CHECK(raw.samples == ramp(count));
    }
  }
}

TEST_CASE("a WAV stream is known among raw ones") {
  CHECK(read_all(wav(ramp(50)), true).samples == ramp(50));
}

TEST_CASE("half a sample at the end of a raw stream is left out") {
  for (const size_t count : {1u, 2u, 50u}) {
    CHECK(read_all(sample_bytes(ramp(count)) + "x", true).samples == ramp(count));
  }
}

TEST_CASE("chunks of other kinds are skipped, also of odd sizes and after the data") {
  const std::string bytes =
      riff(chunk("LIST", "odd") + chunk("fmt ", format_bytes() + std::string(3, 'x')) +
           chunk("junk", std::string(1001, 'j')) + chunk("data", sample_bytes(ramp(20))) +
           chunk("LIST", "more"));
  CHECK(read_all(bytes).error == "");
  CHECK(read_all(bytes).samples == ramp(20));
}

TEST_CASE("extensible PCM is PCM") {
  CHECK(read_all(with_format(extensible(1))).samples == ramp(10));
  check_refused(with_format(extensible(3)), "format 3");
  check_refused(with_format(extensible(1).substr(0, 38)), "format 65534");
}

TEST_CASE("a stream whose size was not known when it began goes on to its end") {
  const std::string head = riff(chunk("fmt ", format_bytes())) + "data";
  for (const uint32_t size : {0u, 0x7FFF0000u, 0x7FFFFFFFu, 0xFFFFFFFFu}) {
    CAPTURE(size);
    const Heard heard = read_all(head + u32_bytes(size) + sample_bytes(ramp(300)), true);
    CHECK(heard.error == "");
    CHECK(heard.samples == ramp(300));
  }
}

TEST_CASE("what is no WAV file is refused") {
  check_refused("", "is empty");
  check_refused("", "is empty", /*raw=*/true);
  check_refused("RI", "does not begin with RIFF");
  check_refused("OggS and more of it", "does not begin with RIFF");
  check_refused("RIFF" + u32_bytes(100) + "AVI and more of it", "not of WAVE");
}

TEST_CASE("a format that the features are not made for is refused") {
  check_refused(with_format(format_bytes(3)), "format 3 with 16 bits");
  check_refused(with_format(format_bytes(1, 2)), "2 channels");
  check_refused(with_format(format_bytes(1, 0)), "0 channels");
  check_refused(with_format(format_bytes(1, 1, 44100)), "44100 samples a second; 16000");
  check_refused(with_format(format_bytes(1, 1, 16000, 8)), "format 1 with 8 bits");
  check_refused(with_format(format_bytes().substr(0, 15)), "fmt chunk has 15 bytes");
}

TEST_CASE("chunks in a wrong order are refused") {
  const std::string data = chunk("data", sample_bytes(ramp(4))),
                    fmt = chunk("fmt ", format_bytes());
  check_refused(riff(data + fmt), "before a fmt chunk");
  check_refused(riff(fmt), "no data chunk");
  check_refused(riff(""), "no data chunk");
}

TEST_CASE("odd sizes of data are refused") {
  check_refused(riff(chunk("fmt ", format_bytes()) + chunk("data", "abc")),
                "odd number of bytes, 3");
}

TEST_CASE("a file cut anywhere is refused, and the samples before the cut are given") {
  const std::string bytes = wav(ramp(250));
  for (size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    const Heard heard = read_all(bytes.substr(0, size));
    CHECK(heard.error != "");
    CHECK(heard.samples.size() == (size < 44 ? 0 : (size - 44) / 200 * 100));
  }
}

TEST_CASE("a chunk that says it is larger than the file is refused") {
  const std::string start = "RIFF" + u32_bytes(36) + "WAVE";
  check_refused(start + "junk" + u32_bytes(0xFFFFFFFF) + "x", "ends within its header");
  check_refused(start + "fmt " + u32_bytes(0xFFFFFFFF) + format_bytes(),
                "ends within its fmt chunk");
}

TEST_CASE("a descriptor that cannot be read says so") {
  AudioReader reader(-1, "x.wav");
  Line error;
  CHECK(!reader.open(false, &error));
  CHECK(std::string(error.text).starts_with("x.wav: cannot be read: "));
}

}  // namespace
}  // namespace keyword::test
