// Letters in any order are written in alphabetical order by cross-attention. An aligner that never
// goes back can take no more letters than the longest run of them that already is in order.

#include <algorithm>

#include "examples/principles/principles.h"
#include "examples/principles/random.h"

namespace principles {
namespace {

constexpr int32_t kBegin = 0, kEnd = 1, kFirstLetter = 2;
constexpr uint32_t kLetters = 16;
constexpr int kSources = 50;
using Letters = std::vector<int32_t>;

struct Written {
  Letters letters;
  std::vector<std::vector<float>> looks;  // of each letter over the source
};

Written sort(const Net& net, Letters source) {
  must(net.session().reset());
  source.push_back(kEnd);
  const fovea::Method encode = net.method("encode"), decode = net.method("decode");
  must(encode.set_list("source", source.data(), source.size()));
  must(encode.run());
  Written written;
  for (int32_t token = kBegin; written.letters.size() <= kLetters;) {
    token = must(decode.next(&token, 1));
    if (token == kEnd) break;
    written.letters.push_back(token);
    const float* look = net.weights("decode", "cross_attention.0.weights").row(0);
    written.looks.emplace_back(look, look + kLetters);
  }
  return written;
}

// The most weight that a path takes which never goes back: one source letter for each letter
// written.
double best_monotonic(const std::vector<std::vector<float>>& looks) {
  std::vector<double> best(kLetters);  // of paths that end at this letter or before
  for (const auto& look : looks) {
    for (uint32_t s = 0; s < kLetters; ++s) best[s] += look[s];
    for (uint32_t s = 1; s < kLetters; ++s) best[s] = std::max(best[s], best[s - 1]);
  }
  return best.back();
}

// By patience sorting.
size_t longest_ascending(const Letters& letters) {
  Letters tops;
  for (int32_t letter : letters) {
    const auto top = std::lower_bound(tops.begin(), tops.end(), letter);
    top == tops.end() ? tops.push_back(letter) : void(*top = letter);
  }
  return tops.size();
}

// Of all letters of some sources.
struct Score {
  size_t letters = 0, right = 0, ascending = 0;
  double attended = 0, monotonic = 0;
};

void add(const Net& net, const Letters& source, Score& score) {
  const Written written = sort(net, source);
  Letters sorted = source;
  std::sort(sorted.begin(), sorted.end());
  score.letters += sorted.size();
  for (size_t i = 0; i < std::min(sorted.size(), written.letters.size()); ++i) {
    score.right += sorted[i] == written.letters[i];
  }
  for (const auto& look : written.looks)
    score.attended += *std::max_element(look.begin(), look.end());
  score.monotonic += best_monotonic(written.looks);
  score.ascending += longest_ascending(source);
}

Letters any(Random& random) {
  Letters result;
  for (uint32_t letter : random.order(26)) {
    result.push_back(kFirstLetter + static_cast<int32_t>(letter));
  }
  result.resize(kLetters);
  return result;
}

}  // namespace

void reorder(const Place& place, Report& report) {
  const Net net(place, "reorder_sort");
  Random random(1);
  Score any_order, backwards;
  for (int i = 0; i < kSources; ++i) {
    Letters source = any(random);
    add(net, source, any_order);
    std::sort(source.rbegin(), source.rend());
    add(net, source, backwards);
  }
  const auto ascending = static_cast<double>(any_order.ascending);
  report.count("letters right, sources in any order", any_order.right, any_order.letters,
               any_order.letters);
  report.near("weight on the letters taken", any_order.attended,
              static_cast<double>(any_order.letters), 0);
  report.near("weight on the best monotonic path", any_order.monotonic, ascending, 0);
  report.count("letters right, sources backwards", backwards.right, backwards.letters,
               backwards.letters);
  report.near("weight on the best monotonic path, backwards", backwards.monotonic, kSources, 0);
}

}  // namespace principles
