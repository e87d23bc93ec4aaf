// Of which known family a config of an unknown one knows most.

#ifndef FOVEA_TOOLS_IMPORT_NEAREST_H_
#define FOVEA_TOOLS_IMPORT_NEAREST_H_

#include <string>

#include "tools/checkpoint/checkpoint.h"

namespace fovea::tools {

// "; the nearest family is llama, which does not know KEY (VALUE)", for the family that can
// describe the checkpoint and leaves the fewest keys of its config unread; nothing where none can.
std::string nearest_family(const Checkpoint& checkpoint);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_NEAREST_H_
