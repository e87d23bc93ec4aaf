#include "tools/common/suggest.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace fovea::tools {
namespace {

// Letters to insert, remove or replace, and neighbours to swap, to make one word of the other.
size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  std::iota(d[0].begin(), d[0].end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t other = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + other});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string suggestion(const std::string& word, const std::vector<std::string>& names) {
  constexpr size_t kLongest = 64;  // of any name here
  if (word.size() > kLongest) return "";
  std::pair<size_t, std::string> best = {word.size() / 3 + 2, ""};
  for (const std::string& name : names) best = std::min(best, {distance(word, name), name});
  return best.second.empty() ? "" : ": did you mean '" + best.second + "'?";
}

}  // namespace fovea::tools
