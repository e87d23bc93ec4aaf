#include "tools/checkpoint/gguf/values.h"

#include <fmt/format.h>

#include <string_view>

#include "tools/common/error.h"
#include "tools/common/utf8.h"

namespace fovea::tools {
namespace {

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
  kArray = kGgufArray,
  kU64,
  kI64,
  kF64
};

}  // namespace

std::string GgufValues::text(uint64_t most) {
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

void GgufValues::damaged(const std::string& what) const {
  fail("{}: damaged: {} {}; fetch it again", file_.path(), place_, what);
}

const uint8_t* GgufValues::take(uint64_t size) {
  if (size > left()) {
    fail("{}: truncated: the file ends at byte {}, in {}; fetch it again", file_.path(),
         bytes_.size(), place_);
  }
  const uint8_t* start = bytes_.data() + at_;
  at_ += size;
  return start;
}

nlohmann::json gguf_scalar(GgufValues& reader, uint32_t type) {
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

}  // namespace fovea::tools
