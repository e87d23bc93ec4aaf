// Spaces that pieces write otherwise, such as U+2581, and bytes that they spell.

#include "runtime/features.h"
#include "runtime/text/utf8.h"
#include "runtime/verify.h"

namespace fovea {
namespace {

using schema::FirstToken;

constexpr uint32_t kLongestEscape = 64;  // bytes

Text text_at(const flatbuffers::String* s) {
  return {text_of(s), size_of(s)};
}

bool begins_with(Text text, Text beginning) {
  return text.size >= beginning.size && std::memcmp(text.data, beginning.data, beginning.size) == 0;
}

// Writes a text with `to` for each `from`.
bool replace(Text text, Text from, Text to, TextOutput* out) {
  while (text.size > 0) {
    const bool found = from.size > 0 && begins_with(text, from);
    const size_t size = found ? from.size : 1;
    if (!out->add(found ? to : Text{text.data, 1})) return false;
    text = {text.data + size, text.size - size};
  }
  return true;
}

bool write(const schema::WordTables& words, Text word, bool first, TextOutput* out) {
  const size_t begin = out->size;
  const Text escape = text_at(words.escape()), prefix = text_at(words.prefix());
  if (!replace(word, escape.size > 0 ? Text{" ", 1} : Text{}, escape, out)) return false;
  const Text written = {out->data + begin, out->size - begin};
  if ((words.prefix_once() && !first) || begins_with(written, prefix)) return true;
  if (!out->add(prefix)) return false;  // for its room
  std::memmove(out->data + begin + prefix.size, written.data, written.size);
  std::memcpy(out->data + begin, prefix.data, prefix.size);
  return true;
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int letter = (c | 0x20) - 'a';
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

// The byte that a piece like <0x0A> stands for, or -1.
int byte_of(Text piece) {
  if (piece.size != 6 || !begins_with(piece, {"<0x", 3}) || piece.data[5] != '>') return -1;
  const int high = digit_of(piece.data[3]), low = digit_of(piece.data[4]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool decode(const schema::WordTables& words, Text piece, bool first, TextOutput* out) {
  const size_t begin = out->size;
  const int byte = words.decode_bytes() ? byte_of(piece) : -1;
  const char value = static_cast<char>(byte);
  if (byte >= 0) piece = {&value, 1};
  const bool drops = first && words.decode_first() == FirstToken::NoSpaces;
  const Text space = {" ", drops ? 0u : 1u};
  if (!replace(piece, text_at(words.decode_escape()), space, out)) return false;
  if (first && words.decode_first() == FirstToken::NoLeadingSpace && out->size > begin &&
      out->data[begin] == ' ') {
    --out->size;
    std::memmove(out->data + begin, out->data + begin + 1, out->size - begin);
  }
  return true;
}

fovea_code verify(const schema::WordTables& words, const Where& where, fovea_error* error) {
  const Where here = where.at(FOVEA_FIELD_ATTRIBUTE);
  FOVEA_TRY(check_at_most(size_of(words.escape()), kLongestEscape, here, error));
  FOVEA_TRY(check_at_most(words.prefix_level(), size_of(words.splitters()), here, error));
  return check_at_most(static_cast<uint32_t>(words.decode_first()),
                       static_cast<uint32_t>(FirstToken::MAX), here, error);
}

}  // namespace
}  // namespace fovea

extern "C" constexpr fovea_escaped_spaces fovea_feature_escaped_spaces = {
    fovea::verify, fovea::write, fovea::decode};
