// `fovea convert --dropout` and `fovea run --passes`.

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "fovea/fovea.h"
#include "tests/tools/program.h"
#include "tools/common/npy.h"

namespace fovea::test {
namespace {

std::string npy_of(const std::vector<int32_t>& values) {
  const auto* data = reinterpret_cast<const uint8_t*>(values.data());
  const std::vector<uint64_t> shape = {values.size()};
  const std::vector<uint8_t> bytes =
      tools::npy_bytes(FOVEA_INT32, shape, {data, values.size() * sizeof(int32_t)});
  return {bytes.begin(), bytes.end()};
}

struct Dropping : TemporaryFolder {
  Dropping() {
    REQUIRE(fovea("convert --quiet examples/dates -o " + path + " --dropout 0.3").code == 0);
    REQUIRE(fovea("convert --quiet examples/dates -o " + plain).code == 0);
    write_bytes(file("source.npy"), npy_of({20, 21, 22, 5}));
    write_bytes(file("tokens.npy"), npy_of({1, 5, 6}));
  }

  // Both methods, each with more options.
  std::string run(const std::string& model, const std::string& more = "",
                  const std::string& for_all = "") const {
    return "run " + model + " --output-dir " + file("out") + for_all +
           " --method encode --input source=" + file("source.npy") + more +
           " --method decode --input tokens=" + file("tokens.npy") + more;
  }
  std::vector<float> output(const std::string& name) const {
    const tools::Npy array = tools::read_npy(file("out/" + name));
    std::vector<float> numbers(array.data.size() / sizeof(float));
    std::memcpy(numbers.data(), array.data.data(), array.data.size());
    return numbers;
  }
  std::vector<float> logits_of(const std::string& arguments) const {
    const Outcome outcome = fovea(arguments);
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    return output("decode.logits.npy");
  }

  std::string path = file("dropping.fovea"), plain = file("plain.fovea");
};

}  // namespace

TEST_CASE("without a pass nothing is dropped") {
  const Dropping d;
  const std::vector<float> expected = d.logits_of(d.run(d.plain));
  CHECK(d.logits_of(d.run(d.path)) == expected);
  const std::string prompt = " --prompt '14 July 1789'";
  CHECK(fovea("generate " + d.path + prompt).out == fovea("generate " + d.plain + prompt).out);
  CHECK(fovea("verify " + d.path).code == 0);
}

TEST_CASE("passes give mean and spread of what each pass gives by itself") {
  const Dropping d;
  constexpr int kPasses = 6;
  std::vector<double> sum, squares;
  for (int32_t pass = 0; pass < kPasses; ++pass) {
    write_bytes(d.file("dropout.npy"), npy_of({9, pass}));
    const std::vector<float> y =
        d.logits_of(d.run(d.path, " --input dropout=" + d.file("dropout.npy")));
    sum.resize(y.size());
    squares.resize(y.size());
    for (size_t i = 0; i < y.size(); ++i) {
      sum[i] += double{y[i]};
      squares[i] += double{y[i]} * double{y[i]};
    }
  }
  const Outcome outcome = fovea(d.run(d.path, "", " --passes 6 --seed 9"));
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  CHECK(outcome.err.find("decode.logits.spread.npy: float32 [3, 15]") != std::string::npos);
  const std::vector<float> mean = d.output("decode.logits.mean.npy");
  const std::vector<float> spread = d.output("decode.logits.spread.npy");
  REQUIRE(mean.size() == sum.size());
  for (size_t i = 0; i < sum.size(); ++i) {
    const double middle = sum[i] / kPasses;
    CHECK(double{mean[i]} == doctest::Approx(middle).epsilon(1e-5));
    CHECK(double{spread[i]} ==
          doctest::Approx(std::sqrt(squares[i] / kPasses - middle * middle)).epsilon(1e-4));
    CHECK(spread[i] > 0);
  }
  CHECK(fovea(d.run(d.path, "", " --passes 6 --seed 10")).code == 0);
  CHECK(d.output("decode.logits.mean.npy") != mean);
  CHECK(fovea(d.run(d.path, "", " --passes 6 --seed 9 --threads 3")).code == 0);
  CHECK(d.output("decode.logits.mean.npy") == mean);
}

TEST_CASE("what is no probability, and passes that would drop nothing, are refused") {
  const Dropping d;
  for (const char* p : {"0", "1", "-0.1", "nan", "inf", "1e-60", "0.99999999", "0.1x", "x", "''"}) {
    CAPTURE(p);
    check_refused(fovea("convert examples/dates -o " + d.file("no.fovea") + " --dropout " + p), 2,
                  "a probability is a number above 0 and below 1");
  }
  check_refused(fovea(d.run(d.plain, "", " --passes 3")), 1, "convert with --dropout P");
  check_refused(fovea(d.run(d.path, "", " --passes 0")), 2, "--passes");
  check_refused(fovea(d.run(d.path, "", " --seed 3")), 2, "--passes");
  write_bytes(d.file("dropout.npy"), npy_of({9, 0}));
  check_refused(fovea(d.run(d.path, " --input dropout=" + d.file("dropout.npy"), " --passes 3")), 2,
                "leave out one of the two");
}

}  // namespace fovea::test
