// The runtime's errors about a model that is being made.

#ifndef FOVEA_TOOLS_WRITE_DESCRIBE_ERROR_H_
#define FOVEA_TOOLS_WRITE_DESCRIBE_ERROR_H_

#include <string>

#include "fovea/fovea.h"
#include "runtime/schema.h"

namespace fovea::tools {

// The runtime's sentence, and the names of the operator, tensor or weight that it concerns.
std::string describe_error(const schema::ModelT& model, const fovea_error& error);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_WRITE_DESCRIBE_ERROR_H_
