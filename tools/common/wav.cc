#include "tools/common/wav.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string_view>

#include "tools/common/error.h"
#include "tools/common/mapped_file.h"

namespace fovea::tools {
namespace {

using ByteSpan = std::span<const uint8_t>;

constexpr uint32_t kPcm = 1, kFloat = 3, kExtensible = 0xFFFE;
constexpr size_t kHead = 8;  // of a chunk: its name and its size
// Programs that write to a pipe put a size of zero or of about 2 or 4 GiB.
constexpr uint32_t kEndless = 0x7FFF0000;
constexpr uint64_t kMostPiped = uint64_t{1} << 32;

uint32_t number(ByteSpan bytes, size_t at, size_t size) {
  uint32_t value = 0;
  for (size_t i = 0; i < size; ++i) value |= uint32_t{bytes[at + i]} << (8 * i);
  return value;
}

bool is(ByteSpan bytes, size_t at, std::string_view name) {
  return bytes.size() >= at + name.size() && std::memcmp(&bytes[at], name.data(), name.size()) == 0;
}

// What a fmt chunk says.
struct Format {
  uint32_t tag = 0, channels = 0, rate = 0, bits = 0;
  size_t bytes() const { return bits / 8; }
};

Format read_format(ByteSpan chunk, const std::string& path) {
  if (chunk.size() < 16) fail("{}: its fmt chunk has {} bytes, not 16", path, chunk.size());
  Format f = {number(chunk, 0, 2), number(chunk, 2, 2), number(chunk, 4, 4), number(chunk, 14, 2)};
  if (f.tag == kExtensible && chunk.size() >= 26) f.tag = number(chunk, 24, 2);
  const bool whole = f.tag == kPcm && (f.bits == 8 || f.bits == 16 || f.bits == 24 || f.bits == 32);
  if (!whole && !(f.tag == kFloat && (f.bits == 32 || f.bits == 64))) {
    fail(
        "{}: has samples of format {} with {} bits; PCM (1) of 8, 16, 24 or 32 and floats (3) of "
        "32 or "
        "64 can be read",
        path, f.tag, f.bits);
  }
  if (f.channels == 0) fail("{}: has no channels", path);
  return f;
}

float sample_of(const uint8_t* p, const Format& f) {
  if (f.tag == kFloat && f.bits == 32) {
    float value;
    std::memcpy(&value, p, sizeof value);
    return value;
  }
  if (f.tag == kFloat) {
    double value;
    std::memcpy(&value, p, sizeof value);
    return static_cast<float>(value);
  }
  if (f.bits == 8) return (static_cast<float>(p[0]) - 128.0f) / 128.0f;
  // In the upper bytes of 32 bits, so that its sign is theirs.
  uint32_t bits = 0;
  for (size_t i = 0; i < f.bytes(); ++i) bits |= uint32_t{p[i]} << (8 * (4 - f.bytes() + i));
  return static_cast<float>(static_cast<double>(static_cast<int32_t>(bits)) * 0x1p-31);
}

void read_samples(ByteSpan data, const Format& f, Recording& made, const std::string& path) {
  const size_t each = f.bytes() * f.channels;
  if (data.size() % each != 0) {
    fail("{}: its data chunk has {} bytes, which are no whole number of samples of {}", path,
         data.size(), each);
  }
  made.rate = f.rate;
  made.channels = f.channels;
  for (size_t at = 0; at < data.size(); at += f.bytes()) {
    made.samples.push_back(sample_of(&data[at], f));
    if (!std::isfinite(made.samples.back())) {
      fail("{}: sample {} is no number", path, made.samples.size() - 1);
    }
  }
}

// What is there of a data chunk of this size.
ByteSpan data_of(ByteSpan rest, uint32_t size, const std::string& path) {
  if (size == 0 || size >= kEndless) return rest;
  if (size <= rest.size()) return rest.first(size);
  fail("{}: is cut off, {} bytes of its data chunk are missing", path, size - rest.size());
}

}  // namespace

Recording read_wav(ByteSpan bytes, const std::string& path) {
  if (!is(bytes, 0, "RIFF")) fail("{}: is no WAV file, it does not begin with RIFF", path);
  if (!is(bytes, 8, "WAVE")) fail("{}: is a RIFF file, but not of WAVE", path);
  Format format;
  for (ByteSpan rest = bytes.subspan(12);;) {
    if (rest.size() < kHead) fail("{}: ends without a data chunk", path);
    const uint32_t size = number(rest, 4, 4);
    const ByteSpan name = rest;
    rest = rest.subspan(kHead);
    if (is(name, 0, "data")) {
      if (format.tag == 0) fail("{}: its data chunk comes before a fmt chunk", path);
      Recording made;
      read_samples(data_of(rest, size, path), format, made, path);
      return made;
    }
    // A chunk is padded to an even size.
    const uint64_t room = uint64_t{size} + size % 2;
    if (size > rest.size()) fail("{}: ends within a chunk before its data", path);
    if (is(name, 0, "fmt ")) format = read_format(rest.first(size), path);
    rest = rest.subspan(static_cast<size_t>(std::min<uint64_t>(room, rest.size())));
  }
}

std::vector<float> samples_of(const std::string& path, uint32_t rate) {
  const MappedFile file(path, kMostPiped);
  Recording recording = read_wav(file.bytes(), path);
  if (recording.channels != 1) {
    fail("{}: has {} channels; the model takes one: mix them first", path, recording.channels);
  }
  if (recording.rate != rate) {
    fail("{}: has {} samples a second; the model takes {}: resample it first", path, recording.rate,
         rate);
  }
  if (recording.samples.empty()) fail("{}: has no samples", path);
  return std::move(recording.samples);
}

}  // namespace fovea::tools
