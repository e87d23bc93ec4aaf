// Pictures of another size, with the pixels that PIL gives them.

#ifndef FOVEA_TOOLS_PICTURE_RESIZE_H_
#define FOVEA_TOOLS_PICTURE_RESIZE_H_

#include <cstdint>

#include "runtime/schema.h"
#include "tools/picture/bitmap.h"

namespace fovea::tools {

// Each pixel is the mean of those around its place, weighted by the filter: lines first, then
// columns, both rounded to whole numbers.
Bitmap resized(const Bitmap& picture, uint32_t height, uint32_t width, schema::Filter filter);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_PICTURE_RESIZE_H_
