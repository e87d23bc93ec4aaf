#include "tools/import/text/wire_format.h"

#include <bit>

#include "tools/common/error.h"

namespace fovea::tools {

bool WireFields::next() {
  if (left_.empty()) return false;
  const uint64_t key = varint();
  if (key >> 3 == 0 || key >> 3 > UINT32_MAX) damaged();
  number_ = static_cast<uint32_t>(key >> 3);
  type_ = key & 7;
  if (type_ == kVarint) {
    number_value_ = varint();
  } else if (type_ == kBytes) {
    value_ = take(varint());
  } else if (type_ == kFixed64 || type_ == kFixed32) {
    value_ = take(type_ == kFixed64 ? 8 : 4);
  } else {
    damaged();
  }
  return true;
}

bool WireFields::flag() {
  expect(kVarint);
  return number_value_ != 0;
}

int32_t WireFields::whole() {
  expect(kVarint);
  return static_cast<int32_t>(number_value_);
}

float WireFields::real() {
  expect(kFixed32);
  uint32_t bits = 0;
  for (size_t i = 0; i < 4; ++i) bits |= uint32_t{value_[i]} << (8 * i);
  return std::bit_cast<float>(bits);
}

std::string WireFields::text() {
  const auto all = bytes();
  return {all.begin(), all.end()};
}

std::span<const uint8_t> WireFields::bytes() {
  expect(kBytes);
  return value_;
}

// Seven bits a byte, the lowest first.
uint64_t WireFields::varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const uint8_t byte = take(1)[0];
    value |= uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return value;
  }
  damaged();
}

std::span<const uint8_t> WireFields::take(uint64_t size) {
  if (size > left_.size()) damaged();
  const auto front = left_.first(static_cast<size_t>(size));
  left_ = left_.subspan(static_cast<size_t>(size));
  return front;
}

void WireFields::expect(Type type) const {
  if (type_ != type) damaged();
}

void WireFields::damaged() const {
  fail("{}: is no message of protocol buffers, or a damaged one", where_);
}

}  // namespace fovea::tools
