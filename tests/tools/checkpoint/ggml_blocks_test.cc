#include "tools/checkpoint/gguf/blocks.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "tests/support/same_bits.h"
#include "tools/checkpoint/checkpoint.h"
#include "tools/checkpoint/safetensors.h"
#include "tools/pack/quantizer.h"

namespace fovea::test {
namespace {

using tools::Codec;
using tools::GgmlType;

const GgmlType& type_named(const std::string& name) {
  for (uint32_t number = 0; number < 64; ++number) {
    const GgmlType* type = tools::find_ggml_type(number);
    if (type != nullptr && type->name == name) return *type;
  }
  FAIL("no type " << name);
  std::abort();
}

std::vector<float> decode(const std::string& name, const std::vector<uint8_t>& blocks,
                          uint64_t first, size_t count) {
  const Codec& codec = type_named(name).codec;
  std::vector<float> out(count, NAN);
  codec.decode(codec, {blocks.data(), nullptr}, first, out);
  return out;
}

}  // namespace

TEST_CASE(
    "blocks of ggml's types are the numbers that gguf-py makes of them, from any element on") {
  tools::Checkpoint file;
  const std::string path = FOVEA_GGUF "/blocks.safetensors";
  tools::add_safetensors(tools::MappedFile(path), file);
  size_t types = 0;
  for (const auto& [key, tensor] : file.tensors) {
    const size_t point = key.find('.');
    const std::string name = key.substr(0, point);
    if (key.substr(point) != ".blocks") continue;
    CAPTURE(name);
    ++types;
    const uint8_t* bytes = file.files[tensor.file].bytes().data() + tensor.offset;
    const std::vector<uint8_t> blocks(bytes, bytes + tensor.elements());
    std::vector<float> wanted(file.at(name + ".numbers").elements());
    file.read(name + ".numbers", 0, wanted);
    const Codec& codec = type_named(name).codec;
    REQUIRE(codec.block_bytes == tensor.shape[1]);
    REQUIRE(codec.block_elements * tensor.shape[0] == wanted.size());
    CHECK(same_bits(decode(name, blocks, 0, wanted.size()), wanted));
    for (const size_t first : {size_t{1}, size_t{31}, size_t{33}, wanted.size() - 1}) {
      const size_t count = std::min<size_t>(wanted.size() - first, 70);
      const auto from = wanted.begin() + static_cast<ptrdiff_t>(first);
      CHECK(same_bits(decode(name, blocks, first, count),
                      {from, from + static_cast<ptrdiff_t>(count)}));
    }
  }
  CHECK(types == 10);
}

// So that `--weights uint4` gives what the file has.
TEST_CASE("codes of Q4_0 and Q4_1 are kept by codes with a minimum") {
  std::mt19937 random(9);
  const auto half = [&random] {
    const float number = std::exp2(static_cast<float>(random() % 1024) / 100 - 12);
    kernels::F16 narrow;
    kernels::narrow(random() % 2 == 0 ? number : -number, narrow);
    return narrow;
  };
  for (const std::string name : {"Q4_0", "Q4_1"}) {
    for (int i = 0; i < 300; ++i) {
      CAPTURE(name);
      CAPTURE(i);
      const kernels::F16 numbers[] = {half(), half()};
      std::vector<uint8_t> block(name == "Q4_0" ? 18 : 20);
      for (uint8_t& byte : block) byte = static_cast<uint8_t>(random());
      std::memcpy(block.data(), numbers, block.size() - 16);
      const std::vector<float> wanted = decode(name, block, 0, 32);
      std::vector<int8_t> codes(32);
      const tools::UnitAndMinimum made = tools::quantize_above_minimum(wanted, codes);
      for (size_t j = 0; j < 32; ++j) {
        const float number = static_cast<float>(codes[j]) * kernels::widen(made.unit);
        CHECK(number + kernels::widen(made.minimum) == wanted[j]);
      }
    }
  }
}

TEST_CASE("blocks of 32 by their definition") {
  // Scale 2, minimum 0.5; byte i has element i below and element i + 16 above.
  std::vector<uint8_t> q4 = {0x00, 0x40, 0x00, 0x38};
  for (uint8_t i = 0; i < 16; ++i) q4.push_back(static_cast<uint8_t>(i | (15 - i) << 4));
  const std::vector<float> one = decode("Q4_1", q4, 0, 32);
  CHECK(one[0] == 0.5f);
  CHECK(one[3] == 6.5f);
  CHECK(one[16] == 30.5f);
  CHECK(one[31] == 0.5f);
  q4.erase(q4.begin() + 2, q4.begin() + 4);
  const std::vector<float> zero = decode("Q4_0", q4, 0, 32);
  CHECK(zero[0] == -16);
  CHECK(zero[15] == 14);
  CHECK(zero[16] == 14);
  // Fifth bits of elements 1 and 17.
  const uint8_t fifth[] = {0x02, 0x00, 0x02, 0x00};
  q4.insert(q4.begin() + 2, fifth, fifth + 4);
  const std::vector<float> five = decode("Q5_0", q4, 0, 32);
  CHECK(five[0] == -32);
  CHECK(five[1] == 2 * (1 + 16 - 16));
  CHECK(five[17] == 2 * (14 + 16 - 16));
  CHECK(five[18] == 2 * (13 - 16));
}

TEST_CASE("types have their numbers and names, and those of no weights no numbers") {
  CHECK(tools::find_ggml_type(4) == nullptr);
  CHECK(tools::find_ggml_type(100) == nullptr);
  CHECK(std::string(tools::find_ggml_type(12)->name) == "Q4_K");
  CHECK(std::string(tools::find_ggml_type(39)->name) == "MXFP4");
  CHECK(tools::find_ggml_type(10)->codec.block_elements == 0);
  CHECK(tools::find_ggml_type(26)->codec.decode == nullptr);
  CHECK(tools::find_ggml_type(26)->codec.block_bytes == 4);
}

}  // namespace fovea::test
