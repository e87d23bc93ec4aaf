#include "tools/write/read.h"

#include <array>
#include <cstring>

#include "fovea/fovea.h"
#include "runtime/preamble.h"
#include "tools/common/error.h"

namespace fovea::tools {

ModelContent read_model(const MappedFile& file) {
  const auto bytes = file.bytes();
  fovea_model model;
  fovea_error error = {};
  if (fovea_open({bytes.data(), bytes.size()}, {}, &model, &error) != FOVEA_OK) {
    std::array<char, 512> line;
    fovea_describe(nullptr, &error, line.data(), line.size());
    fail("{}: {}", file.path(), line.data());
  }
  Preamble preamble;
  std::memcpy(&preamble, bytes.data(), sizeof preamble);
  ModelContent content;
  schema::GetModel(bytes.data() + preamble.header_offset)->UnPackTo(&content.model);
  content.weights = bytes.subspan(preamble.weights_offset, preamble.weights_size);
  return content;
}

}  // namespace fovea::tools
