#include "tools/checkpoint/gguf/reader.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/checkpoint/gguf/blocks.h"
#include "tools/checkpoint/gguf/values.h"
#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

constexpr std::string_view kMagic = "GGUF";
constexpr uint64_t kLongestName = 65535;  // the format's own limit of keys
constexpr uint64_t kMostTensors = 100'000, kMostKeys = 100'000;
constexpr uint64_t kMostValues = uint64_t{1} << 22;  // of all arrays together
constexpr uint64_t kMostExtents = 4;                 // ggml's
constexpr uint64_t kUsualAlignment = 32, kMostAlignment = uint64_t{1} << 20;

class Parser {
 public:
  explicit Parser(const MappedFile& file) : file_(file), reader_(file) {}

  GgufFile parse() {
    read_header();
    for (uint64_t i = 0; i < keys_; ++i) read_key(i);
    alignment_ = read_alignment();
    for (uint64_t i = 0; i < tensors_; ++i) read_tensor(i);
    place_tensors();
    return std::move(made_);
  }

 private:
  void read_header() {
    reader_.value<uint32_t>();  // the magic number
    made_.version = reader_.value<uint32_t>();
    if ((made_.version & 0xFFFF) == 0 && made_.version != 0) {
      fail("{}: a GGUF file of a big-endian machine; convert the model again on another one",
           file_.path());
    }
    if (made_.version < 2 || made_.version > 3) {
      fail("{}: GGUF of version {}; versions 2 and 3 can be read", file_.path(), made_.version);
    }
    tensors_ = reader_.value<uint64_t>();
    keys_ = reader_.value<uint64_t>();
    if (tensors_ > kMostTensors) reader_.damaged(fmt::format("says {} tensors", tensors_));
    if (keys_ > kMostKeys) reader_.damaged(fmt::format("says {} keys", keys_));
  }

  void read_key(uint64_t index) {
    reader_.set_place(fmt::format("the name of key {}", index));
    std::string name = reader_.text(kLongestName);
    reader_.set_place("key " + printable(name));
    const uint32_t type = reader_.value<uint32_t>();
    json value = type == kGgufArray ? read_array() : gguf_scalar(reader_, type);
    if (!made_.metadata.emplace(std::move(name), std::move(value)).second) {
      reader_.damaged("comes twice");
    }
  }

  json read_array() {
    const uint32_t type = reader_.value<uint32_t>();
    const uint64_t count = reader_.value<uint64_t>();
    if (type == kGgufArray) reader_.damaged("is a list of lists");
    if (count > reader_.left()) {  // each takes a byte at least
      fail("{}: truncated or damaged: {} says it has {} values; fetch it again", file_.path(),
           reader_.place(), count);
    }
    if ((values_ += count) > kMostValues) {
      reader_.damaged(fmt::format("says it has {} values", count));
    }
    json::array_t list;
    list.reserve(count);
    for (uint64_t i = 0; i < count; ++i) list.push_back(gguf_scalar(reader_, type));
    return list;
  }

  uint64_t read_alignment() const {
    const auto found = made_.metadata.find("general.alignment");
    if (found == made_.metadata.end()) return kUsualAlignment;
    const uint64_t value = found->is_number_unsigned() ? found->get<uint64_t>() : 0;
    if (!std::has_single_bit(value) || value > kMostAlignment) {
      fail("{}: damaged: general.alignment is {}, which is no power of two up to {}", file_.path(),
           show_json(*found), kMostAlignment);
    }
    return value;
  }

  void read_tensor(uint64_t index) {
    reader_.set_place(fmt::format("the name of tensor {}", index));
    std::string name = reader_.text(kLongestName);
    reader_.set_place("tensor " + printable(name));
    const uint32_t rank = reader_.value<uint32_t>();
    if (rank > kMostExtents) reader_.damaged(fmt::format("has {} extents", rank));
    StoredTensor tensor;
    for (uint32_t i = 0; i < rank; ++i) tensor.shape.push_back(reader_.value<uint64_t>());
    std::reverse(tensor.shape.begin(), tensor.shape.end());
    const uint32_t type = reader_.value<uint32_t>();
    tensor.offset = reader_.value<uint64_t>();
    const GgmlType* known = find_ggml_type(type);
    if (known == nullptr || known->codec.block_elements == 0) {
      fail("{}: tensor {} has the type {}, which cannot be decoded: {} can; quantise it anew",
           file_.path(), printable(name), known == nullptr ? fmt::format("{}", type) : known->name,
           ggml_types_known());
    }
    tensor.codec = known->codec;
    tensor.type = known->name;
    if (!made_.tensors.emplace(std::move(name), std::move(tensor)).second) {
      reader_.damaged("comes twice");
    }
  }

  // Of whole blocks in each row; false on overflow.
  static bool stored_bytes(const StoredTensor& tensor, uint64_t* bytes) {
    uint64_t elements = 1;
    for (const uint64_t extent : tensor.shape) {
      if (extent == 0 || __builtin_mul_overflow(elements, extent, &elements)) return false;
    }
    const uint64_t row = tensor.shape.empty() ? 1 : tensor.shape.back();
    const Codec& codec = tensor.codec;
    return row % codec.block_elements == 0 &&
           !__builtin_mul_overflow(elements / codec.block_elements, codec.block_bytes, bytes);
  }

  void place_tensors() {
    const uint64_t data = (reader_.at() + alignment_ - 1) / alignment_ * alignment_;
    const uint64_t size = file_.bytes().size();
    for (auto& [name, tensor] : made_.tensors) {
      uint64_t bytes = 0, end = 0;
      if (!stored_bytes(tensor, &bytes) || tensor.offset % alignment_ != 0 ||
          __builtin_add_overflow(tensor.offset, bytes, &end) ||
          __builtin_add_overflow(end, data, &end)) {
        fail("{}: damaged: tensor {} of {} {} lies at {}; fetch it again", file_.path(),
             printable(name), tensor.type, shape_text(tensor.shape), tensor.offset);
      }
      if (end > size) {
        fail("{}: truncated: tensor {} ends at byte {}, the file at {}; fetch it again",
             file_.path(), printable(name), end, size);
      }
      tensor.offset += data;
    }
  }

  const MappedFile& file_;
  GgufValues reader_;
  GgufFile made_;
  uint64_t tensors_ = 0, keys_ = 0, values_ = 0, alignment_ = 0;
};

}  // namespace

bool looks_like_gguf(std::span<const uint8_t> bytes) {
  return bytes.size() >= kMagic.size() &&
         std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) == 0;
}

GgufFile read_gguf(const MappedFile& file) {
  return Parser(file).parse();
}

}  // namespace fovea::tools
