// The proof that a file carries: inputs, and checksums of what they give.

#ifndef FOVEA_TOOLS_WRITE_FINGERPRINT_H_
#define FOVEA_TOOLS_WRITE_FINGERPRINT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/schema.h"
#include "tools/common/mapped_file.h"

namespace fovea::tools {

// Gives a model one run of each method, with made-up inputs and checksums still to come.
void add_fingerprint(schema::ModelT& model);

// Runs the fingerprint of a complete file and returns the checksums. Throws InputError, with
// `name` as the file's, where the runtime refuses the file or a run.
std::vector<uint32_t> run_fingerprint(const MappedFile& file, const schema::ModelT& model,
                                      const std::string& name);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_WRITE_FINGERPRINT_H_
