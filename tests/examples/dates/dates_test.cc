// The shipped model through the converted file and the public API: what it gets right, and what its
// attention looks at.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "examples/dates/heatmap.h"
#include "examples/dates/translator.h"
#include "tests/examples/dates/bound.h"

namespace dates::test {
namespace {

std::vector<std::pair<std::string, std::string>> read_list(const std::string& name) {
  std::ifstream stream(DATES_FOLDER "/" + name);
  std::vector<std::pair<std::string, std::string>> lines;
  for (std::string line; std::getline(stream, line);) {
    const size_t tab = line.find('\t');
    REQUIRE(tab != std::string::npos);
    lines.emplace_back(line.substr(0, tab), line.substr(tab + 1));
  }
  return lines;
}

double share_right(Translator& translator, const std::string& list) {
  const auto lines = read_list(list);
  REQUIRE(lines.size() >= 100);
  size_t right = 0;
  for (size_t i = 0; i < lines.size(); i += translator.batch()) {
    std::vector<std::string> texts;
    for (size_t j = i; j < std::min(lines.size(), i + translator.batch()); ++j) {
      texts.push_back(lines[j].first);
    }
    const auto results = translator.translate(texts);
    for (size_t j = 0; j < results.size(); ++j) right += results[j] == lines[i + j].second;
  }
  return static_cast<double>(right) / static_cast<double>(lines.size());
}

TEST_CASE("exact match on days that training never saw") {
  Bound bound;
  Translator translator(bound.model, bound.session);
  CHECK(read_list("test.tsv").size() >= 2000);
  CHECK(share_right(translator, "test.tsv") >= 0.99);
  CHECK(share_right(translator, "handwritten.tsv") >= 0.97);
}

TEST_CASE("exact match with weights of int8") {
  Bound bound(DATES_INT8);
  Translator translator(bound.model, bound.session);
  CHECK(share_right(translator, "test.tsv") >= 0.995);
  CHECK(share_right(translator, "handwritten.tsv") >= 0.97);
}

TEST_CASE("exact match with weights of int4") {
  Bound bound(DATES_INT4);
  Translator translator(bound.model, bound.session);
  CHECK(share_right(translator, "test.tsv") >= 0.985);
  CHECK(share_right(translator, "handwritten.tsv") >= 0.95);
}

TEST_CASE("cross-attention sums to one over the source, and reorders it") {
  Bound bound;
  Translator translator(bound.model, bound.session);
  Look look;
  CHECK(translator.translate({"3 March 2021"}, &look)[0] == "2021-03-03");
  REQUIRE(look.rows.size() == 10);
  for (const auto& row : look.rows) {
    REQUIRE(row.size() == 12);
    CHECK(std::fabs(std::accumulate(row.begin(), row.end(), 0.0) - 1.0) < 1e-5);
  }
  // The last character of the day, the first of the source, is looked at by the last row.
  const auto& last = look.rows.back();
  CHECK(std::max_element(last.begin(), last.end()) - last.begin() <= 1);
}

TEST_CASE("the picture has a line a row, with and without colour") {
  const std::vector<std::vector<float>> rows = {{0.0f, 1.0f}, {0.5f, 0.25f}};
  const std::string plain = heatmap({"a", "b"}, {"x", "y"}, rows, false);
  CHECK(plain == "    a b \n  x   @@\n  y ##++\n");
  CHECK(heatmap({"a", "b"}, {"x", "y"}, rows, true).find("\x1b[48;5;226m") != std::string::npos);
}

}  // namespace
}  // namespace dates::test
