#include "tests/examples/keyword/reference.h"

#include <doctest/doctest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/skip.h"

namespace keyword::test {
namespace {

constexpr char kData[] = "../shared/data/";

// A .npy file: magic and version of 8 bytes, u16 length of the description, description, data.
template <typename T>
std::vector<T> read_array(const Clip& clip, const char* name, const char* type) {
  std::ifstream file(std::string(KEYWORD_REFERENCE) + clip.name + "." + name + ".npy",
                     std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  REQUIRE(bytes.size() > 10);
  const size_t start = 10 + static_cast<uint8_t>(bytes[8]) + 256u * static_cast<uint8_t>(bytes[9]);
  REQUIRE(bytes.substr(0, start).find(type) != std::string::npos);
  std::vector<T> values((bytes.size() - start) / sizeof(T));
  std::memcpy(values.data(), bytes.data() + start, values.size() * sizeof(T));
  return values;
}

}  // namespace

bool have_reference() {
  const bool have = std::filesystem::exists(std::string(kData) + "kwt1") &&
                    std::filesystem::exists(std::string(KEYWORD_REFERENCE) + "yes.pcm_i16.npy");
  if (!have) fovea::test::skip("../shared/data/kwt1 is absent, or was when CMake ran");
  return have;
}

std::vector<int16_t> reference_samples(const Clip& clip) {
  return read_array<int16_t>(clip, "pcm_i16", "'<i2'");
}

std::vector<float> reference_mfcc(const Clip& clip) {
  return read_array<float>(clip, "mfcc_f32", "'<f4'");
}

std::vector<double> reference_logits(const Clip& clip) {
  return read_array<double>(clip, "logits_f64", "'<f8'");
}

std::string wav_path(const Clip& clip) {
  return std::string(kData) + "audio_micro_speech/" + clip.name + "_1000ms.wav";
}

}  // namespace keyword::test
