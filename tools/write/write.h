// Writes a model file: complete, checked by the runtime and proved to run, or not at all.

#ifndef FOVEA_TOOLS_WRITE_WRITE_H_
#define FOVEA_TOOLS_WRITE_WRITE_H_

#include <cstdint>
#include <functional>
#include <string>

#include "runtime/schema.h"
#include "tools/common/output_file.h"
#include "tools/pack/pack.h"

namespace fovea::tools {

// Gives all bytes of the weight segment to the sink, in order.
using WeightWriter = std::function<void(const ByteSink&)>;

// Writes a planned model whose weights have their places, and commits the file. Fills in memory
// and fingerprint.
void write_model(schema::ModelT& model, uint64_t weights_size, const WeightWriter& weights,
                 OutputFile& file);
void write_model(schema::ModelT& model, uint64_t weights_size, const WeightWriter& weights,
                 const std::string& path);
// The same without committing: the file is complete at its temporary path, and goes with it.
void write_uncommitted(schema::ModelT& model, uint64_t weights_size, const WeightWriter& weights,
                       OutputFile& file);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_WRITE_WRITE_H_
