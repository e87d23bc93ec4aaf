// `fovea run` with several methods in one session, and with numbers of other types.

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include "tests/tools/commands/stored_zip.h"
#include "tests/tools/program.h"
#include "tools/common/npy.h"

namespace fovea::test {
namespace {

// A .npy file with elements of any type.
template <typename T>
std::string npy(const std::string& descr, const std::string& shape, const std::vector<T>& values) {
  std::string text = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + "}\n";
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(text.size());
  bytes += '\0';
  return bytes + text +
         std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

struct Dates : TemporaryFolder {
  Dates() {
    REQUIRE(fovea("convert --quiet examples/dates -o " + path).code == 0);
    write_bytes(file("source.npy"), npy<int64_t>("<i8", "(3,)", {20, 21, 22}));
    write_bytes(file("first.npy"), npy<int32_t>("<i4", "(1,)", {1}));
    write_bytes(file("second.npy"), npy<uint8_t>("|u1", "(2,)", {5, 6}));
  }
  std::string run(const std::string& rest) const {
    return "run " + path + " --output-dir " + file("out") + rest;
  }
  std::string encode() const { return " --method encode --input source=" + file("source.npy"); }
  std::string decode(const std::string& name) const {
    return " --method decode --input tokens=" + file(name);
  }
  std::vector<uint8_t> output(const std::string& name) const {
    return tools::read_npy(file("out/" + name)).data;
  }
  std::string path = file("dates.fovea");
};

}  // namespace

TEST_CASE("several methods run in one session") {
  const Dates dates;
  const Outcome both =
      fovea(dates.run(dates.encode() + dates.decode("first.npy") + dates.decode("second.npy")));
  CHECK_MESSAGE(both.code == 0, both.err);
  CHECK(!contains(both.err, "warning"));
  const auto first = dates.output("decode.logits.npy");
  const auto second = dates.output("decode_2.logits.npy");
  CHECK(first.size() == 15 * 4);
  CHECK(second.size() == 2 * 15 * 4);

  // Three tokens at once give the same bits.
  write_bytes(dates.file("all.npy"), npy<int16_t>("<i2", "(3,)", {1, 5, 6}));
  CHECK(fovea(dates.run(dates.encode() + dates.decode("all.npy"))).code == 0);
  std::vector<uint8_t> all = first;
  all.insert(all.end(), second.begin(), second.end());
  CHECK(dates.output("decode.logits.npy") == all);

  // An encoder's memory matters.
  const Outcome alone = fovea(dates.run(dates.decode("first.npy")));
  CHECK(alone.code == 0);
  CHECK_MESSAGE(contains(alone.err, "warning: 'decode' reads the cache 'cross'"), alone.err);
  CHECK(contains(alone.err, "run encode before it"));
  CHECK(dates.output("logits.npy") != first);
}

TEST_CASE("options before the first method belong to it, those after a method to that one") {
  const Dates dates;
  const std::string source = " --input source=" + dates.file("source.npy");
  CHECK(fovea(dates.run(source + " --method encode" + dates.decode("first.npy"))).code == 0);
  check_refused(fovea(dates.run(source + dates.encode())), 2, "--input source is given twice");
  check_refused(fovea(dates.run(" --method encode" + dates.decode("first.npy") + source)), 1,
                "input 'source' of 'encode' is missing");
  check_refused(fovea(dates.run(" --method encode --input text=" + dates.file("source.npy"))), 1,
                "method 'encode' has no input 'text', only: source int32 [source_tokens]");
  check_refused(fovea(dates.run(dates.encode() + " --set tokens=3 --set batch=2")), 1, "no dim");
  check_refused(fovea(dates.run(dates.encode() + " --set source_tokens=2")), 1, "is 2 by --set");
  CHECK(fovea("run --input source=" + dates.file("source.npy") + " --method encode " + dates.path +
              " --output-dir " + dates.file("out"))
            .code == 0);
}

TEST_CASE("one text is generated alike by a model of a batch") {
  const Dates dates;
  const std::string batch = dates.file("batch.fovea"), prompt = " --prompt '3 March 2021'";
  CHECK(fovea("convert --quiet --max batch=3 examples/dates -o " + batch).code == 0);
  const Outcome one = fovea("generate " + dates.path + prompt);
  CHECK(contains(one.out, "2021-03-03"));
  const Outcome of_three = fovea("generate " + batch + prompt);
  CHECK_MESSAGE(of_three.out == one.out, of_three.err);
}

TEST_CASE("a value that does not convert is named, and nothing is written") {
  const Dates dates;
  write_bytes(dates.file("half.npy"), npy<double>("<f8", "(3,)", {1, 2, 2.5}));
  const size_t files = dates.count();
  check_refused(fovea(dates.run(dates.encode() +
                                " --method decode --input tokens=" + dates.file("half.npy"))),
                1, "is float64, input 'tokens' is int32: its element [2], 2.5, has no exact");
  CHECK(dates.count() == files);
}

TEST_CASE("an output is never one of the inputs") {
  const Dates dates;
  const std::string both = dates.encode() + " --method decode --input tokens=";
  CHECK(fovea(dates.run(dates.encode() + dates.decode("first.npy"))).code == 0);
  const std::string before = read_bytes(dates.file("out/decode.logits.npy"));
  write_bytes(dates.file("out/decode.logits.npy"), read_bytes(dates.file("first.npy")));
  check_refused(fovea(dates.run(both + dates.file("out/decode.logits.npy"))), 1, "is the input");
  CHECK(read_bytes(dates.file("out/decode.logits.npy")) == read_bytes(dates.file("first.npy")));
}

TEST_CASE("arrays of an archive, and standard input") {
  const Dates dates;
  const std::string zip = dates.file("inputs.npz"), two = dates.file("two.npz");
  // The same arrays as above.
  StoredZip archive;
  archive.add("source.npy", read_bytes(dates.file("source.npy")));
  write_bytes(zip, archive.bytes());
  archive.add("tokens.npy", read_bytes(dates.file("first.npy")));
  write_bytes(two, archive.bytes());

  CHECK(fovea(dates.run(dates.encode() + dates.decode("first.npy"))).code == 0);
  const auto wanted = dates.output("decode.logits.npy");
  const std::string tokens = " --method decode --input tokens=" + two;
  for (const std::string& source :
       {" --method encode --input source=" + zip,
        " --method encode --input source=" + zip + ":source", " --method encode --inputs " + zip,
        " --method encode --input source=" + two}) {
    CAPTURE(source);
    CHECK(shell("rm -rf " + dates.file("out")).code == 0);
    const Outcome outcome = fovea(dates.run(source + tokens));
    CHECK_MESSAGE(outcome.code == 0, outcome.err);
    CHECK(dates.output("decode.logits.npy") == wanted);
  }
  check_refused(fovea(dates.run(" --method encode --input source=" + two + ":nosuch")), 1,
                "no array 'nosuch', only: source, tokens");
  check_refused(fovea(dates.run(" --method encode --inputs " + two)), 1, "no input 'tokens'");
  CHECK(shell("$FOVEA " + dates.run(" --method encode --input source=-") + " < " +
              dates.file("source.npy"))
            .code == 0);
}

}  // namespace fovea::test
