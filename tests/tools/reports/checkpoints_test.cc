// Reports about checkpoints and their configs.

#include <doctest/doctest.h>

#include <string>

#include "tests/tools/reports/reports.h"

namespace fovea::test {
namespace {

// That the case is right; what was said while converting it.
void check_right(const char* name, const std::string& said = "") {
  const std::string folder = report(name);
  if (folder.empty()) return;
  const std::string heard = check_report(folder);
  CAPTURE(heard);
  CHECK(heard.find(said) != std::string::npos);
}

template <typename... Parts>
void check_refusal_of(const std::string& folder, const Parts&... parts) {
  if (folder.empty()) return;
  const TemporaryFolder work;
  const Outcome outcome = fovea("convert " + folder + " -o " + work.file("m.fovea"));
  for (const std::string& part : {std::string(parts)...}) check_refused(outcome, 1, part);
  CHECK(work.count() == 0);
}

}  // namespace

TEST_CASE("report 01: a head that differs from the embedding it is said to be is used") {
  check_right("01", "lm_head.weight differs from model.embed_tokens.weight");
}

TEST_CASE("report 04a: llama3's original context at the top level of the config") {
  check_right("04a");
}

TEST_CASE("report 04b: llama3 without an original context takes the config's context") {
  check_right("04b");
}

TEST_CASE("report 04c: llama3 without its frequency factors is refused") {
  check_refusal_of(report("04c"), "rope_scaling.low_freq_factor");
}

TEST_CASE("report 04d: linear scaling without a factor is refused") {
  check_refusal_of(report("04d"), "rope_scaling.factor");
}

TEST_CASE("report 05: an empty rope_scaling does not hide rope_parameters") {
  check_right("05");
}

TEST_CASE("report 06a: a llama turns whole heads whatever partial_rotary_factor says") {
  check_right("06a");
}

TEST_CASE("report 06b: the same with the key inside rope_parameters") {
  check_right("06b");
}

TEST_CASE("report 10: angles beyond what sines are right for are refused") {
  check_refusal_of(report("10"), "position 63", "16777216", "--max context=N");
}

TEST_CASE("report 13: Infinity where Python writes it is read") {
  const std::string folder = report("13");
  if (folder.empty()) return;
  const TemporaryFolder work;
  const Outcome outcome = fovea("convert " + folder + " -o " + work.file("m.fovea"));
  CAPTURE(outcome.err);
  CHECK(outcome.code == 0);
  const Outcome inspected = fovea("inspect " + work.file("m.fovea"));
  CHECK(inspected.code == 0);
}

TEST_CASE("report 14: tensors without the base class's prefix") {
  check_right("14");
}

TEST_CASE("report 17: the index decides which of two copies of a tensor is used") {
  check_right("17");
}

}  // namespace fovea::test
