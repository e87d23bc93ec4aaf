// Reads a model file back into the form that the planner changes.

#ifndef FOVEA_TOOLS_WRITE_READ_H_
#define FOVEA_TOOLS_WRITE_READ_H_

#include <cstdint>
#include <span>

#include "runtime/schema.h"
#include "tools/common/mapped_file.h"

namespace fovea::tools {

struct ModelContent {
  schema::ModelT model;
  std::span<const uint8_t> weights;  // in the mapped file
};

// Throws InputError where the runtime refuses the file.
ModelContent read_model(const MappedFile& file);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_WRITE_READ_H_
