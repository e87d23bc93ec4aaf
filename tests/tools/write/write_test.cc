#include "tools/write/write.h"

#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "fovea/fovea.h"
#include "runtime/preamble.h"
#include "tests/support/llama_checkpoint.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/commands/convert.h"
#include "tools/common/mapped_file.h"

namespace fovea::test {
namespace {

constexpr uint32_t kSeed = 5;

// A folder with a checkpoint in it.
struct Saved {
  TemporaryFolder folder;
  LlamaCheckpoint model = random_llama(random_llama_shape(kSeed), kSeed);

  void save() const { write_checkpoint(model, folder.path()); }
  void convert(const std::string& name) const {
    tools::convert({folder.path(), folder.file(name), {}, {}});
  }
};

}  // namespace

TEST_CASE("two conversions give the same bytes, wherever the checkpoint lies") {
  const Saved a, b;
  a.save();
  b.save();
  a.convert("first");
  a.convert("second");
  b.convert("first");
  const std::string bytes = read_bytes(a.folder.file("first"));
  CHECK(bytes == read_bytes(a.folder.file("second")));
  CHECK(bytes == read_bytes(b.folder.file("first")));
  CHECK(bytes.find(a.folder.path()) == std::string::npos);
}

TEST_CASE("the file is as its preamble says") {
  const Saved saved;
  saved.save();
  saved.convert("model");
  const std::string bytes = read_bytes(saved.folder.file("model"));
  Preamble p;
  std::memcpy(&p, bytes.data(), sizeof p);
  CHECK(bytes.substr(0, 8) ==
        "\x89"
        "FOVEA\r\n");
  CHECK(p.version == 1);
  CHECK(p.header_offset == 64);
  CHECK(p.weights_offset % 64 == 0);
  CHECK(p.weights_offset - 64 >= p.header_size);
  CHECK(p.weights_offset - 64 - p.header_size < 64);
  CHECK(p.weights_offset + p.weights_size == bytes.size());
  CHECK(bytes.substr(64 + 4, 4) == "FOV1");
  std::string head = bytes.substr(0, p.weights_offset);
  std::memset(&head[48], 0, 8);
  CHECK(p.header_crc == fovea_crc32(0, head.data(), head.size()));
  CHECK(p.weights_crc == fovea_crc32(0, bytes.data() + p.weights_offset, p.weights_size));
}

TEST_CASE("a conversion that fails leaves nothing, and what was there stays") {
  Saved saved;
  saved.model.tensors["model.norm.weight"][2] = std::numeric_limits<float>::quiet_NaN();
  saved.save();
  const size_t before = saved.folder.count();
  check_refusal([&] { saved.convert("model"); }, "tensor model.norm.weight", "NaN", "element 2");
  CHECK(saved.folder.count() == before);
  write_bytes(saved.folder.file("model"), "old");
  check_refusal([&] { saved.convert("model"); }, "NaN");
  CHECK(read_bytes(saved.folder.file("model")) == "old");
  CHECK(saved.folder.count() == before + 1);
}

TEST_CASE("places that cannot be written are named") {
  const Saved saved;
  saved.save();
  check_refusal([&] { saved.convert("none/model"); }, "none/model", "cannot be written");
  check_refusal([&] { saved.convert("."); }, "is a folder");
}

TEST_CASE("the written file proves itself") {
  const Saved saved;
  saved.save();
  saved.convert("model");
  const tools::MappedFile file(saved.folder.file("model"));
  fovea_model model;
  REQUIRE(fovea_open({file.bytes().data(), file.bytes().size()}, {}, &model, nullptr) == FOVEA_OK);
  CHECK(fovea_check_weights(&model, nullptr) == FOVEA_OK);
  const size_t size = fovea_arena(&model, 1).total;
  std::vector<unsigned char> memory(size + FOVEA_ALIGNMENT);
  void* start = memory.data();
  size_t space = memory.size();
  std::align(FOVEA_ALIGNMENT, size, start, space);
  fovea_session* session = nullptr;
  REQUIRE(fovea_bind(&model, {{start, size}, {}, {}}, nullptr, &session, nullptr) == FOVEA_OK);
  CHECK(fovea_check_fingerprint(session, nullptr) == FOVEA_OK);
}

}  // namespace fovea::test
