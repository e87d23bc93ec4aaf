// Where commands write: what is there stays what it is, and what is read is not overwritten.

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <string>

#include "tests/tools/commands/converted_digits.h"
#include "tests/tools/program.h"

namespace fovea::test {
namespace {

const std::string kDigits = "examples/digits";

struct stat status_of(const std::string& path) {
  struct stat status {};
  CHECK(lstat(path.c_str(), &status) == 0);
  return status;
}

}  // namespace

TEST_CASE("a regular file is replaced and keeps its mode and owner") {
  const ConvertedDigits model;
  const std::string target = model.file("target");
  write_bytes(target, "old");
  CHECK(chmod(target.c_str(), 0640) == 0);
  const bool root = getuid() == 0;
  if (root) CHECK(chown(target.c_str(), 65534, 65534) == 0);
  CHECK(fovea("plan " + model.path + " -o " + target).code == 0);
  CHECK(read_bytes(target) == model.bytes);
  CHECK((status_of(target).st_mode & 07777) == 0640);
  if (root) CHECK(status_of(target).st_uid == 65534);
  CHECK(model.count() == 2);
}

TEST_CASE("report 02: a link is followed, whether its target is there or not") {
  const ConvertedDigits model;
  const std::string real = model.file("real"), link = model.file("link");
  write_bytes(real, "old");
  CHECK(symlink("real", link.c_str()) == 0);
  CHECK(fovea("convert " + kDigits + " -o " + link).code == 0);
  CHECK(S_ISLNK(status_of(link).st_mode));
  CHECK(S_ISREG(status_of(real).st_mode));
  CHECK(read_bytes(real) == model.bytes);

  CHECK(symlink("link_to_new", model.file("chain").c_str()) == 0);
  CHECK(symlink("new", model.file("link_to_new").c_str()) == 0);
  CHECK(fovea("plan " + model.path + " -o " + model.file("chain")).code == 0);
  CHECK(S_ISLNK(status_of(model.file("chain")).st_mode));
  CHECK(read_bytes(model.file("new")) == model.bytes);
  CHECK(symlink("loop", model.file("loop").c_str()) == 0);
  check_refused(fovea("plan " + model.path + " -o " + model.file("loop")), 1, "loop");
}

TEST_CASE("report 02: a device and a pipe are written to in place") {
  const ConvertedDigits model;
  const std::string pipe = model.file("pipe"), copy = model.file("copy");
  CHECK(mkfifo(pipe.c_str(), 0600) == 0);
  const Outcome outcome = shell("cat " + pipe + " > " + copy + " & $FOVEA plan " + model.path +
                                " -o " + pipe + " || exit; wait");
  CHECK_MESSAGE(outcome.code == 0, outcome.err);
  CHECK(read_bytes(copy) == model.bytes);
  CHECK(S_ISFIFO(status_of(pipe).st_mode));

  const std::string device = model.file("null");
  if (mknod(device.c_str(), S_IFCHR | 0666, makedev(1, 3)) != 0) return;  // for root only
  CHECK(fovea("convert " + kDigits + " -o " + device).code == 0);
  CHECK(S_ISCHR(status_of(device).st_mode));
  CHECK(status_of(device).st_rdev == makedev(1, 3));
}

TEST_CASE("a pipe that nobody reads from is refused, not waited for") {
  const TemporaryFolder folder;
  const std::string pipe = folder.file("pipe");
  CHECK(mkfifo(pipe.c_str(), 0600) == 0);
  check_refused(fovea("convert " + kDigits + " -o " + pipe), 1, "nobody reads");
  CHECK(S_ISFIFO(status_of(pipe).st_mode));
}

TEST_CASE("standard output takes a model and a trace") {
  const ConvertedDigits model;
  CHECK(fovea("convert " + kDigits + " -o -").out == model.bytes);
  CHECK(fovea("plan " + model.path + " -o /dev/stdout").out == model.bytes);
  const Outcome trace = fovea("verify " + model.path + " --write-trace -");
  CHECK(trace.code == 0);
  CHECK(trace.out.rfind("# method operator kind crc", 0) == 0);
  CHECK(trace.out.find("structure") == std::string::npos);
  write_bytes(model.file("trace"), trace.out);
  CHECK(fovea("verify " + model.path + " --trace " + model.file("trace")).code == 0);
}

TEST_CASE("a limit of file sizes gives one line and leaves nothing behind") {
  const TemporaryFolder folder;
  check_refused(shell("ulimit -f 8; $FOVEA convert " + kDigits + " -o " + folder.file("x")), 1,
                "cannot be written");
  CHECK(folder.count() == 0);
}

TEST_CASE("firmware that would remove its input is refused") {
  const ConvertedDigits model;
  const std::string input = model.file("m_model.bin");
  write_bytes(input, model.bytes);
  check_refused(fovea("firmware " + input + " --name m -o " + model.file("")), 1, "is the input");
  CHECK(read_bytes(input) == model.bytes);
  CHECK(model.count() == 2);
  // Of the other form, what an earlier call left goes.
  const std::string call = "firmware " + model.path + " --name m -o " + model.file("") + " --form ";
  CHECK(fovea(call + "array").code == 0);
  CHECK(model.count() == 4);
  CHECK(fovea(call + "assembly").code == 0);
  CHECK(read_bytes(model.file("m_model.c")).empty());
  CHECK(read_bytes(input) == model.bytes);
  // A folder is nothing that an earlier call left.
  CHECK(shell("mkdir " + model.file("m_model.c")).code == 0);
  CHECK(fovea(call + "assembly").code == 0);
  CHECK(shell("rmdir " + model.file("m_model.c")).code == 0);
}

TEST_CASE("an output that is an input is refused and untouched") {
  const ConvertedDigits model;
  CHECK(link(model.path.c_str(), model.file("hard").c_str()) == 0);
  CHECK(symlink(model.path.c_str(), model.file("soft").c_str()) == 0);
  for (const char* name : {"digits.fovea", "hard", "soft"}) {
    check_refused(fovea("plan " + model.path + " -o " + model.file(name)), 1, "is the input");
    check_refused(fovea("verify " + model.path + " --write-trace " + model.file(name)), 1,
                  "is the input");
  }
  CHECK(read_bytes(model.path) == model.bytes);
  const std::string copy = model.file("checkpoint");
  CHECK(shell("cp -r " + kDigits + " " + copy).code == 0);
  for (const char* name : {"config.json", "model.safetensors"}) {
    const std::string before = read_bytes(copy + "/" + name);
    check_refused(fovea("convert " + copy + " -o " + copy + "/" + name), 1, "is the input");
    CHECK(read_bytes(copy + "/" + name) == before);
  }
  CHECK(fovea("convert " + copy + " -o " + copy + "/model.fovea").code == 0);
  CHECK(fovea("convert " + copy + " -o " + copy + "/model.fovea").code == 0);  // once more
}

TEST_CASE("a tokenizer that is the output is refused") {
  const ConvertedDigits model;
  write_bytes(model.file("tok"), "not really a tokenizer");
  CHECK(
      fovea("convert examples/dates -o " + model.file("tok") + " --tokenizer " + model.file("tok"))
          .err.find("is the output") != std::string::npos);
  CHECK(read_bytes(model.file("tok")) == "not really a tokenizer");
}

TEST_CASE("firmware writes all files or none, never over its model") {
  const ConvertedDigits model;
  const std::string folder = model.file("out");
  CHECK(fovea("firmware " + model.path + " -o " + folder).code == 0);
  CHECK(shell("cd " + folder +
              " && rm digits_operators.c && mkdir digits_operators.c && "
              "echo old > digits.h")
            .code == 0);
  const size_t files = model.count();
  check_refused(fovea("firmware " + model.path + " -o " + folder), 1, "is a folder");
  CHECK(read_bytes(folder + "/digits.h") == "old\n");
  CHECK(model.count() == files);
  check_refused(fovea("firmware " + model.path + " -o -"), 1, "folder");
  CHECK(link(model.path.c_str(), model.file("digits_model.bin").c_str()) == 0);
  check_refused(fovea("firmware " + model.path + " --form assembly -o " + model.file("")), 1,
                "is the input");
}

TEST_CASE("a folder that was made for nothing is removed") {
  const ConvertedDigits model;
  const size_t files = model.count();
  write_bytes(model.file("bad.fovea"), model.bytes.substr(0, model.bytes.size() - 1) + "x");
  check_refused(fovea("firmware " + model.file("bad.fovea") + " -o " + model.file("a/b")), 1,
                "CRC");
  CHECK(model.count() == files + 1);
}

}  // namespace fovea::test
