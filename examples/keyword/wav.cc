#include "examples/keyword/wav.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstring>

namespace keyword {
namespace {

constexpr uint16_t kPcm = 1, kExtensible = 0xFFFE;

// Programs that write to a pipe put a size of zero or of about 2 or 4 GiB.
constexpr uint32_t kEndless = 0x7FFF0000;

uint16_t u16(const uint8_t* p) {
  return static_cast<uint16_t>(p[0] | p[1] << 8);
}
uint32_t u32(const uint8_t* p) {
  return u16(p) | static_cast<uint32_t>(u16(p + 2)) << 16;
}
bool is(const uint8_t* p, const char* id) {
  return std::memcmp(p, id, 4) == 0;
}

}  // namespace

bool AudioReader::read_bytes(void* data, size_t size, size_t* count, Line* error) {
  *count = 0;
  while (*count < size) {
    const ssize_t n = ::read(descriptor_, static_cast<char*>(data) + *count, size - *count);
    if (n == 0) return true;
    if (n > 0) {
      *count += static_cast<size_t>(n);
    } else if (errno != EINTR) {
      return error->fail("%s: cannot be read: %s", name_, std::strerror(errno));
    }
  }
  return true;
}

bool AudioReader::need_bytes(void* data, size_t size, const char* part, Line* error) {
  size_t count = 0;
  if (!read_bytes(data, size, &count, error)) return false;
  return count == size || error->fail("%s: ends within its %s", name_, part);
}

bool AudioReader::skip_bytes(uint64_t size, Line* error) {
  uint8_t skipped[256];
  while (size > 0) {
    const size_t now = std::min<uint64_t>(size, sizeof skipped);
    if (!need_bytes(skipped, now, "header", error)) return false;
    size -= now;
  }
  return true;
}

bool AudioReader::open(bool raw, Line* error) {
  if (!read_bytes(start_, sizeof start_, &start_size_, error)) return false;
  if (start_size_ == 0) return error->fail("%s: is empty", name_);
  if (start_size_ < sizeof start_ || !is(start_, "RIFF")) {
    return raw || error->fail("%s: is no WAV file, it does not begin with RIFF", name_);
  }
  start_size_ = 0;
  uint8_t rest[8];  // size, form
  if (!need_bytes(rest, sizeof rest, "header", error)) return false;
  if (!is(rest + 4, "WAVE")) return error->fail("%s: is a RIFF file, but not of WAVE", name_);
  return read_chunks(error);
}

// Up to the data; chunks of other kinds are skipped. A chunk is padded to an even size.
bool AudioReader::read_chunks(Line* error) {
  bool known = false;
  for (;;) {
    uint8_t head[8];
    if (!need_bytes(head, sizeof head, "header: it has no data chunk", error)) return false;
    const uint32_t size = u32(head + 4);
    if (is(head, "data")) {
      if (!known) return error->fail("%s: its data chunk comes before a fmt chunk", name_);
      return begin_data(size, error);
    }
    if (is(head, "fmt ")) {
      if (!read_format(size, error)) return false;
      known = true;
    } else if (!skip_bytes(uint64_t{size} + size % 2, error)) {
      return false;
    }
  }
}

bool AudioReader::read_format(uint32_t size, Line* error) {
  uint8_t format[40] = {};  // tag, channels, rate, ..., bits, and more of an extensible one
  if (size < 16) return error->fail("%s: its fmt chunk has %" PRIu32 " bytes, not 16", name_, size);
  const uint32_t used = std::min<uint32_t>(size, sizeof format);
  if (!need_bytes(format, used, "fmt chunk", error)) return false;
  const uint16_t tag = u16(format) == kExtensible && used == 40 ? u16(format + 24) : u16(format);
  const unsigned channels = u16(format + 2), bits = u16(format + 14);
  const uint32_t rate = u32(format + 4);
  if (tag != kPcm || bits != 16) {
    return error->fail("%s: has samples of format %u with %u bits; PCM (1) with 16 is needed",
                       name_, unsigned{tag}, bits);
  }
  if (channels != 1) return error->fail("%s: has %u channels; one is needed", name_, channels);
  if (rate != kSampleRate) {
    return error->fail("%s: has %" PRIu32 " samples a second; %zu are needed", name_, rate,
                       kSampleRate);
  }
  return skip_bytes(uint64_t{size} - used + size % 2, error);
}

bool AudioReader::begin_data(uint32_t size, Line* error) {
  if (size == 0 || size >= kEndless) return true;
  if (size % 2 != 0) {
    return error->fail("%s: its data chunk has an odd number of bytes, %" PRIu32, name_, size);
  }
  left_ = size;
  return true;
}

bool AudioReader::read(std::span<int16_t> samples, size_t* count, Line* error) {
  uint8_t* bytes = reinterpret_cast<uint8_t*>(samples.data());
  const size_t wanted = std::min<uint64_t>(samples.size_bytes(), left_);
  const size_t first = std::min(start_size_, wanted);
  std::copy_n(start_, first, bytes);
  start_size_ -= first;
  std::copy_n(start_ + first, start_size_, start_);
  size_t size = 0;
  if (!read_bytes(bytes + first, wanted - first, &size, error)) return false;
  size += first;
  if (left_ != kUnknown) {
    left_ -= size;
    if (size < wanted) {
      return error->fail("%s: is cut off, %" PRIu64 " bytes of its data chunk are missing", name_,
                         left_);
    }
  }
  *count = size / 2;  // of a raw stream half a sample may be left
  for (size_t i = 0; i < *count; ++i) samples[i] = static_cast<int16_t>(u16(bytes + 2 * i));
  return true;
}

}  // namespace keyword
