#include "tools/import/text/double_array.h"

#include <algorithm>
#include <utility>

#include "runtime/text/trie.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

constexpr uint32_t kFree = Trie::kLabel;  // the label of a unit that nothing has, and of the root
constexpr uint32_t kMostUnits = 1u << (32 - Trie::kBaseShift);

class Builder {
 public:
  Builder(const std::map<std::string, uint32_t>& ids, const std::string& where)
      : texts_(ids.begin(), ids.end()), where_(where), units_{kFree} {}

  std::vector<uint32_t> build() {
    todo_.push_back({0, 0, texts_.size(), 0});
    while (!todo_.empty()) {
      const Node node = todo_.back();
      todo_.pop_back();
      place(node);
    }
    return std::move(units_);
  }

 private:
  // The texts from `first` to before `last` have `depth` bytes in common.
  struct Node {
    uint32_t unit;
    size_t first, last, depth;
  };

  uint32_t label(size_t text, size_t depth) const {
    const std::string& bytes = texts_[text].first;
    return depth == bytes.size() ? Trie::kEnd : static_cast<unsigned char>(bytes[depth]);
  }

  // Finds units for what goes on after a node. A text that ends there is the first of them.
  void place(const Node& node) {
    std::vector<Node> next;
    std::vector<uint32_t> labels;
    for (size_t i = node.first; i < node.last; ++i) {
      if (labels.empty() || labels.back() != label(i, node.depth)) {
        labels.push_back(label(i, node.depth));
        next.push_back({0, i, i, node.depth + 1});
      }
      next.back().last = i + 1;
    }
    const uint32_t base = find_base(labels);
    units_[node.unit] |= base << Trie::kBaseShift;
    for (size_t i = 0; i < next.size(); ++i) {
      const uint32_t unit = base + labels[i];
      if (labels[i] == Trie::kEnd) {
        units_[node.unit] |= Trie::kEnds;
        units_[unit] = texts_[next[i].first].second << Trie::kBaseShift | Trie::kEnd;
      } else {
        units_[unit] = labels[i];
        next[i].unit = unit;
        todo_.push_back(next[i]);
      }
    }
  }

  bool is_free(uint32_t unit) const {
    return unit >= units_.size() || (unit != 0 && units_[unit] == kFree);
  }

  // A base that no other node has, so that a unit's label says which node it comes after.
  uint32_t find_base(const std::vector<uint32_t>& labels) {
    const uint32_t least = *std::min_element(labels.begin(), labels.end());
    const uint32_t most = *std::max_element(labels.begin(), labels.end());
    uint32_t seen = 0, taken = 0;
    for (uint32_t unit = std::max(search_, least + 1);; ++unit, ++seen) {
      const uint32_t base = unit - least;
      if (base + most >= kMostUnits) fail("{}: has too many pieces", where_);
      if (!is_free(unit)) {
        ++taken;
        continue;
      }
      const auto free = [&](uint32_t label) { return is_free(base + label); };
      if (bases_.size() > base && bases_[base]) continue;
      if (!std::all_of(labels.begin(), labels.end(), free)) continue;
      // Where few units are free, the next search begins behind them.
      if (seen > 64 && taken > seen - seen / 16) search_ = unit;
      if (units_.size() <= base + most) units_.resize(base + most + 1, kFree);
      if (bases_.size() <= base) bases_.resize(base + 1);
      bases_[base] = true;
      return base;
    }
  }

  std::vector<std::pair<std::string, uint32_t>> texts_;
  const std::string& where_;
  std::vector<uint32_t> units_;
  std::vector<bool> bases_;  // those that a node has
  std::vector<Node> todo_;
  uint32_t search_ = 1;
};

}  // namespace

std::vector<uint32_t> double_array(const std::map<std::string, uint32_t>& ids,
                                   const std::string& where) {
  return Builder(ids, where).build();
}

}  // namespace fovea::tools
