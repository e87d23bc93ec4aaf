#include "runtime/line.h"

namespace fovea {
namespace {

constexpr char kDigits[] = "0123456789ABCDEF";

bool continues(unsigned char byte) {
  return (byte & 0xC0) == 0x80;
}

// Bytes of the character that begins here, 0 where they are not to be shown as they are: control
// characters (of ASCII, DEL, and C1 from U+0080 to U+009F) and what is not UTF-8 (RFC 3629, so
// neither longer forms than needed, surrogates, nor beyond U+10FFFF).
size_t shown_bytes(const unsigned char* s) {
  const unsigned char first = s[0];
  if (first < 0x80) return first >= 0x20 && first != 0x7F ? 1 : 0;
  if (first < 0xC2 || first > 0xF4 || !continues(s[1])) return 0;
  const unsigned char second = s[1];
  if (first < 0xE0) return first == 0xC2 && second < 0xA0 ? 0 : 2;
  if (!continues(s[2])) return 0;
  if (first < 0xF0) {
    const bool wrong = (first == 0xE0 && second < 0xA0) || (first == 0xED && second >= 0xA0);
    return wrong ? 0 : 3;
  }
  const bool wrong = (first == 0xF0 && second < 0x90) || (first == 0xF4 && second >= 0x90);
  return wrong || !continues(s[3]) ? 0 : 4;
}

}  // namespace

void Line::put(char c) {
  if (length_ + 1 < size_) {
    text_[length_] = c;
    text_[length_ + 1] = '\0';
  }
  ++length_;
}

Line& Line::operator<<(uint64_t number) {
  char digits[20];
  int n = 0;
  do {
    digits[n++] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  while (n > 0) put(digits[--n]);
  return *this;
}

Line& Line::signed_number(uint64_t bits) {
  if (static_cast<int64_t>(bits) >= 0) return *this << bits;
  return *this << "-" << uint64_t{0} - bits;
}

// At least so many digits.
Line& Line::hexadecimal(uint64_t number, int digits) {
  while (digits < 16 && number >> (4 * digits) != 0) ++digits;
  while (digits > 0) put(kDigits[number >> (4 * --digits) & 15]);
  return *this;
}

Line& Line::character(uint64_t number) {
  constexpr uint64_t kNoCodePoint = 0x110000;
  if (number < kNoCodePoint) return (*this << "U+").hexadecimal(number, 4);
  return (*this << "the byte 0x").hexadecimal(number - kNoCodePoint, 2);
}

Line& Line::crc(uint64_t value) {
  for (int shift = 28; shift >= 0; shift -= 4) put("0123456789abcdef"[(value >> shift) & 15]);
  return *this;
}

Line& Line::name(const char* text) {
  const auto* s = reinterpret_cast<const unsigned char*>(text);
  put('\'');
  while (*s != '\0') {
    const size_t shown = shown_bytes(s);
    for (size_t i = 0; i < shown; ++i) put(static_cast<char>(*s++));
    if (shown > 0) continue;
    (*this << "\\x").hexadecimal(*s++, 2);
  }
  put('\'');
  return *this;
}

}  // namespace fovea
