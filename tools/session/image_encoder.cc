#include "tools/session/image_encoder.h"

#include <utility>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

constexpr const char* kPixels = "pixels";

// Whether the method makes its images of larger pictures.
bool shrinks(const schema::Method& method) {
  for (const schema::Operator* op : *method.operators()) {
    const schema::PixelPatches* patches = op->attributes_as_PixelPatches();
    if (patches != nullptr && patches->shrink() > 1) return true;
  }
  return false;
}

}  // namespace

std::optional<ImageEncoder> ImageEncoder::find(const ModelFile& file) {
  for (const char* name : {"encode", "encode_image"}) {
    const int32_t method = file.model().find_method(name);
    if (method < 0) continue;
    const auto index = static_cast<uint32_t>(method);
    if (file.model().input_count(index) != 1) continue;
    const fovea_tensor input = file.check(file.model().input(index, 0));
    const bool batch = input.rank == 4 && input.dims[0] >= 0;
    if (input.name == std::string(kPixels) && (batch || input.rank == 3)) {
      return ImageEncoder(file, index, input);
    }
  }
  return std::nullopt;
}

std::optional<fovea_tensor> ImageEncoder::output_info(const char* name) const {
  for (uint32_t i = 0; i < file_->model().output_count(method_); ++i) {
    const fovea_tensor output = file_->check(file_->model().output(method_, i));
    if (output.name == std::string(name) && (output.rank == 2 || output.rank == 3)) return output;
  }
  return std::nullopt;
}

bool ImageEncoder::has_output(const char* name) const {
  return output_info(name).has_value();
}

uint32_t ImageEncoder::width(const char* name) const {
  const std::optional<fovea_tensor> output = output_info(name);
  if (output) return output->extents[output->rank - 1];
  fail("{}: method '{}' has no output '{}' of rows", file_->path(), file_->method_name(method_),
       name);
}

PixelSize ImageEncoder::size() const {
  const uint32_t* extents = pixels_.extents + (pixels_.rank - 3);
  return {extents[0], extents[1], extents[2]};
}

void ImageEncoder::run(const Session& session, const std::string& path) const {
  if (pixels_.type != FOVEA_UINT8) {
    fail(
        "{}: takes pixels that were normalised, and does not say how: convert a folder that has "
        "preprocessor_config.json, or give a .npy file",
        file_->path());
  }
  Bitmap picture = read_bitmap(path);
  // A camera's frame goes in as it is, whatever becomes of other pictures.
  const bool frame = picture.height == size().height && picture.width == size().width &&
                     shrinks(*file_->tables().methods()->Get(method_));
  const schema::Picture* recipe = frame ? nullptr : file_->tables().picture();
  picture = fitted(std::move(picture), recipe, size(), path, file_->path());
  const Method method = session.method(method_);
  if (pixels_.rank == 4) {
    file_->check(session.set_dim(static_cast<uint32_t>(pixels_.dims[0]), 1));
    file_->check(method.set_input(kPixels, {1, picture.height, picture.width, picture.channels},
                                  picture.pixels.data()));
  } else {
    file_->check(method.set_input(kPixels, {picture.height, picture.width, picture.channels},
                                  picture.pixels.data()));
  }
  file_->check(method.run());
}

Tensor<float> ImageEncoder::output(const Session& session, const char* name) const {
  return file_->check(session.method(method_).output<float>(name));
}

}  // namespace fovea::tools
