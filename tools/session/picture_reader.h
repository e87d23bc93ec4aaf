// Texts in pictures: encoders of images with a decoder of texts.

#ifndef FOVEA_TOOLS_SESSION_PICTURE_READER_H_
#define FOVEA_TOOLS_SESSION_PICTURE_READER_H_

#include <optional>
#include <string>

#include "tools/session/image_encoder.h"
#include "tools/session/writer.h"

namespace fovea::tools {

// Whether the file's method `encode` takes pixels.
bool takes_pictures(const ModelFile& file);

class PictureReader {
 public:
  // Throws InputError where the file writes no text.
  PictureReader(const std::string& path, const WriterOptions& options, uint32_t threads);

  // What is written in a PNG or JPEG file.
  Written read(const std::string& path);

 private:
  ModelFile file_;
  ImageEncoder images_;
  BoundSession session_;
  std::optional<Decoder> decoder_;
  std::optional<Writer> writer_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_PICTURE_READER_H_
