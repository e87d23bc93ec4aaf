// Shapes of a model's inputs and outputs in terms of its dims.

#ifndef FOVEA_TOOLS_SESSION_SHAPE_H_
#define FOVEA_TOOLS_SESSION_SHAPE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "fovea/fovea.hpp"

namespace fovea::tools {

// How many of dim `dims[axis]` go into an extent; the extent itself where it is a constant.
// `tensor` is at its maxima.
uint32_t extent_factor(const fovea::api::Model& model, const fovea_tensor& tensor, uint32_t axis);

// "tokens", "2*tokens" or "512" for each extent. `tensor` is at its maxima.
std::vector<std::string> symbolic_extents(const fovea::api::Model& model,
                                          const fovea_tensor& tensor);

// "[tokens, 512]".
std::string symbolic_shape(const fovea::api::Model& model, const fovea_tensor& tensor);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_SHAPE_H_
