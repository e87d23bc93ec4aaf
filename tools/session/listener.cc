#include "tools/session/listener.h"

#include <algorithm>
#include <string>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

constexpr const char* kSamples = "samples";

}  // namespace

Listener::Listener(const ModelFile& file) : file_(file) {
  const int32_t method = file.model().find_method("encode");
  if (method < 0) {
    fail("{}: has no method 'encode' that takes a recording or a picture, only: {}", file.path(),
         file.method_names());
  }
  method_ = static_cast<uint32_t>(method);
  for (uint32_t i = 0; i < file.model().input_count(method_); ++i) {
    const fovea_tensor info = file.check(file.model().input(method_, i));
    if (std::string(info.name) != kSamples || info.rank < 2) continue;
    dim_ = static_cast<uint32_t>(info.dims[info.rank - 2]);
    most_ = info.extents[info.rank - 2];
  }
  if (file.tables().audio() == nullptr && file.model().input_count(method_) > 0 &&
      file.check(file.model().input(method_, 0)).type == FOVEA_INT32) {
    fail("{}: takes tokens, no recordings and no pictures", file.path());
  }
  if (most_ == 0 || file.tables().audio() == nullptr) {
    fail(
        "{}: does not say what recordings it takes: convert a folder with preprocessor_config.json",
        file.path());
  }
}

void Listener::hear(const Session& session, std::span<const float> samples) const {
  const uint32_t window = std::min(audio().window(), most_);
  const auto count = std::max(static_cast<uint32_t>(samples.size()), window);
  for (uint32_t dim = 0; dim < file_.model().dim_count(); ++dim) {
    if (std::string(file_.check(file_.model().dim(dim)).name) != "batch") continue;
    file_.check(session.set_dim(dim, 1));
  }
  file_.check(session.set_dim(dim_, count));
  const Method method = session.method(method_);
  const Tensor<float> input = file_.check(method.input<float>(kSamples));
  std::fill(std::copy(samples.begin(), samples.end(), input.data()), input.data() + count, 0.0f);
  file_.check(method.run());
}

Tensor<float> Listener::output(const Session& session, const char* name) const {
  return file_.check(session.method(method_).output<float>(name));
}

}  // namespace fovea::tools
