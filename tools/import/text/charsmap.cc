#include "tools/import/text/charsmap.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/text/utf8.h"
#include "tools/common/error.h"
#include "tools/import/text/clusters.h"
#include "tools/import/text/limits.h"
#include "tools/import/text/splitter.h"

namespace fovea::tools {
namespace {

constexpr size_t kLongestCluster = 5;   // bytes, of what is replaced as a whole
constexpr size_t kMostSteps = 1 << 19;  // ten times those of SentencePiece's largest own rules

bool is_text(const std::string& bytes) {
  return is_utf8({bytes.data(), bytes.size()});
}

// A double array as darts-clone writes it.
class CharsmapTrie {
 public:
  CharsmapTrie(std::span<const uint8_t> bytes, std::string_view values, const std::string& where)
      : bytes_(bytes), values_(values), where_(where) {}

  Charsmap read() {
    walk(offset(unit(0)), "");
    return std::move(found_);
  }

 private:
  uint32_t unit(size_t at) const {
    if (at >= bytes_.size() / 4) damaged();
    const auto byte = [&](size_t i) { return uint32_t{bytes_[4 * at + i]}; };
    return byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;
  }
  static size_t offset(uint32_t unit) { return size_t{unit >> 10} << ((unit & 0x200) >> 6); }
  static bool has_leaf(uint32_t unit) { return (unit & 0x100) != 0; }
  static uint32_t label(uint32_t unit) { return unit & 0x800000FF; }

  // Everything below a place. Keys that end alike share units.
  void walk(size_t place, const std::string& key) {
    if (key.size() > kLongestEntry || ++steps_ > kMostSteps) damaged();
    for (uint32_t byte = 1; byte < 256; ++byte) {
      const size_t at = place ^ byte;
      if (at >= bytes_.size() / 4 || label(unit(at)) != byte) continue;
      const size_t next = at ^ offset(unit(at));
      const std::string longer = key + static_cast<char>(byte);
      if (has_leaf(unit(at))) add(longer, unit(next) & 0x7FFFFFFF);
      walk(next, longer);
    }
  }

  void add(const std::string& key, size_t value) {
    const size_t end = values_.find('\0', value);
    if (value >= values_.size() || end == values_.npos) damaged();
    found_[key] = values_.substr(value, end - value);
    if (!is_text(key) || !is_text(found_[key])) damaged();
  }

  [[noreturn]] void damaged() const { fail("{}: the precompiled charsmap is damaged", where_); }

  std::span<const uint8_t> bytes_;
  std::string_view values_;
  const std::string& where_;
  Charsmap found_;
  size_t steps_ = 0;
};

}  // namespace

Charsmap read_charsmap(std::span<const uint8_t> bytes, const std::string& where) {
  size_t size = 0;
  for (size_t i = 0; i < 4 && i < bytes.size(); ++i) size |= size_t{bytes[i]} << (8 * i);
  if (bytes.size() < 4 || size > bytes.size() - 4 || size < 4) {
    fail("{}: the precompiled charsmap is damaged", where);
  }
  const auto values = bytes.subspan(4 + size);
  return CharsmapTrie(bytes.subspan(4, size),
                      {reinterpret_cast<const char*>(values.data()), values.size()}, where)
      .read();
}

std::unique_ptr<schema::NormalizationT> replace_longest(const Charsmap& map,
                                                        const std::string& where) {
  auto made = std::make_unique<schema::NormalizationT>();
  made->kind = schema::NormalizationKind::Replace;
  for (const auto& [key, value] : map) {
    if (std::max(key.size(), value.size()) > kLongestEntry) {
      fail("{}: more than {} bytes cannot be replaced or put in; it cannot be converted", where,
           kLongestEntry);
    }
    made->keys.insert(made->keys.end(), key.begin(), key.end());
    made->key_ends.push_back(static_cast<uint32_t>(made->keys.size()));
    made->values.insert(made->values.end(), value.begin(), value.end());
    made->value_ends.push_back(static_cast<uint32_t>(made->values.size()));
  }
  return made;
}

// The library takes the shortest key that a cluster begins with, and single characters: others are
// never found.
std::unique_ptr<schema::NormalizationT> replace_clusters(const Charsmap& map,
                                                         const std::string& where) {
  Charsmap used;
  for (const auto& [key, value] : map) {
    const bool single = first_point({key.data(), key.size()}).size == key.size();
    bool shorter = false;
    for (size_t size = 1; size < key.size(); ++size) shorter |= map.contains(key.substr(0, size));
    if (!shorter && (single || key.size() <= kLongestCluster)) used[key] = value;
  }
  auto made = replace_longest(used, where);
  made->kind = schema::NormalizationKind::ReplaceClusters;
  made->words = compile_splitter(grapheme_clusters(), false, where);
  return made;
}

std::string base64_bytes(const std::string& text, const std::string& where) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  uint32_t bits = 0;
  const size_t end = std::min(text.find('='), text.size());
  for (size_t i = 0; i < end; ++i) {
    const size_t digit = kDigits.find(text[i]);
    if (digit == kDigits.npos) fail("{}: is no base64", where);
    bits = bits << 6 | static_cast<uint32_t>(digit);
    if (i % 4 != 0) bytes += static_cast<char>(bits >> (2 * (3 - i % 4)));
  }
  const bool padded = text.find_first_not_of('=', end) == text.npos && text.size() - end <= 2;
  if (text.size() % 4 != 0 || !padded) fail("{}: is no base64", where);
  return bytes;
}

}  // namespace fovea::tools
