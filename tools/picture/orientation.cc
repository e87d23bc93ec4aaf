#include "tools/picture/orientation.h"

#include <cstring>

namespace fovea::tools {

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
