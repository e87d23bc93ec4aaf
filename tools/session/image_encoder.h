// Pictures through an encoder of images.

#ifndef FOVEA_TOOLS_SESSION_IMAGE_ENCODER_H_
#define FOVEA_TOOLS_SESSION_IMAGE_ENCODER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "tools/picture/fit.h"
#include "tools/session/session.h"

namespace fovea::tools {

// The method of a model file that takes `pixels`: `encode`, or `encode_image`.
class ImageEncoder {
 public:
  // Nothing where there is no such method.
  static std::optional<ImageEncoder> find(const ModelFile& file);

  bool has_output(const char* name) const;
  // Numbers in a row of an output, of which a picture has one or, by place, more. Throws InputError
  // where it is not there.
  uint32_t width(const char* name) const;
  // Runs one picture. Throws InputError where it does not fit, or where the file does not say what
  // becomes of pixels.
  void run(const Session& session, const std::string& path) const;
  Tensor<float> output(const Session& session, const char* name) const;

 private:
  ImageEncoder(const ModelFile& file, uint32_t method, const fovea_tensor& pixels)
      : file_(&file), method_(method), pixels_(pixels) {}

  std::optional<fovea_tensor> output_info(const char* name) const;
  PixelSize size() const;

  const ModelFile* file_;
  uint32_t method_;
  fovea_tensor pixels_;  // at maxima
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_IMAGE_ENCODER_H_
