// What `fovea bench` says of a run: its figures fit each other.

#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/tools/tiny_folder.h"

namespace fovea::test {
namespace {

using Json = nlohmann::json;

Json bench(const TinyFolder& model, const std::string& options) {
  const Outcome outcome = fovea("bench " + model.path + " --seconds 0.02 --json " + options);
  check_done(outcome);
  return Json::parse(outcome.out);
}

double number(const Json& json, const char* name) {
  return json.at(name).get<double>();
}

void check_rate(const Json& json, const std::string& rate, double amount) {
  const double seconds = json.at("microseconds").at("median").get<double>() / 1e6;
  const Json& limit = json.at(rate + "_limit");
  CHECK(number(json, rate.c_str()) == doctest::Approx(amount / seconds));
  CHECK(number(json, (rate + "_share").c_str()) ==
        doctest::Approx(amount / seconds / number(limit, "median")));
  for (const Json& spread : {limit, json.at("microseconds")}) {
    CHECK(number(spread, "p10") <= number(spread, "median"));
    CHECK(number(spread, "median") <= number(spread, "p90"));
  }
}

// What stands behind `name` on its line.
std::string line_of(const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("  " + name + "  ")) return line;
  }
  return "";
}

}  // namespace

TEST_CASE("bench's rates are the work of a run by its time, and shares of the limits") {
  const TinyFolder model;
  const Json json = bench(model, "--method forward --set tokens=4 --set batch=2 --threads 2");
  check_rate(json, "gflops", number(json, "gflop_per_run"));
  check_rate(json, "gbs", number(json, "megabytes_per_run") / 1e3);
  CHECK(json.at("samples_taken") >= 1);
  CHECK(json.at("samples") <= json.at("samples_taken"));
  CHECK(json.at("threads") == 2);
  CHECK(json.at("position") == 0);
  CHECK(json.at("dims").at("batch") == 2);
  CHECK(!json.contains("operators"));
  CHECK(json.at("file") == model.path);
  CHECK(bench(model, "--method forward --row portable").at("row") == "portable");
}

TEST_CASE("bench's operators have the work of the run together, and shares of its time") {
  const TinyFolder model;
  const Json json = bench(model, "--method forward --set tokens=4 --profile");
  double gflop = 0, megabytes = 0, share = 0, time = 0;
  for (const Json& line : json.at("operators")) {
    gflop += number(line, "gflop");
    megabytes += number(line, "megabytes");
    share += number(line, "share");
    time += number(line, "microseconds");
  }
  CHECK(gflop == doctest::Approx(number(json, "gflop_per_run")));
  // A weight that two operators read is read once by the run.
  CHECK(megabytes >= number(json, "megabytes_per_run"));
  CHECK(megabytes < 1.1 * number(json, "megabytes_per_run"));
  CHECK(share == doctest::Approx(1));
  for (const Json& line : json.at("operators")) {
    CHECK(number(line, "share") == doctest::Approx(number(line, "microseconds") / time));
  }
  CHECK(json.at("operators").back().at("output") == "logits");
}

TEST_CASE("bench measures a run behind as many tokens as were asked for") {
  const TinyFolder model;
  const std::string options = "--method forward --set tokens=2 --set batch=2 --position ";
  const double first = number(bench(model, options + "0"), "gflop_per_run");
  double last = first, step = 0;
  // Each of two queries meets a key more, of every token that was there before.
  for (const char* position : {"1", "2", "9"}) {
    const Json json = bench(model, options + position);
    CHECK(std::to_string(json.at("position").get<int>()) == position);
    const double more = number(json, "gflop_per_run") - last;
    if (step == 0) step = more;
    CHECK(more == doctest::Approx(step * (position[0] == '9' ? 7 : 1)));
    last += more;
  }
  CHECK(step > 0);
  const Outcome text = fovea("bench " + model.path + " --seconds 0.02 " + options + "9");
  check_done(text);
  CHECK(contains(text.out, "from position 9"));
}

TEST_CASE("bench's table has a line for each kind, with its count, and one for each operator") {
  const TinyFolder model;
  std::map<std::string, int> kinds;
  const Json json = bench(model, "--method forward --profile");
  for (const Json& line : json.at("operators")) ++kinds[line.at("kind").get<std::string>()];
  const Outcome outcome =
      fovea("bench " + model.path + " --seconds 0.02 --profile --threads 2 --method forward");
  check_done(outcome);
  CHECK(contains(outcome.out, ", 2 threads\n"));
  CHECK(contains(line_of(outcome.out, "time"), " us (80 % within "));
  CHECK(contains(line_of(outcome.out, "arithmetic"), "GFLOP/s, "));
  CHECK(contains(line_of(outcome.out, "reading"), "GB/s, "));
  const std::string table = outcome.out.substr(outcome.out.find("count  kind"));
  const std::string sums = table.substr(0, table.find("\n\n"));
  for (const auto& [kind, count] : kinds) {
    CHECK_MESSAGE(contains(sums, " " + std::to_string(count) + "  " + kind + " "), sums);
  }
  const size_t all = json.at("operators").size();
  CHECK(
      contains(table, "\n" + std::string(all > 10 ? 8 : 9, ' ') + std::to_string(all - 1) + "  "));
}

}  // namespace fovea::test
