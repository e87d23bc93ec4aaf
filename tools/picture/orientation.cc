#include "tools/picture/orientation.h"

#include <cstring>

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

// From 5 on lines and columns change places. What then is mirrored from right to left, and from
// bottom to top.
Bitmap turned(const Bitmap& picture, int orientation) {
  if (orientation <= 1) return picture;
  const bool swaps = orientation >= 5;
  const bool mirrors = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  const bool flips = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  Bitmap made = {swaps ? picture.width : picture.height,
                 swaps ? picture.height : picture.width,
                 picture.channels,
                 {}};
  made.pixels.resize(picture.pixels.size());
  uint8_t* to = made.pixels.data();
  for (uint32_t y = 0; y < made.height; ++y) {
    const uint32_t line = flips ? made.height - 1 - y : y;
    for (uint32_t x = 0; x < made.width; ++x, to += made.channels) {
      const uint32_t column = mirrors ? made.width - 1 - x : x;
      const size_t from =
          swaps ? size_t{column} * picture.width + line : size_t{line} * picture.width + column;
      std::memcpy(to, &picture.pixels[from * made.channels], made.channels);
    }
  }
  return made;
}

}  // namespace fovea::tools
