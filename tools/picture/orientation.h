// Which way up a picture is, as cameras note it in EXIF.

#ifndef FOVEA_TOOLS_PICTURE_ORIENTATION_H_
#define FOVEA_TOOLS_PICTURE_ORIENTATION_H_

#include <cstdint>
#include <span>

#include "tools/picture/bitmap.h"

namespace fovea::tools {

// EXIF's number from 1 to 8 of a block that begins as TIFF does; 1, the picture as it lies, where
// it says none.
int exif_orientation(std::span<const uint8_t> tiff);

// The picture as it is to be looked at.
Bitmap turned(const Bitmap& picture, int orientation);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_PICTURE_ORIENTATION_H_
