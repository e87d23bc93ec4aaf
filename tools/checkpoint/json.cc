#include "tools/checkpoint/json.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/checkpoint/json_words.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

constexpr size_t kMostDepth = 64;
constexpr size_t kMostShown = 80;  // bytes of a value, or of a reason, in a message

// Line and column, both from 1, of a byte.
std::pair<size_t, size_t> place_of(std::string_view text, size_t byte) {
  const std::string_view before = text.substr(0, byte);
  const size_t start = before.rfind('\n') + 1;  // npos + 1 is 0
  return {1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n')),
          1 + before.size() - start};
}

// The beginning of a text, cut between two characters.
std::string shortened(std::string text) {
  if (text.size() <= kMostShown) return text;
  size_t size = kMostShown;
  while (size > 0 && (text[size] & 0xc0) == 0x80) --size;
  return text.substr(0, size) + "...";
}

// What nlohmann says after "[json.exception...] parse error at line 1, column 2: ".
std::string reason_of(const std::string& what) {
  const size_t column = what.find("column ");
  const size_t start = what.find(": ", column == std::string::npos ? 0 : column);
  if (column != std::string::npos && start != std::string::npos) return what.substr(start + 2);
  const size_t end = what.find("] ");
  return end == std::string::npos ? what : what.substr(end + 2);
}

// Builds values from the parser's events. `Take` is called with each finished member of the
// outermost object where there is one.
class Builder {
 public:
  using Take = std::function<void(const std::string&, const json&)>;

  Builder(const std::string& path, std::string_view text, const std::set<size_t>& words,
          const JsonBounds& bounds, const Take* take)
      : path_(path),
        text_(text),
        words_(words),
        most_values_(bounds.values),
        list_(bounds.list),
        take_(take) {}

  json result() { return std::move(root_); }

  // Events: false would end the parse without a word, so what is wrong throws.
  bool null() { return value(nullptr); }
  bool boolean(bool b) { return value(b); }
  bool number_integer(int64_t n) { return value(n); }
  bool number_unsigned(uint64_t n) { return value(n); }
  bool number_float(double n, const std::string&) { return value(n); }
  bool binary(json::binary_t&) { return false; }
  bool string(std::string& text) {
    if (!words_.contains(strings_++)) return value(std::move(text));
    return value(quoted_number(text));
  }
  bool key(std::string& text) {
    if (words_.contains(strings_++)) fail("{}: a key is a number, not a string", path_);
    if (open_.back()->contains(text)) fail("{}: the key {} comes twice", path_, show_json(text));
    key_ = std::move(text);
    if (open_.size() == 1) member_ = key_;
    return true;
  }
  bool start_object(size_t) { return start(json::object()); }
  bool start_array(size_t) { return start(json::array()); }
  bool end_object() { return end(); }
  bool end_array() { return end(); }

  bool parse_error(size_t position, const std::string&, const json::exception& error) {
    const auto [line, column] = place_of(text_, position == 0 ? 0 : position - 1);
    fail("{}: not JSON at line {}, column {}: {}", path_, line, column,
         shortened(reason_of(error.what())));
  }

 private:
  json* place(json made) {
    if (++values_ > most_values_) {
      fail("{}: holds more than {} values, which no file of its kind does", path_, most_values_);
    }
    if (open_.empty()) {
      root_ = std::move(made);
      return &root_;
    }
    json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(made));
      return &parent.back();
    }
    return &(parent[key_] = std::move(made));
  }

  bool start(json made) {
    if (open_.size() >= kMostDepth) {
      fail("{}: nested more than {} levels deep, which no file of its kind is", path_, kMostDepth);
    }
    if (open_.empty() && made.is_array() != list_) {
      fail("{}: not a JSON {}; write it anew", path_, list_ ? "list" : "object");
    }
    open_.push_back(place(std::move(made)));
    return true;
  }

  bool value(json made) {
    if (open_.empty()) fail("{}: not a JSON object; write it anew", path_);
    place(std::move(made));
    if (open_.size() == 1) give();
    return true;
  }

  bool end() {
    open_.pop_back();
    if (open_.size() == 1) give();
    return true;
  }

  void give() {
    if (take_ == nullptr) return;
    (*take_)(member_, root_[member_]);
    root_.erase(member_);
    values_ = 1;
  }

  const std::string& path_;
  std::string_view text_;
  const std::set<size_t>& words_;
  size_t most_values_;
  bool list_;
  const Take* take_;
  json root_;
  std::vector<json*> open_;
  std::string key_, member_;
  size_t strings_ = 0, values_ = 0;
};

json parse(std::span<const uint8_t> bytes, const std::string& path, const JsonBounds& bounds,
           const Builder::Take* take) {
  if (bytes.size() > bounds.bytes) {
    fail("{}: {} bytes of JSON; at most {} can be read", path, bytes.size(), bounds.bytes);
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const QuotedWords quoted = quote_words(text);
  const std::string_view read = quoted.copy.empty() ? text : std::string_view(quoted.copy);
  Builder builder(path, text, quoted.strings, bounds, take);
  json::sax_parse(read.begin(), read.end(), &builder);
  return builder.result();
}

}  // namespace

json read_json(std::span<const uint8_t> text, const std::string& path, const JsonBounds& bounds) {
  return parse(text, path, bounds, nullptr);
}

void read_json_members(std::span<const uint8_t> text, const std::string& path,
                       const JsonBounds& bounds,
                       const std::function<void(const std::string&, const json&)>& take) {
  parse(text, path, bounds, &take);
}

std::string show_json(const json& value) {
  if (value.is_number_float() && !std::isfinite(value.get<double>())) {
    const double number = value;
    return std::isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
  }
  if (value.is_structured() && value.size() > kMostShown) {
    return fmt::format("{} of {} values", value.is_array() ? "a list" : "an object", value.size());
  }
  return shortened(value.dump());
}

}  // namespace fovea::tools
