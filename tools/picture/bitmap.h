// Pictures in files.

#ifndef FOVEA_TOOLS_PICTURE_BITMAP_H_
#define FOVEA_TOOLS_PICTURE_BITMAP_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fovea::tools {

// Pixels from 0 to 255, line after line from the top, all channels of each: red, green, blue, or
// grey alone.
struct Bitmap {
  uint32_t height = 0, width = 0, channels = 0;
  std::vector<uint8_t> pixels = {};

  size_t line() const { return size_t{width} * channels; }
};

enum class PictureFormat { kNone, kPng, kJpeg };

// By its first bytes.
PictureFormat picture_format(std::span<const uint8_t> bytes);
// Whether there is a regular file that begins as a picture does.
bool is_picture(const std::string& path);

// Reads a PNG or JPEG file as it is to be looked at: turned as its EXIF says, on white where it is
// transparent, the upper 8 of 16 bits. Grey ones have one channel, others three. Throws InputError
// for what is damaged, cut off, has more than 2^27 pixels, or is CMYK.
Bitmap read_bitmap(const std::string& path);

// Of bytes, by format, not turned; `orientation` becomes EXIF's, from 1 to 8. `path` is for
// messages.
Bitmap decode_png(std::span<const uint8_t> bytes, const std::string& path, int* orientation);
Bitmap decode_jpeg(std::span<const uint8_t> bytes, const std::string& path, int* orientation);

// Room for so large a picture. Throws where it has no pixels, or too many.
Bitmap blank_bitmap(uint32_t height, uint32_t width, uint32_t channels, const std::string& path);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_PICTURE_BITMAP_H_
