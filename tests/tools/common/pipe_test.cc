#include "tools/common/pipe.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"

namespace fovea::test {
namespace {

// What is read of a pipe that gives these bytes after so many milliseconds.
std::string piped(const std::string& bytes, uint64_t most, int flags, int wait = 0) {
  const TemporaryFolder folder;
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  REQUIRE(::fcntl(pipe[0], F_SETFL, flags) == 0);
  const int file = ::open(folder.file("copy").c_str(), O_WRONLY | O_CREAT, 0600);
  std::thread writer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(wait));
    const bool written =
        ::write(pipe[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
    CHECK(written);
    ::close(pipe[1]);
  });
  const std::string line =
      refusal([&] { tools::read_pipe(pipe[0], file, "standard input", most); });
  writer.join();
  ::close(pipe[0]);
  ::close(file);
  return line.empty() ? read_bytes(folder.file("copy")) : line;
}

}  // namespace

TEST_CASE("a pipe is read to its end, however long that takes to come") {
  const std::string bytes = "some bytes\n";
  for (const int flags : {0, O_NONBLOCK}) {
    CHECK(piped("", 100, flags).empty());
    CHECK(piped(bytes, 100, flags) == bytes);
    CHECK(piped(bytes, 100, flags, 120) == bytes);
  }
}

TEST_CASE("a pipe has as many bytes as may be read, and no more") {
  const std::string bytes(50, 'a');
  CHECK(piped(bytes, 50, 0) == bytes);
  CHECK(piped(bytes, 49, 0) == "standard input: has more than 49 bytes, too many to be read here");
}

}  // namespace fovea::test
