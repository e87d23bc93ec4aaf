// What formats of weights cost, word by word.

#include "tools/commands/show_packing.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/tools/measure/signal_of.h"
#include "tools/common/error.h"

namespace fovea::test {
namespace {

using tools::PackedWeight;
using tools::Packing;
using tools::Signal;
using Json = nlohmann::ordered_json;

// A language model's, of three weights; with `tokens` none, an encoder's.
Packing packing_of(uint64_t tokens) {
  Packing packing = {};
  packing.samples = 1234;
  packing.exact_bytes = 4000;
  packing.bytes = 1500;
  packing.quality.outputs = {{"forward.logits", signal_of({3, 4}, {3, 3})},
                             {"forward.same", signal_of({1}, {1})}};
  packing.quality.all = signal_of({3, 4, 1}, {3, 3, 1});
  packing.quality.tokens = tokens;
  packing.quality.exact_loss = 30;
  packing.quality.loss = 32.5;
  packing.quality.rows = tokens == 0 ? 0 : 1100;
  packing.quality.agreeing = 1001;
  packing.weights = {
      {0, "first", "a<b>.weight", "int4", 1000, 140, signal_of({3, 4}, {3, 3}), 0.5},
      {1, "second", "b.weight", "int8", 500, 126, signal_of({1}, {1}), 0.25},
      {2, "third", "c.weight", "f16", 2000, 1000, {}, -0.125},
      {3, "fourth", "d.weight", "f16", 100, 50, {}, 1},
  };
  return packing;
}

const std::string kTables = R"(
  output             dB  largest error    cosine
  forward.logits   14.0              1  0.989949
  forward.same    exact              0  1.000000

  weight  format  f32 bytes  bytes     dB  largest error    cosine  cost alone
  first   int4        1,000    140   14.0              1  0.989949        +0.5
  second  int8          500    126  exact              0  1.000000       +0.25
  third   f16         2,000  1,000                                       -0.12
  fourth  f16           100     50                                          +1
)";
// By what a byte more is worth: 1 for 50 of them, 0.5 for 109, 0.25 for 125.
const std::string kAdvice = R"(
worth keeping first, by cost for each byte more:
  --keep 'd.weight=f32'
  --keep 'a<b>.weight=int8'
  --keep 'b.weight=f16'
)";

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("a report's text has what it costs in all, by output and by weight, and advice") {
  CHECK(tools::packing_text(packing_of(10)) == R"(samples: 1,234
                             f32            packed
  bytes                    4,000             1,500
  mean loss of 10 tokens  3.0000  3.2500 (+0.2500)
  same likeliest label     1,100   1,001 (91.00 %)
)" + kTables + kAdvice);
  CHECK(tools::packing_text(packing_of(0)) == R"(samples: 1,234
                     f32  packed
  bytes            4,000   1,500
  noise by energy      0  0.0385
)" + kTables + kAdvice);
  Packing kept = packing_of(0);
  for (PackedWeight& weight : kept.weights) weight.cost = 0;
  CHECK(tools::packing_text(kept).find("worth keeping") == std::string::npos);
}

TEST_CASE("of the same cost the format that is nearer to int8 is worth more for each byte") {
  Packing packing = packing_of(0);
  packing.weights = {{0, "first", "a.weight", "int4", 1000, 140, {}, 0.5},
                     {1, "second", "b.weight", "uint4", 1000, 156, {}, 0.5}};
  CHECK(tools::packing_text(packing).find("  --keep 'b.weight=int8'\n  --keep 'a.weight=int8'\n") !=
        std::string::npos);
}

TEST_CASE("a report's JSON has the same numbers") {
  const Json json = tools::packing_json(packing_of(10));
  CHECK(json.at("samples") == 1234);
  CHECK(json.at("bytes") == Json({{"f32", 4000}, {"packed", 1500}}));
  CHECK(json.at("cost") == 0.25);
  CHECK(json.at("loss") == Json({{"tokens", 10}, {"f32", 3.0}, {"packed", 3.25}}));
  CHECK(json.at("agreement") == Json({{"rows", 1100}, {"same", 1001}}));
  REQUIRE(json.at("outputs").size() == 2);
  CHECK(
      json.at("outputs")[1] ==
      Json({{"name", "forward.same"}, {"decibels", {}}, {"largest_error", 0.0}, {"cosine", 1.0}}));
  REQUIRE(json.at("weights").size() == 4);
  const Json& first = json.at("weights")[0];
  CHECK(first.at("name") == "first");
  CHECK(first.at("tensor") == "a<b>.weight");
  CHECK(first.at("format") == "int4");
  CHECK(first.at("bytes") == Json({{"f32", 1000}, {"packed", 140}}));
  CHECK(first.at("decibels").get<double>() == doctest::Approx(13.9794));
  CHECK(first.at("largest_error") == 1.0);
  CHECK(first.at("cosine").get<double>() == doctest::Approx(0.98995));
  CHECK(first.at("cost") == 0.5);
  CHECK(json.at("keep") == Json({"d.weight=f32", "a<b>.weight=int8", "b.weight=f16"}));
  const Json other = tools::packing_json(packing_of(0));
  CHECK(!other.contains("loss"));
  CHECK(!other.contains("agreement"));
  CHECK(other.at("cost").get<double>() == doctest::Approx(1.0 / 26));
}

TEST_CASE("a report's page has the same cells, and names that are no tags") {
  const std::string page = tools::packing_html(packing_of(10), "m & \"n\"");
  CHECK(count(page, "m &amp; &quot;n&quot;</") == 2);  // title and heading
  CHECK(page.find("Samples: 1,234. ") != std::string::npos);
  for (const char* row :
       {"<tr><th></th><th>f32</th><th>packed</th></tr>",
        "<tr><td>mean loss of 10 tokens</td><td>3.0000</td><td>3.2500 (+0.2500)</td></tr>",
        "<tr><th>output</th><th>dB</th><th>largest error</th><th>cosine</th></tr>",
        "<tr><td>forward.logits</td><td>14.0</td><td>1</td><td>0.989949</td></tr>",
        "<tr><td>fourth</td><td>f16</td><td>100</td><td>50</td><td></td><td></td><td></td>"
        "<td>+1</td></tr>",
        "<h2>Worth keeping first</h2>\n<pre>--keep 'd.weight=f32'\n"
        "--keep 'a&lt;b&gt;.weight=int8'\n"}) {
    CHECK_MESSAGE(page.find(row) != std::string::npos, row);
  }
  CHECK(count(page, "<tr>") == 4 + 3 + 5);
  Packing kept = packing_of(0);
  kept.weights.clear();
  CHECK(tools::packing_html(kept, "m").find("Worth keeping") == std::string::npos);
}

TEST_CASE("a report is written as its name ends, and to no other") {
  const TemporaryFolder folder;
  const Packing packing = packing_of(10);
  tools::write_report(packing, folder.file("r.json"), "t");
  tools::write_report(packing, folder.file("r.html"), "t");
  CHECK(Json::parse(read_bytes(folder.file("r.json"))) == tools::packing_json(packing));
  CHECK(read_bytes(folder.file("r.html")) == tools::packing_html(packing, "t"));
  tools::check_report_name("a.json");
  tools::check_report_name("a.html");
  CHECK_THROWS_AS(tools::check_report_name("json"), tools::UsageError);
}

}  // namespace fovea::test
