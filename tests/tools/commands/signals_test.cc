// A conversion that is ended from outside, held at the pipe from which it reads its tokenizer.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

#include "tests/support/llama_checkpoint.h"
#include "tests/tools/program.h"

namespace fovea::test {
namespace {

constexpr uint32_t kSeed = 3;

void put(std::string* bytes, const void* value, size_t size) {
  bytes->append(static_cast<const char*>(value), size);
}

// A llama2.c tokenizer of different pieces.
std::string tokenizer_bytes(uint32_t pieces) {
  const int32_t longest = 8;
  std::string bytes;
  put(&bytes, &longest, sizeof longest);
  for (uint32_t i = 0; i < pieces; ++i) {
    const float score = -static_cast<float>(i);
    const std::string piece = i < 3 ? "<s" + std::to_string(i) + ">" : "p" + std::to_string(i);
    const int32_t size = static_cast<int32_t>(piece.size());
    put(&bytes, &score, sizeof score);
    put(&bytes, &size, sizeof size);
    bytes += piece;
  }
  return bytes;
}

// A conversion whose output and checkpoint are open and whose tokenizer does not come.
struct Held : TemporaryFolder {
  Held() {
    const LlamaShape shape = random_llama_shape(kSeed);
    vocabulary = shape.vocabulary;
    std::filesystem::create_directory(checkpoint);
    write_checkpoint(random_llama(shape, kSeed), checkpoint);
    CHECK(mkfifo(pipe.c_str(), 0600) == 0);
    writer = open(pipe.c_str(), O_RDWR | O_CLOEXEC);  // does not wait for a reader
    write_bytes(output, "old");
  }
  ~Held() { close(writer); }

  void release() { feed_pipe(std::exchange(writer, -1), tokenizer_bytes(vocabulary)); }

  std::string arguments() const {
    return "convert " + checkpoint + " --tokenizer " + pipe + " -o " + output;
  }
  size_t temporaries() const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(file(""))) {
      count += entry.path().filename().string().rfind("out.fovea.", 0) == 0;
    }
    return count;
  }

  std::string checkpoint = file("model"), pipe = file("pipe"), output = file("out.fovea");
  uint32_t vocabulary = 0;
  int writer = -1;
};

}  // namespace

TEST_CASE("signals remove the temporary file and end the program") {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    CAPTURE(signal);
    const Held held;
    Running convert(held.arguments());
    REQUIRE(wait_until([&] { return held.temporaries() == 1; }));
    convert.send(signal);
    CHECK(convert.wait() == -signal);
    CHECK(held.temporaries() == 0);
    CHECK(read_bytes(held.output) == "old");
  }
}

TEST_CASE("a signal that was ignored stays ignored") {
  const Held held;
  const auto before = std::signal(SIGHUP, SIG_IGN);
  Running convert(held.arguments());
  std::signal(SIGHUP, before);
  REQUIRE(wait_until([&] { return held.temporaries() == 1; }));
  convert.send(SIGHUP);
  usleep(100000);
  CHECK(held.temporaries() == 1);
  convert.send(SIGTERM);
  CHECK(convert.wait() == -SIGTERM);
}

TEST_CASE("a checkpoint that is cut short while it is read gives one line and exit code 1") {
  Held held;
  Running convert(held.arguments());
  REQUIRE(wait_until([&] { return held.temporaries() == 1; }));
  CHECK(truncate((held.checkpoint + "/model.safetensors").c_str(), 4096) == 0);
  held.release();
  CHECK(convert.wait() == 1);
  const std::string err = convert.err();
  CHECK_MESSAGE(err.find("model.safetensors: was cut short") != std::string::npos, err);
  CHECK(std::count(err.begin(), err.end(), '\n') == 1);
  CHECK(held.temporaries() == 0);
  CHECK(read_bytes(held.output) == "old");
}

TEST_CASE("the held conversion ends well when its tokenizer comes") {
  Held held;
  Running convert(held.arguments());
  held.release();
  CHECK_MESSAGE(convert.wait() == 0, convert.err());
  CHECK(held.temporaries() == 0);
  CHECK(read_bytes(held.output).size() > 1000);
}

}  // namespace fovea::test
