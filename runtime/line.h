// A line of text that grows in a buffer of fixed size.

#ifndef FOVEA_RUNTIME_LINE_H_
#define FOVEA_RUNTIME_LINE_H_

#include <cstddef>
#include <cstdint>

namespace fovea {

// What does not fit is left out; the length still counts.
class Line {
 public:
  Line(char* text, size_t size) : text_(text), size_(text == nullptr ? 0 : size) {
    if (size_ > 0) text_[0] = '\0';
  }

  Line& operator<<(const char* s) {
    for (; *s != '\0'; ++s) put(*s);
    return *this;
  }
  Line& operator<<(uint64_t number);
  // A number from data, which may be negative.
  Line& signed_number(uint64_t bits);
  // A CRC: eight digits.
  Line& crc(uint64_t value);
  // A character by its number, for what it looks like may not be fit to print: a code point, or
  // 0x110000 plus a byte that is no UTF-8.
  Line& character(uint64_t number);
  // A name from a file or a caller, in quotes. Bytes that a terminal or a log would obey are
  // escaped.
  Line& name(const char* text);

  size_t length() const { return length_; }

 private:
  void put(char c);
  Line& hexadecimal(uint64_t number, int digits);

  char* text_;
  size_t size_;
  size_t length_ = 0;
};

}  // namespace fovea

#endif  // FOVEA_RUNTIME_LINE_H_
