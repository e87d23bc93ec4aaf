#include "tools/common/wav.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"

namespace fovea::test {
namespace {

std::string number(uint32_t value, size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

std::string chunk(const std::string& name, const std::string& data) {
  return name + number(static_cast<uint32_t>(data.size()), 4) + data +
         std::string(data.size() % 2, '\0');
}

struct Form {
  uint32_t tag = 1, bits = 16, channels = 1, rate = 16000;
  std::string bytes() const {
    return number(tag, 2) + number(channels, 2) + number(rate, 4) +
           number(rate * channels * bits / 8, 4) + number(channels * bits / 8, 2) + number(bits, 2);
  }
};

std::string wav(const std::string& chunks) {
  return "RIFF" + number(static_cast<uint32_t>(4 + chunks.size()), 4) + "WAVE" + chunks;
}

std::string wav(const Form& form, const std::string& data) {
  return wav(chunk("fmt ", form.bytes()) + chunk("data", data));
}

tools::Recording read(const std::string& bytes) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  // A copy of its own size, so that reading past it shows.
  return tools::read_wav(std::vector<uint8_t>(data, data + bytes.size()), "a.wav");
}

template <class T>
std::string raw(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

using Floats = std::vector<float>;

}  // namespace

TEST_CASE("samples of every kind become numbers from -1 to 1") {
  CHECK(read(wav({1, 8}, std::string("\x00\x80\xff\x40", 4))).samples ==
        Floats{-1.0f, 0.0f, 127 / 128.0f, -0.5f});
  CHECK(read(wav({1, 16}, number(0x8000, 2) + number(0x4000, 2) + number(0xFFFF, 2))).samples ==
        Floats{-1.0f, 0.5f, -1 / 32768.0f});
  CHECK(
      read(wav({1, 24}, number(0x800000, 3) + number(0x200000, 3) + number(0xFFFFFF, 3))).samples ==
      Floats{-1.0f, 0.25f, -1 / 8388608.0f});
  CHECK(read(wav({1, 32}, number(0x80000000, 4) + number(0x40000001, 4))).samples ==
        Floats{-1.0f, 0.5f});
  CHECK(read(wav({3, 32}, raw(-0.375f) + raw(1.5f))).samples == Floats{-0.375f, 1.5f});
  CHECK(read(wav({3, 64}, raw(0.1))).samples == Floats{0.1f});
  const tools::Recording two = read(wav({1, 16, 2, 8000}, number(1, 2) + number(2, 2)));
  CHECK(two.channels == 2);
  CHECK(two.rate == 8000);
  CHECK(two.samples.size() == 2);
}

TEST_CASE("other chunks are skipped, sizes of pipes read to the end") {
  const std::string form = chunk("fmt ", Form().bytes()), data = number(0x4000, 2);
  CHECK(read(wav(chunk("LIST", "odd") + form + chunk("fact", "1234") + chunk("data", data)))
            .samples == Floats{0.5f});
  for (const uint32_t size : {0u, 0x7FFFF000u, 0xFFFFFFFFu}) {
    CHECK(read(wav(form + "data" + number(size, 4) + data + data)).samples == Floats{0.5f, 0.5f});
  }
  // Extensible: the format stands behind.
  Form extensible;
  extensible.tag = 0xFFFE;
  const std::string more = extensible.bytes() + number(22, 2) + number(16, 2) + number(4, 4) +
                           number(1, 2) + std::string(14, 'x');
  CHECK(read(wav(chunk("fmt ", more) + chunk("data", data))).samples == Floats{0.5f});
}

TEST_CASE("what is no recording is refused by one line") {
  const std::string form = chunk("fmt ", Form().bytes());
  check_refusal([] { read("hello"); }, "a.wav", "RIFF");
  check_refusal([] { read("RIFF"); }, "WAVE");
  check_refusal([] { read("RIFF1234AVI LIST"); }, "WAVE");
  check_refusal([&] { read(wav(form)); }, "without a data chunk");
  check_refusal([&] { read(wav(chunk("data", "12") + form)); }, "before a fmt chunk");
  check_refusal([&] { read(wav(form + "data" + number(100, 4) + "12")); }, "98 bytes", "missing");
  check_refusal([&] { read(wav("LIST" + number(100, 4) + "12")); }, "ends within");
  check_refusal([&] { read(wav(form + chunk("data", "123"))); }, "3 bytes");
  check_refusal([] { read(wav(chunk("fmt ", "123"))); }, "3 bytes, not 16");
  check_refusal([] { read(wav({2, 16}, "12")); }, "format 2", "16 bits");
  check_refusal([] { read(wav({1, 12}, "12")); }, "12 bits");
  check_refusal([] { read(wav({1, 64}, "12345678")); }, "64 bits");
  check_refusal([] { read(wav({1, 16, 0}, "12")); }, "no channels");
  check_refusal([] { read(wav({3, 32}, raw(1.0f) + raw(NAN))); }, "sample 1");
}

TEST_CASE("a model's recording has one channel, its rate, and samples") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.wav");
  const auto taken = [&](const std::string& bytes) {
    write_bytes(path, bytes);
    return tools::samples_of(path, 16000);
  };
  CHECK(taken(wav(Form(), number(0x4000, 2))) == Floats{0.5f});
  check_refusal([&] { taken(wav({1, 16, 2}, "1234")); }, path, "2 channels");
  check_refusal([&] { taken(wav({1, 16, 1, 44100}, "12")); }, "44100", "16000");
  check_refusal([&] { taken(wav(Form(), "")); }, "no samples");
}

}  // namespace fovea::test
