// What commands read: pipes, standard input, files that vanish while they are read.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "tests/tools/commands/converted_digits.h"
#include "tests/tools/program.h"

namespace fovea::test {

TEST_CASE("standard input and pipes are read") {
  const ConvertedDigits model;
  const std::string wanted = fovea("inspect " + model.path).out;
  const std::string rest = wanted.substr(wanted.find(':'));  // after the file's name
  for (const std::string& way :
       {"$FOVEA inspect - < " + model.path, "cat " + model.path + " | $FOVEA inspect -",
        "cat " + model.path + " | $FOVEA inspect /dev/stdin"}) {
    const Outcome outcome = shell(way);
    CHECK_MESSAGE(outcome.code == 0, outcome.err);
    CHECK(outcome.out.substr(outcome.out.find(':')) == rest);
  }
  CHECK(shell("$FOVEA inspect - < " + model.path).out.rfind("standard input: ", 0) == 0);
  CHECK(shell("$FOVEA verify - < " + model.path).code == 0);
  CHECK(shell("$FOVEA inspect - --fit ram=1M < " + model.path).code == 0);
  CHECK(shell("cat " + model.path + " | $FOVEA plan - -o - | cmp - " + model.path).code == 0);
  const std::string pipe = model.file("pipe");
  CHECK(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(shell("cat " + model.path + " > " + pipe + " & $FOVEA verify " + pipe).code == 0);
  CHECK(shell("$FOVEA firmware - -o " + model.file("out") + " < " + model.path).code == 2);
}

TEST_CASE("an empty file is called empty") {
  const TemporaryFolder folder;
  write_bytes(folder.file("empty"), "");
  for (const std::string command : {"inspect ", "verify ", "bench ", "generate "}) {
    check_refused(fovea(command + folder.file("empty")), 1, "is empty");
    check_refused(fovea(command + "-"), 1, "standard input: is empty");
  }
  check_refused(fovea("convert " + folder.file("empty") + " -o " + folder.file("x")), 1,
                "is empty");
}

TEST_CASE("a pipe that nobody writes to is refused, not waited for") {
  const TemporaryFolder folder;
  const std::string pipe = folder.file("pipe");
  CHECK(mkfifo(pipe.c_str(), 0600) == 0);
  check_refused(fovea("inspect " + pipe), 1, "nobody writes");
}

TEST_CASE("a device is no input") {
  check_refused(fovea("inspect /dev/zero"), 1, "not a regular file");
}

TEST_CASE("a model that is cut short while it is read gives one line and exit code 1") {
  const ConvertedDigits model;
  const std::string pipe = model.file("pipe");
  CHECK(mkfifo(pipe.c_str(), 0600) == 0);
  const int writer = open(pipe.c_str(), O_RDWR | O_CLOEXEC);  // does not wait for a reader
  // The trace is read after the model was opened.
  Running verify("verify " + model.path + " --trace " + pipe + " --write-trace " +
                 model.file("trace"));
  REQUIRE(wait_until([&] { return verify.has_mapped(model.path); }));
  CHECK(truncate(model.path.c_str(), 4096) == 0);
  feed_pipe(writer, "forward 0 Patches 00000000\n");
  CHECK(verify.wait() == 1);
  const std::string err = verify.err();
  CHECK_MESSAGE(err.find("digits.fovea: was cut short") != std::string::npos, err);
  CHECK(std::count(err.begin(), err.end(), '\n') == 1);
  CHECK(model.count() == 2);
}

}  // namespace fovea::test
