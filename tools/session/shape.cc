#include "tools/session/shape.h"

namespace fovea::tools {
namespace {

fovea_dim dim_of(const fovea::api::Model& model, const fovea_tensor& tensor, uint32_t axis) {
  if (tensor.dims[axis] < 0) return {};
  const auto dim = model.dim(static_cast<uint32_t>(tensor.dims[axis]));
  return dim ? *dim : fovea_dim{};
}

}  // namespace

uint32_t extent_factor(const fovea::api::Model& model, const fovea_tensor& tensor, uint32_t axis) {
  const fovea_dim dim = dim_of(model, tensor, axis);
  return dim.max == 0 ? tensor.extents[axis] : tensor.extents[axis] / dim.max;
}

std::vector<std::string> symbolic_extents(const fovea::api::Model& model,
                                          const fovea_tensor& tensor) {
  std::vector<std::string> result;
  for (uint32_t axis = 0; axis < tensor.rank; ++axis) {
    const fovea_dim dim = dim_of(model, tensor, axis);
    const uint32_t factor = extent_factor(model, tensor, axis);
    if (dim.max == 0) {
      result.push_back(std::to_string(tensor.extents[axis]));
    } else {
      result.push_back((factor == 1 ? "" : std::to_string(factor) + "*") + dim.name);
    }
  }
  return result;
}

std::string symbolic_shape(const fovea::api::Model& model, const fovea_tensor& tensor) {
  std::string result = "[";
  for (const std::string& extent : symbolic_extents(model, tensor)) {
    result += (result.size() == 1 ? "" : ", ") + extent;
  }
  return result + "]";
}

}  // namespace fovea::tools
