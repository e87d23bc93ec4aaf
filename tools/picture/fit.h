// From a picture to the pixels that a model takes.

#ifndef FOVEA_TOOLS_PICTURE_FIT_H_
#define FOVEA_TOOLS_PICTURE_FIT_H_

#include <cstdint>
#include <string>

#include "runtime/schema.h"
#include "tools/picture/bitmap.h"

namespace fovea::tools {

// What an input of pixels is.
struct PixelSize {
  uint32_t height, width, channels;
};

// Follows the file's recipe, without which (null) the picture has to have the size already. Grey
// pictures become three equal channels where the model takes three. Throws InputError, in which
// `path` is the picture's and `model` the file's.
Bitmap fitted(Bitmap picture, const schema::Picture* recipe, const PixelSize& size,
              const std::string& path, const std::string& model);

// A picture in the middle of one of zeros, or its middle.
Bitmap middle_of(const Bitmap& picture, uint32_t height, uint32_t width);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_PICTURE_FIT_H_
