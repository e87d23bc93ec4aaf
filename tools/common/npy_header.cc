#include "tools/common/npy_header.h"

#include <cctype>
#include <limits>
#include <string_view>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr size_t kAlignment = 64;  // of the data in the file, as NumPy writes it
constexpr size_t kMaxRank = 32;    // NumPy's own

// Reads the Python dictionary that describes the array:
// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderReader {
 public:
  HeaderReader(const std::string& path, std::string_view text) : path_(path), text_(text) {}

  NpyHeader read() {
    NpyHeader header;
    unsigned keys = 0;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      keys |= value(key, &header);
      if (accept('}')) break;
      expect(',');
    }
    if (keys != 7) malformed();
    return header;
  }

 private:
  // The bit of the key that was read.
  unsigned value(const std::string& key, NpyHeader* header) {
    if (key == "descr") {
      header->descr = quoted();
      return 1;
    }
    if (key == "fortran_order") {
      header->fortran_order = boolean();
      return 2;
    }
    if (key == "shape") {
      header->shape = tuple();
      return 4;
    }
    malformed();
  }

  std::string quoted() {
    const char quote = accept('"') ? '"' : '\'';
    if (quote == '\'') {
      // A list instead of a name is a record with fields.
      if (peek() == '[') fail("{}: is an array of records, one of numbers is needed", path_);
      expect('\'');
    }
    const size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) malformed();
    const std::string result(text_.substr(at_, end - at_));
    at_ = end + 1;
    return result;
  }

  bool boolean() {
    peek();
    for (const std::string_view word : {std::string_view("True"), std::string_view("False")}) {
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return word == "True";
    }
    malformed();
  }

  std::vector<uint64_t> tuple() {
    std::vector<uint64_t> result;
    expect('(');
    while (!accept(')')) {
      if (result.size() == kMaxRank) malformed();
      result.push_back(number());
      if (accept(')')) break;
      expect(',');
    }
    return result;
  }

  uint64_t number() {
    if (std::isdigit(static_cast<unsigned char>(peek())) == 0) malformed();
    uint64_t result = 0;
    while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) {
      const uint64_t digit = static_cast<uint64_t>(text_[at_++] - '0');
      if (result > (std::numeric_limits<uint64_t>::max() - digit) / 10) malformed();
      result = result * 10 + digit;
    }
    accept('L');  // Python 2
    return result;
  }

  char peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) malformed();
  }
  [[noreturn]] void malformed() { fail("{}: the header of this .npy file is malformed", path_); }

  const std::string& path_;
  std::string_view text_;
  size_t at_ = 0;
};

// Where the header text begins, and its length: two bytes in version 1, four afterwards.
std::string_view header_text(const std::string& path, std::string_view bytes) {
  if (bytes.substr(0, kMagic.size()) != kMagic) {
    fail("{}: is not a .npy file: save it with numpy.save", path);
  }
  const auto byte = [&](size_t i) {
    if (i >= bytes.size()) fail("{}: is truncated within its header", path);
    return static_cast<size_t>(static_cast<uint8_t>(bytes[i]));
  };
  const size_t version = byte(6);
  if (version < 1 || version > 3) fail("{}: .npy version {} is unknown", path, version);
  const size_t prefix = version == 1 ? 10 : 12;
  size_t length = byte(8) | byte(9) << 8;
  if (version > 1) length |= byte(10) << 16 | byte(11) << 24;
  if (length > bytes.size() - prefix) fail("{}: is truncated within its header", path);
  return bytes.substr(prefix, length);
}

std::string dictionary(const std::string& descr, std::span<const uint64_t> shape) {
  std::string result = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': (", descr);
  for (size_t i = 0; i < shape.size(); ++i) {
    result += fmt::format("{}{}", i == 0 ? "" : ", ", shape[i]);
  }
  return result + (shape.size() == 1 ? ",), }" : "), }");
}

}  // namespace

NpyHeader read_npy_header(std::span<const uint8_t> bytes, const std::string& name) {
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::string_view text = header_text(name, all);
  NpyHeader header = HeaderReader(name, text).read();
  header.data = static_cast<size_t>(text.data() - all.data()) + text.size();
  return header;
}

std::vector<uint8_t> npy_header_bytes(const std::string& descr, std::span<const uint64_t> shape) {
  std::string header = dictionary(descr, shape);
  const size_t prefix = kMagic.size() + 4;
  const size_t unpadded = prefix + header.size() + 1;
  header.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  header += '\n';
  std::vector<uint8_t> result(kMagic.begin(), kMagic.end());
  result.insert(result.end(), {1, 0});
  result.push_back(static_cast<uint8_t>(header.size() & 255));
  result.push_back(static_cast<uint8_t>(header.size() >> 8));
  result.insert(result.end(), header.begin(), header.end());
  return result;
}

}  // namespace fovea::tools
