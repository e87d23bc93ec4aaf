#include "tools/checkpoint/safetensors.h"

#include <cstring>
#include <map>
#include <utility>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kMaxHeader = 100'000'000;  // the format's own limit
constexpr size_t kMostTensors = 100'000;      // so that a header of small entries takes no GBs

// By name; nothing for an unknown one.
const Codec* find_codec(const std::string& type) {
  static const std::map<std::string, Codec> kTypes = {
      {"F32", kFloat32},   {"F16", kFloat16},      {"BF16", kBFloat16},    {"F64", opaque(8)},
      {"I64", opaque(8)},  {"U64", opaque(8)},     {"I32", opaque(4)},     {"U32", opaque(4)},
      {"I16", opaque(2)},  {"U16", opaque(2)},     {"I8", opaque(1)},      {"U8", opaque(1)},
      {"BOOL", opaque(1)}, {"F8_E4M3", opaque(1)}, {"F8_E5M2", opaque(1)},
  };
  const auto found = kTypes.find(type);
  return found == kTypes.end() ? nullptr : &found->second;
}

uint64_t header_size(std::span<const uint8_t> bytes) {
  uint64_t size = 0;
  if (bytes.size() >= kLengthBytes) std::memcpy(&size, bytes.data(), kLengthBytes);
  return size;
}

std::span<const uint8_t> header_text(const MappedFile& file) {
  const auto bytes = file.bytes();
  const uint64_t size = header_size(bytes);
  if (size > kMaxHeader) fail("{}: not a safetensors file: header of {} bytes", file.path(), size);
  if (bytes.size() < kLengthBytes || size > bytes.size() - kLengthBytes) {
    fail("{}: truncated: {} bytes, the safetensors header alone needs {}; fetch it again",
         file.path(), bytes.size(), size + kLengthBytes);
  }
  return bytes.subspan(kLengthBytes, size);
}

bool is_count_array(const json& value) {
  if (!value.is_array()) return false;
  for (const json& item : value) {
    if (!item.is_number_unsigned()) return false;
  }
  return true;
}

// Bytes of a tensor; false on overflow.
bool tensor_bytes(const StoredTensor& tensor, uint64_t element, uint64_t* bytes) {
  *bytes = element;
  for (const uint64_t extent : tensor.shape) {
    if (__builtin_mul_overflow(*bytes, extent, bytes)) return false;
  }
  return true;
}

StoredTensor parse_tensor(const MappedFile& file, const std::string& name, const json& entry) {
  const uint64_t data = kLengthBytes + header_size(file.bytes());
  const uint64_t available = file.bytes().size() - data;
  if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() ||
      !entry.contains("shape") || !is_count_array(entry["shape"]) ||
      !entry.contains("data_offsets") || !is_count_array(entry["data_offsets"]) ||
      entry["data_offsets"].size() != 2) {
    fail("{}: damaged: its header describes tensor {} wrongly; fetch it again", file.path(), name);
  }
  StoredTensor tensor;
  tensor.type = entry["dtype"];
  tensor.shape = entry["shape"].get<std::vector<uint64_t>>();
  const uint64_t begin = entry["data_offsets"][0], end = entry["data_offsets"][1];
  const Codec* codec = find_codec(tensor.type);
  if (codec == nullptr) {
    fail("{}: tensor {} has the unknown type {}; save it as F32, F16 or BF16", file.path(), name,
         tensor.type);
  }
  uint64_t bytes = 0;
  if (begin > end || !tensor_bytes(tensor, codec->block_bytes, &bytes) || bytes != end - begin) {
    fail("{}: damaged: tensor {} of shape {} occupies bytes {} to {}; fetch it again", file.path(),
         name, shape_text(tensor.shape), begin, end);
  }
  if (end > available) {
    fail("{}: truncated: tensor {} ends at byte {}, the file at {}; fetch it again", file.path(),
         name, data + end, file.bytes().size());
  }
  tensor.codec = *codec;
  tensor.offset = data + begin;
  return tensor;
}

}  // namespace

bool looks_like_safetensors(std::span<const uint8_t> bytes) {
  if (bytes.size() <= kLengthBytes) return false;
  const uint64_t size = header_size(bytes);
  return size >= 2 && size <= kMaxHeader && bytes[kLengthBytes] == '{';
}

void add_safetensors(MappedFile file, Checkpoint& checkpoint, const KeepTensor& keep) {
  const auto add = [&](const std::string& name, const json& entry) {
    if (name == "__metadata__" || (keep && !keep(name))) return;
    StoredTensor tensor = parse_tensor(file, name, entry);
    tensor.file = checkpoint.files.size();
    const auto [at, added] = checkpoint.tensors.emplace(name, std::move(tensor));
    if (!added) {
      fail("{}: tensor {} is {} this checkpoint; remove one", file.path(), name,
           at->second.file == checkpoint.files.size() ? "twice in this file of"
                                                      : "also in another file of");
    }
    if (checkpoint.tensors.size() > kMostTensors) {
      fail("{}: more than {} tensors, which no model has", file.path(), kMostTensors);
    }
  };
  const std::string where = fmt::format("{}: damaged: its safetensors header", file.path());
  read_json_members(header_text(file), where, {.bytes = kMaxHeader}, add);
  checkpoint.files.push_back(std::move(file));
}

}  // namespace fovea::tools
