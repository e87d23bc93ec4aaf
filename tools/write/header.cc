#include "tools/write/header.h"

#include <cstring>
#include <memory>

#include "runtime/checked.h"
#include "runtime/measure.h"
#include "tools/common/error.h"
#include "tools/write/describe_error.h"

namespace fovea::tools {

std::vector<uint8_t> build_header(const schema::ModelT& model) {
  flatbuffers::FlatBufferBuilder builder(1 << 16);
  schema::FinishModelBuffer(builder, schema::Model::Pack(builder, &model));
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

void measure_memory(schema::ModelT& model, const std::string& path) {
  model.memory = std::make_unique<schema::MemoryT>();
  const std::vector<uint8_t> header = build_header(model);
  fovea_memory memory = {};
  fovea_error error = {};
  const schema::Model& view = *schema::GetModel(header.data());
  if (measure(view, fovea_all_operators, &memory, &error) != FOVEA_OK) {
    fail("{}: {}", path, describe_error(model, error));
  }
  model.memory->state = memory.state;
  model.memory->planned = memory.planned;
  model.memory->per_thread = memory.scratch;
}

std::vector<uint8_t> frame_header(const std::vector<uint8_t>& header, uint64_t weights_size,
                                  uint32_t weights_crc) {
  Preamble preamble = {};
  preamble.magic = kMagic;
  preamble.version = kFormatVersion;
  preamble.header_offset = sizeof(Preamble);
  preamble.header_size = header.size();
  preamble.weights_offset = round_up(sizeof(Preamble) + header.size(), kFileAlignment);
  preamble.weights_size = weights_size;
  preamble.weights_crc = weights_crc;
  std::vector<uint8_t> bytes(preamble.weights_offset, 0);
  std::memcpy(bytes.data(), &preamble, sizeof preamble);
  std::memcpy(bytes.data() + sizeof preamble, header.data(), header.size());
  preamble.header_crc = fovea_crc32(0, bytes.data(), bytes.size());
  std::memcpy(bytes.data(), &preamble, sizeof preamble);
  return bytes;
}

void patch_fingerprint(std::vector<uint8_t>& header, const std::vector<uint32_t>& crcs) {
  const schema::Model* model = schema::GetModel(header.data());
  for (size_t i = 0; i < crcs.size(); ++i) {
    const auto* run = model->fingerprint()->Get(static_cast<uint32_t>(i));
    auto* table = reinterpret_cast<flatbuffers::Table*>(const_cast<schema::FingerprintRun*>(run));
    if (!table->SetField<uint32_t>(schema::FingerprintRun::VT_CRC, crcs[i], 0) && crcs[i] != 0) {
      fail("fingerprint run {} has no room for its checksum", i);
    }
  }
}

}  // namespace fovea::tools
