#include "tools/picture/orientation.h"

namespace fovea::tools {
namespace {

// Numbers of TIFF, of which each block chooses the order of bytes.
class Tiff {
 public:
  explicit Tiff(std::span<const uint8_t> bytes) : bytes_(bytes) {
    const bool names = bytes.size() >= 8 && bytes[0] == bytes[1];
    little_ = names && bytes[0] == 'I';
    good_ = names && (little_ || bytes[0] == 'M') && number(2, 2) == 42;
  }

  // Of so many bytes; 0 where they are not there.
  uint32_t number(size_t at, size_t size) const {
    if (at > bytes_.size() || bytes_.size() - at < size) return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < size; ++i) {
      value = value << 8 | bytes_[at + (little_ ? size - 1 - i : i)];
    }
    return value;
  }

  bool good() const { return good_; }

 private:
  std::span<const uint8_t> bytes_;
  bool little_ = false, good_ = false;
};

constexpr uint32_t kOrientation = 0x0112, kShort = 3;
constexpr size_t kEntry = 12;

}  // namespace

int exif_orientation(std::span<const uint8_t> bytes) {
  const Tiff tiff(bytes);
  if (!tiff.good()) return 1;
  const size_t first = tiff.number(4, 4), count = tiff.number(first, 2);
  for (size_t i = 0; i < count; ++i) {
    const size_t entry = first + 2 + i * kEntry;
    if (tiff.number(entry, 2) != kOrientation || tiff.number(entry + 2, 2) != kShort) continue;
    const uint32_t value = tiff.number(entry + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace fovea::tools
