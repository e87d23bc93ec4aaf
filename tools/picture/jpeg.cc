#include "tools/common/error.h"
#include "tools/picture/bitmap.h"
#include "tools/picture/orientation.h"

#if FOVEA_HAS_JPEG

#include <csetjmp>
#include <cstdio>
#include <cstring>
// Behind <cstdio>, which it needs and does not include.
#include <jpeglib.h>

namespace fovea::tools {
namespace {

// Errors leave libjpeg's frames, which are C's, by longjmp.
struct JpegErrors {
  jpeg_error_mgr base;  // first: libjpeg knows this address
  std::jmp_buf leave;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void give_up(j_common_ptr jpeg) {
  auto* errors = reinterpret_cast<JpegErrors*>(jpeg->err);
  errors->base.format_message(jpeg, errors->message);
  std::longjmp(errors->leave, 1);
}

// Warnings are of damage, which libjpeg fills with grey.
void take_message(j_common_ptr jpeg, int level) {
  if (level < 0) give_up(jpeg);
}

constexpr int kExif = JPEG_APP0 + 1;
constexpr char kExifName[] = {'E', 'x', 'i', 'f', 0, 0};

// A reader, of which each step returns false where libjpeg gave up; the message says why.
class Jpeg {
 public:
  Jpeg() : jpeg_(), errors_() {
    jpeg_.err = jpeg_std_error(&errors_.base);
    errors_.base.error_exit = give_up;
    errors_.base.emit_message = take_message;
  }
  ~Jpeg() { jpeg_destroy_decompress(&jpeg_); }
  Jpeg(const Jpeg&) = delete;
  Jpeg& operator=(const Jpeg&) = delete;

  bool begin(std::span<const uint8_t> bytes) {
    if (setjmp(errors_.leave) != 0) return false;
    jpeg_create_decompress(&jpeg_);
    jpeg_mem_src(&jpeg_, bytes.data(), static_cast<unsigned long>(bytes.size()));
    jpeg_save_markers(&jpeg_, kExif, 0xFFFF);
    jpeg_read_header(&jpeg_, TRUE);
    return true;
  }

  bool has_four() const { return jpeg_.num_components == 4; }
  bool is_grey() const { return jpeg_.num_components == 1; }
  const char* message() const { return errors_.message; }
  uint32_t height() const { return jpeg_.image_height; }
  uint32_t width() const { return jpeg_.image_width; }

  bool read(uint8_t* to, size_t line) {
    if (setjmp(errors_.leave) != 0) return false;
    jpeg_.out_color_space = is_grey() ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(&jpeg_);
    while (jpeg_.output_scanline < jpeg_.output_height) {
      JSAMPROW row = to + jpeg_.output_scanline * line;
      jpeg_read_scanlines(&jpeg_, &row, 1);
    }
    jpeg_finish_decompress(&jpeg_);
    return true;
  }

  int orientation() const {
    for (jpeg_saved_marker_ptr m = jpeg_.marker_list; m != nullptr; m = m->next) {
      if (m->marker != kExif || m->data_length < sizeof kExifName ||
          std::memcmp(m->data, kExifName, sizeof kExifName) != 0) {
        continue;
      }
      return exif_orientation({m->data + sizeof kExifName, m->data_length - sizeof kExifName});
    }
    return 1;
  }

 private:
  jpeg_decompress_struct jpeg_;
  JpegErrors errors_;
};

}  // namespace

Bitmap decode_jpeg(std::span<const uint8_t> bytes, const std::string& path, int* orientation) {
  Jpeg jpeg;
  const auto damaged = [&]() { fail("{}: is a damaged JPEG file: {}", path, jpeg.message()); };
  if (!jpeg.begin(bytes)) damaged();
  if (jpeg.has_four()) fail("{}: has four inks (CMYK); save it as RGB", path);
  Bitmap made = blank_bitmap(jpeg.height(), jpeg.width(), jpeg.is_grey() ? 1 : 3, path);
  *orientation = jpeg.orientation();
  if (!jpeg.read(made.pixels.data(), made.line())) damaged();
  return made;
}

}  // namespace fovea::tools

#else

namespace fovea::tools {

Bitmap decode_jpeg(std::span<const uint8_t>, const std::string& path, int*) {
  fail("{}: this fovea was built without libjpeg and reads no JPEG files", path);
}

}  // namespace fovea::tools

#endif
