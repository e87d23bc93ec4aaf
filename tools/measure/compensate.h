// Codes that make up for each other's errors.

#ifndef FOVEA_TOOLS_MEASURE_COMPENSATE_H_
#define FOVEA_TOOLS_MEASURE_COMPENSATE_H_

#include "tools/measure/moments.h"
#include "tools/pack/codes.h"
#include "tools/pack/source_reader.h"

namespace fovea::tools {

// Codes of a matrix of `rows` outputs that leave little of the squared difference
// between what it makes of seen rows and what the exact one makes of the exact rows. Column by
// column, each takes over what the codes before it leave (Frantar et al. 2022, in the form of Chee
// et al. 2023), towards weights that are fitted to the seen rows first. Moments are damped.
Codes compensate(SourceReader& reader, size_t rows, schema::DType type, const Moments& moments);

// The codes that pack_codes() takes where none were chosen.
Codes nearest(SourceReader& reader, size_t rows, size_t columns, schema::DType type);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_MEASURE_COMPENSATE_H_
