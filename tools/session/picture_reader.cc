#include "tools/session/picture_reader.h"

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

ImageEncoder find_images(const ModelFile& file) {
  const auto images = ImageEncoder::find(file);
  if (!images) fail("{}: takes no pictures", file.path());
  if (file.model().find_method("decode") < 0) {
    fail("{}: gives no text: it has no method 'decode', only: {}", file.path(),
         file.method_names());
  }
  return *images;
}

}  // namespace

bool takes_pictures(const ModelFile& file) {
  return ImageEncoder::find(file).has_value();
}

PictureReader::PictureReader(const std::string& path, const WriterOptions& options,
                             uint32_t threads)
    : file_(path), images_(find_images(file_)), session_(file_, threads, chosen_row()) {
  decoder_.emplace(file_, *session_, Decoder::Source::kOther);
  writer_.emplace(file_, *session_, options);
}

Written PictureReader::read(const std::string& path) {
  if (!is_picture(path)) {
    fail("{}: is no picture; {} takes PNG and JPEG files", path, file_.path());
  }
  return writer_->write(*decoder_, [&] { images_.run(*session_, path); });
}

}  // namespace fovea::tools
