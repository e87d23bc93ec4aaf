// What every way of opening a file begins with.

#ifndef FOVEA_RUNTIME_OPEN_FILE_H_
#define FOVEA_RUNTIME_OPEN_FILE_H_

#include "runtime/error.h"
#include "runtime/model.h"

namespace fovea {

// Finds the parts of a file and checks sizes, alignments and the header's checksum. What the header
// says has not been looked at.
fovea_code open_file(const fovea_operators* operators, fovea_span header, fovea_span weights,
                     Model* out, fovea_error* error);

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPEN_FILE_H_
