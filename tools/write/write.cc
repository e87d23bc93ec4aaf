#include "tools/write/write.h"

#include <algorithm>
#include <vector>

#include "fovea/fovea.h"
#include "tools/common/error.h"
#include "tools/common/mapped_file.h"
#include "tools/common/output_file.h"
#include "tools/common/progress.h"
#include "tools/write/fingerprint.h"
#include "tools/write/header.h"

namespace fovea::tools {
namespace {

// Writes the weights after the header's place and returns their checksum.
uint32_t write_weights(OutputFile& file, uint64_t weights_size, const WeightWriter& weights) {
  const uint64_t start = file.size();
  uint32_t crc = 0;
  weights([&](std::span<const uint8_t> bytes) {
    crc = fovea_crc32(crc, bytes.data(), bytes.size());
    file.write(bytes);
  });
  if (file.size() - start != weights_size) {
    fail("{}: {} bytes of weights were written, {} planned", file.name(), file.size() - start,
         weights_size);
  }
  return crc;
}

// Reads back what the disk holds, without keeping all of it in memory.
void check_weights(const MappedFile& file, uint64_t start, uint32_t crc, const std::string& path) {
  constexpr size_t kStep = size_t{16} << 20;
  const auto bytes = file.bytes();
  uint32_t found = 0;
  Progress progress("checking", bytes.size());
  for (size_t at = start; at < bytes.size(); at += kStep) {
    const size_t count = std::min(kStep, bytes.size() - at);
    found = fovea_crc32(found, bytes.data() + at, count);
    file.forget(at, count);
    progress.update(at + count);
  }
  if (found != crc) fail("{}: what was written reads back differently; check the disk", path);
}

}  // namespace

void write_uncommitted(schema::ModelT& model, uint64_t weights_size, const WeightWriter& weights,
                       OutputFile& file) {
  const std::string& name = file.name();
  if (file.is_terminal()) fail("{}: is a terminal: send a model to a file or a pipe", name);
  measure_memory(model, name);
  add_fingerprint(model);
  std::vector<uint8_t> header = build_header(model);
  file.write(frame_header(header, weights_size, 0));
  const uint64_t start = file.size();
  const uint32_t crc = write_weights(file, weights_size, weights);
  file.write_at(0, frame_header(header, weights_size, crc));
  {
    const MappedFile written(file.temporary_path());
    check_weights(written, start, crc, name);
    patch_fingerprint(header, run_fingerprint(written, model, name));
  }
  file.write_at(0, frame_header(header, weights_size, crc));
}

void write_model(schema::ModelT& model, uint64_t weights_size, const WeightWriter& weights,
                 OutputFile& file) {
  write_uncommitted(model, weights_size, weights, file);
  file.commit();
}

void write_model(schema::ModelT& model, uint64_t weights_size, const WeightWriter& weights,
                 const std::string& path) {
  OutputFile file(path);
  write_model(model, weights_size, weights, file);
}

}  // namespace fovea::tools
