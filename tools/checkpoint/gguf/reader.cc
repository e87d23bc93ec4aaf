#include "tools/checkpoint/gguf/reader.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/checkpoint/gguf/blocks.h"
#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/common/utf8.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

constexpr std::string_view kMagic = "GGUF";
constexpr uint64_t kLongestName = 65535;  // the format's own limit of keys
constexpr uint64_t kMostTensors = 100'000, kMostKeys = 100'000;
constexpr uint64_t kMostValues = uint64_t{1} << 22;  // of all arrays together
constexpr uint64_t kMostExtents = 4;                 // ggml's
constexpr uint64_t kUsualAlignment = 32, kMostAlignment = uint64_t{1} << 20;

enum Type : uint32_t {
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kF32,
  kBool,
  kString,
  kArray,
  kU64,
  kI64,
  kF64
};

// Takes values off the front of a file.
class Reader {
 public:
  explicit Reader(const MappedFile& file) : file_(file), bytes_(file.bytes()) {}

  // What is read, for messages.
  void set_place(std::string place) { place_ = std::move(place); }
  const std::string& place() const { return place_; }
  uint64_t at() const { return at_; }
  uint64_t left() const { return bytes_.size() - at_; }

  template <typename T>
  T value() {
    T result;
    std::memcpy(&result, take(sizeof(T)), sizeof(T));
    return result;
  }

  std::string text(uint64_t most) {
    const uint64_t size = value<uint64_t>();
    if (size > most) damaged(fmt::format("has a text of {} bytes", size));
    std::string result(reinterpret_cast<const char*>(take(size)), size);
    for (std::string_view rest = result; !rest.empty();) {
      const Beginning next = beginning_of(rest);
      if (next.state != Utf8::kWhole) damaged("has a text that is no UTF-8");
      rest.remove_prefix(next.bytes);
    }
    return result;
  }

  [[noreturn]] void damaged(const std::string& what) const {
    fail("{}: damaged: {} {}; fetch it again", file_.path(), place_, what);
  }

 private:
  const uint8_t* take(uint64_t size) {
    if (size > left()) {
      fail("{}: truncated: the file ends at byte {}, in {}; fetch it again", file_.path(),
           bytes_.size(), place_);
    }
    const uint8_t* start = bytes_.data() + at_;
    at_ += size;
    return start;
  }

  const MappedFile& file_;
  std::span<const uint8_t> bytes_;
  uint64_t at_ = 0;
  std::string place_ = "its header";
};

json scalar(Reader& reader, uint32_t type) {
  switch (type) {
    case kU8:
      return uint64_t{reader.value<uint8_t>()};
    case kI8:
      return int64_t{reader.value<int8_t>()};
    case kU16:
      return uint64_t{reader.value<uint16_t>()};
    case kI16:
      return int64_t{reader.value<int16_t>()};
    case kU32:
      return uint64_t{reader.value<uint32_t>()};
    case kI32:
      return int64_t{reader.value<int32_t>()};
    case kF32:
      return double{reader.value<float>()};
    case kBool:
      return reader.value<uint8_t>() != 0;
    case kString:
      return reader.text(reader.left());
    case kU64:
      return reader.value<uint64_t>();
    case kI64:
      return reader.value<int64_t>();
    case kF64:
      return reader.value<double>();
    default:
      reader.damaged(fmt::format("is a value of the unknown type {}", type));
  }
}

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
    json value = type == kArray ? read_array() : scalar(reader_, type);
    if (!made_.metadata.emplace(std::move(name), std::move(value)).second) {
      reader_.damaged("comes twice");
    }
  }

  json read_array() {
    const uint32_t type = reader_.value<uint32_t>();
    const uint64_t count = reader_.value<uint64_t>();
    if (type == kArray) reader_.damaged("is a list of lists");
    if (count > reader_.left()) {  // each takes a byte at least
      fail("{}: truncated or damaged: {} says it has {} values; fetch it again", file_.path(),
           reader_.place(), count);
    }
    if ((values_ += count) > kMostValues) {
      reader_.damaged(fmt::format("says it has {} values", count));
    }
    json::array_t list;
    list.reserve(count);
    for (uint64_t i = 0; i < count; ++i) list.push_back(scalar(reader_, type));
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
  Reader reader_;
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
