// Messages of protocol buffers.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_WIRE_FORMAT_H_
#define FOVEA_TOOLS_IMPORT_TEXT_WIRE_FORMAT_H_

#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace fovea::tools {

// Gives the fields of a message one after another, and reads each as what it is said to be. Throws
// InputError, beginning with `where` ("d/tokenizer.model: trainer_spec"), for what is damaged.
class WireFields {
 public:
  // Refers to the bytes.
  WireFields(std::span<const uint8_t> bytes, std::string where)
      : left_(bytes), where_(std::move(where)) {}

  // Goes to the next field. False at the end.
  bool next();
  uint32_t number() const { return number_; }

  bool flag();
  int32_t whole();  // int32 and enums
  float real();
  std::string text();
  std::span<const uint8_t> bytes();

  const std::string& where() const { return where_; }

 private:
  enum Type : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

  uint64_t varint();
  std::span<const uint8_t> take(uint64_t size);
  void expect(Type type) const;
  [[noreturn]] void damaged() const;

  std::span<const uint8_t> left_, value_;
  std::string where_;
  uint32_t number_ = 0, type_ = 0;
  uint64_t number_value_ = 0;  // of a varint
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_WIRE_FORMAT_H_
