#include "tools/common/error.h"
#include "tools/picture/bitmap.h"
#include "tools/picture/orientation.h"

#if FOVEA_HAS_PNG

#include <png.h>

#include <csetjmp>
#include <cstring>

namespace fovea::tools {
namespace {

// What libpng's callbacks see. They may not throw: its frames are C's, which errors leave by
// longjmp.
struct PngBytes {
  const uint8_t* data;
  size_t left;
  char message[128];
};

void read_bytes(png_structp png, png_bytep to, size_t size) {
  auto* bytes = static_cast<PngBytes*>(png_get_io_ptr(png));
  if (size > bytes->left) png_error(png, "the file ends early");
  std::memcpy(to, bytes->data, size);
  bytes->data += size;
  bytes->left -= size;
}

void keep_message(png_structp png, png_const_charp message) {
  auto* bytes = static_cast<PngBytes*>(png_get_error_ptr(png));
  std::strncpy(bytes->message, message, sizeof bytes->message - 1);
  png_longjmp(png, 1);
}

void say_nothing(png_structp, png_const_charp) {}

// A reader, of which each step returns false where libpng gave up; the message says why.
class Png {
 public:
  explicit Png(std::span<const uint8_t> bytes) : bytes_{bytes.data(), bytes.size(), {}} {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &bytes_, keep_message, say_nothing);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ != nullptr) png_set_read_fn(png_, &bytes_, read_bytes);
  }
  ~Png() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Png(const Png&) = delete;
  Png& operator=(const Png&) = delete;

  // To 8 bits of grey, grey and alpha, RGB, or RGBA.
  bool begin() {
    if (info_ == nullptr) return false;
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_read_info(png_, info_);
    png_set_expand(png_);
    png_set_strip_16(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }

  uint32_t height() const { return png_get_image_height(png_, info_); }
  uint32_t width() const { return png_get_image_width(png_, info_); }
  uint32_t channels() const { return png_get_channels(png_, info_); }
  const char* message() const { return bytes_.message; }

  bool read(png_bytepp lines) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_read_image(png_, lines);
    png_read_end(png_, info_);
    return true;
  }

  int orientation() {
    png_uint_32 size = 0;
    png_bytep exif = nullptr;
    if (png_get_eXIf_1(png_, info_, &size, &exif) == 0) return 1;
    return exif_orientation({exif, size});
  }

 private:
  PngBytes bytes_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

// A picture whose last channel is how much covers white.
Bitmap on_white(const Bitmap& clear) {
  Bitmap made = {clear.height, clear.width, clear.channels - 1, {}};
  made.pixels.reserve(made.line() * made.height);
  for (size_t i = 0; i < clear.pixels.size(); i += clear.channels) {
    const uint32_t alpha = clear.pixels[i + made.channels];
    for (size_t c = 0; c < made.channels; ++c) {
      const uint32_t sum = clear.pixels[i + c] * alpha + 255 * (255 - alpha);
      made.pixels.push_back(static_cast<uint8_t>((sum + 127) / 255));
    }
  }
  return made;
}

}  // namespace

Bitmap decode_png(std::span<const uint8_t> bytes, const std::string& path, int* orientation) {
  Png png(bytes);
  const auto damaged = [&]() { fail("{}: is a damaged PNG file: {}", path, png.message()); };
  if (!png.begin()) damaged();
  Bitmap made = blank_bitmap(png.height(), png.width(), png.channels(), path);
  std::vector<png_bytep> lines;
  for (uint32_t y = 0; y < made.height; ++y) lines.push_back(&made.pixels[y * made.line()]);
  if (!png.read(lines.data())) damaged();
  *orientation = png.orientation();
  return made.channels % 2 == 0 ? on_white(made) : made;
}

}  // namespace fovea::tools

#else

namespace fovea::tools {

Bitmap decode_png(std::span<const uint8_t>, const std::string& path, int*) {
  fail("{}: this fovea was built without libpng and reads no PNG files", path);
}

}  // namespace fovea::tools

#endif
