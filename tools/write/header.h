// The bytes of a .fovea file before its weights.

#ifndef FOVEA_TOOLS_WRITE_HEADER_H_
#define FOVEA_TOOLS_WRITE_HEADER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/preamble.h"
#include "runtime/schema.h"

namespace fovea::tools {

// The model's tables as a FlatBuffer. The same model gives the same bytes.
std::vector<uint8_t> build_header(const schema::ModelT& model);

// Computes what Model.memory says and stores it there. Throws InputError with `path` where the
// runtime would refuse the model.
void measure_memory(schema::ModelT& model, const std::string& path);

// Preamble, header and zeros up to the weights, with the header's checksum filled in.
std::vector<uint8_t> frame_header(const std::vector<uint8_t>& header, uint64_t weights_size,
                                  uint32_t weights_crc);

// Replaces the checksums of the fingerprint's runs in a header made by build_header.
void patch_fingerprint(std::vector<uint8_t>& header, const std::vector<uint32_t>& crcs);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_WRITE_HEADER_H_
