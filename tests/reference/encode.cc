#include "tests/reference/encode.h"

#include <cstddef>
#include <cstdio>
#include <map>

namespace fovea::reference {
namespace {

class Encoding {
 public:
  explicit Encoding(const Vocabulary& vocabulary) : v_(vocabulary) {
    for (size_t i = 0; i < v_.pieces.size(); ++i) ids_[v_.pieces[i]] = static_cast<int32_t>(i);
  }

  std::vector<int32_t> encode(const std::string& text) {
    if (text.empty()) return {};
    if (find(" ") >= 0) symbols_.push_back(find(" "));
    bool after_unknown = false;
    for (const std::string& point : points(text)) {
      const std::vector<int32_t> ids = spell(point);
      if (!ids.empty()) symbols_.insert(symbols_.end(), ids.begin(), ids.end());
      if (ids.empty() && v_.unknown < 0) return {};
      if (ids.empty() && !after_unknown) symbols_.push_back(v_.unknown);
      after_unknown = ids.empty();
    }
    while (merge()) {
    }
    return symbols_;
  }

 private:
  int32_t find(const std::string& piece) const {
    const auto found = ids_.find(piece);
    return found == ids_.end() ? -1 : found->second;
  }

  // A byte and up to three bytes 10xxxxxx that follow.
  static std::vector<std::string> points(const std::string& text) {
    std::vector<std::string> result;
    for (const char c : text) {
      const bool more = (static_cast<unsigned char>(c) >> 6) == 2;
      if (more && !result.empty() && result.back().size() < 4) {
        result.back() += c;
      } else {
        result.emplace_back(1, c);
      }
    }
    return result;
  }

  // Its piece, or the pieces of all its bytes, or nothing.
  std::vector<int32_t> spell(const std::string& point) const {
    if (find(point) >= 0) return {find(point)};
    std::vector<int32_t> ids;
    for (const char c : point) {
      char name[8];
      std::snprintf(name, sizeof name, "<0x%02X>", static_cast<unsigned char>(c));
      if (find(name) < 0) return {};
      ids.push_back(find(name));
    }
    return ids;
  }

  bool merge() {
    size_t best = symbols_.size();
    int32_t made = -1;
    for (size_t i = 0; i + 1 < symbols_.size(); ++i) {
      if (symbols_[i] == v_.unknown || symbols_[i + 1] == v_.unknown) continue;
      const int32_t id = find(piece(symbols_[i]) + piece(symbols_[i + 1]));
      const float least = made < 0 ? -1e10f : v_.scores[static_cast<size_t>(made)];
      if (id < 0 || !(v_.scores[static_cast<size_t>(id)] > least)) continue;
      best = i;
      made = id;
    }
    if (made < 0) return false;
    symbols_[best] = made;
    symbols_.erase(symbols_.begin() + static_cast<ptrdiff_t>(best) + 1);
    return true;
  }

  const std::string& piece(int32_t id) const { return v_.pieces[static_cast<size_t>(id)]; }

  const Vocabulary& v_;
  std::map<std::string, int32_t> ids_;
  std::vector<int32_t> symbols_;
};

}  // namespace

std::vector<int32_t> encode_merges(const Vocabulary& vocabulary, const std::string& text) {
  return Encoding(vocabulary).encode(text);
}

}  // namespace fovea::reference
