#include "tools/checkpoint/gguf/reader.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/tools/checkpoint/gguf_file.h"
#include "tests/tools/refused.h"

namespace fovea::test {
namespace {

tools::GgufFile read_file(const std::string& bytes) {
  const TemporaryFolder folder;
  write_bytes(folder.file("model.gguf"), bytes);
  return tools::read_gguf(tools::MappedFile(folder.file("model.gguf")));
}

template <typename... Parts>
void refused_file(const std::string& bytes, const Parts&... parts) {
  check_refusal([&] { read_file(bytes); }, "model.gguf", parts...);
}

GgufFile small(uint64_t alignment = 32) {
  GgufFile file;
  file.alignment = alignment;
  file.text("general.architecture", "llama");
  file.key<uint8_t>("a.u8", 0, 255);
  file.key<int8_t>("a.i8", 1, -1);
  file.key<uint16_t>("a.u16", 2, 65535);
  file.key<int16_t>("a.i16", 3, -2);
  file.key<uint32_t>("a.u32", 4, 4000000000u);
  file.key<int32_t>("a.i32", 5, -3);
  file.key<float>("a.f32", 6, 0.5f);
  file.key<uint8_t>("a.bool", 7, 1);
  file.key<uint64_t>("a.u64", 10, uint64_t{1} << 63);
  file.key<int64_t>("a.i64", 11, -4);
  file.key<double>("a.f64", 12, 0.25);
  file.texts("a.texts", {"x", "", "\xC3\xA4"});
  file.values<float>("a.floats", 6, {1, 2.5f});
  file.floats("first", {4, 2}, 10);
  file.tensor("second", {32, 2}, 8, std::string(68, '\1'));
  return file;
}

// A file of one key or of one tensor, described in bytes.
std::string file_of(uint64_t tensors, uint64_t keys, const std::string& rest) {
  std::string made = "GGUF";
  put(made, uint32_t{3});
  put(made, tensors);
  put(made, keys);
  return made + rest;
}

std::string tensor_of(const std::vector<uint64_t>& extents, uint32_t type, uint64_t offset) {
  std::string made;
  put_text(made, "t");
  put(made, static_cast<uint32_t>(extents.size()));
  for (const uint64_t extent : extents) put(made, extent);
  put(made, type);
  put(made, offset);
  return made;
}

}  // namespace

TEST_CASE("keys of every type, and tensors in row-major order") {
  for (const uint32_t version : {2u, 3u}) {
    GgufFile written = small();
    written.version = version;
    const tools::GgufFile file = read_file(written.bytes());
    CHECK(file.version == version);
    const auto& m = file.metadata;
    CHECK(m["general.architecture"] == "llama");
    CHECK(m["a.u8"] == 255);
    CHECK(m["a.i8"] == -1);
    CHECK(m["a.u16"] == 65535);
    CHECK(m["a.i16"] == -2);
    CHECK(m["a.u32"] == 4000000000u);
    CHECK(m["a.i32"] == -3);
    CHECK(m["a.f32"] == 0.5);
    CHECK(m["a.bool"] == true);
    CHECK(m["a.u64"] == uint64_t{1} << 63);
    CHECK(m["a.i64"] == -4);
    CHECK(m["a.f64"] == 0.25);
    CHECK(m["a.texts"] == std::vector<std::string>{"x", "", "\xC3\xA4"});
    CHECK(m["a.floats"] == std::vector<double>{1, 2.5});
    CHECK(file.tensors.at("first").shape == std::vector<uint64_t>{2, 4});
    CHECK(file.tensors.at("second").type == "Q8_0");
    CHECK(file.tensors.at("second").offset == file.tensors.at("first").offset + 32);
  }
}

TEST_CASE("the data begins at a multiple of general.alignment") {
  GgufFile file = small(128);
  file.number("general.alignment", 128);
  CHECK(read_file(file.bytes()).tensors.at("second").offset % 128 == 0);
  GgufFile wrong = small();
  wrong.number("general.alignment", 24);
  refused_file(wrong.bytes(), "general.alignment", "24");
  GgufFile none = small();
  none.number("general.alignment", 0);
  refused_file(none.bytes(), "general.alignment");
}

TEST_CASE("a file that ends anywhere is refused with what it ends in") {
  const GgufFile file = small();
  const std::string whole = file.bytes();
  for (size_t size = 4; size < whole.size() - 28; ++size) {  // after the last tensor is padding
    CAPTURE(size);
    refused_file(whole.substr(0, size), "truncated");
  }
  refused_file(file.header().substr(0, 60), "key general.architecture");
}

TEST_CASE("versions that are not known are refused") {
  GgufFile file = small();
  file.version = 1;
  refused_file(file.bytes(), "version 1");
  file.version = 4;
  refused_file(file.bytes(), "version 4");
  file.version = 0x03000000;
  refused_file(file.bytes(), "big-endian");
}

TEST_CASE("absurd counts are refused before anything is made of them") {
  refused_file(file_of(uint64_t{1} << 60, 0, ""), "1152921504606846976 tensors");
  refused_file(file_of(0, uint64_t{1} << 60, ""), "1152921504606846976 keys");
  std::string long_name;
  put(long_name, uint64_t{1} << 40);
  refused_file(file_of(0, 1, long_name), "1099511627776 bytes");
  std::string list;
  put_text(list, "k");
  put(list, uint32_t{9});
  put(list, uint32_t{0});
  put(list, uint64_t{1} << 62);
  refused_file(file_of(0, 1, list), "key k", "4611686018427387904 values");
  std::string lists;
  put_text(lists, "k");
  put(lists, uint32_t{9});
  put(lists, uint32_t{9});
  put(lists, uint64_t{1});
  refused_file(file_of(0, 1, lists), "key k", "list of lists");
  std::string type;
  put_text(type, "k");
  put(type, uint32_t{13});
  refused_file(file_of(0, 1, type + std::string(8, '\0')), "key k", "type 13");
  std::string latin;
  put_text(latin, "k\xE4");
  refused_file(file_of(0, 1, latin), "UTF-8");
}

TEST_CASE("lists may have many values, but not without bound") {
  std::string keys;
  for (const char* name : {"k", "l"}) {
    put_text(keys, name);
    put(keys, uint32_t{9});
    put(keys, uint32_t{0});
    put(keys, uint64_t{3} << 20);
    keys += std::string(size_t{3} << 20, '\1');
  }
  refused_file(file_of(0, 2, keys), "key l", "3145728 values");
}

TEST_CASE("tensors that cannot be are refused by name") {
  const std::string data(4096, '\0');
  refused_file(file_of(1, 0, tensor_of({1, 1, 1, 1, 1}, 0, 0) + data), "tensor t", "5 extents");
  refused_file(file_of(1, 0, tensor_of({4}, 0, 8) + data), "tensor t", "lies at 8");
  refused_file(file_of(1, 0, tensor_of({0}, 0, 0) + data), "tensor t", "[0]");
  refused_file(file_of(1, 0, tensor_of({48, 2}, 8, 0) + data), "tensor t of Q8_0 [2, 48]");
  refused_file(file_of(1, 0, tensor_of({uint64_t{1} << 40, uint64_t{1} << 40}, 0, 0) + data),
               "tensor t");
  refused_file(file_of(1, 0, tensor_of({uint64_t{1} << 62}, 0, 0) + data), "tensor t");
  refused_file(file_of(1, 0, tensor_of({4}, 0, ~uint64_t{31}) + data), "tensor t");
  refused_file(file_of(1, 0, tensor_of({4096}, 0, 0) + data), "truncated", "tensor t ends at");
  refused_file(file_of(1, 0, tensor_of({256}, 10, 0) + data), "tensor t", "Q2_K", "Q4_K");
  refused_file(file_of(1, 0, tensor_of({256}, 99, 0) + data), "tensor t", "99");
  refused_file(file_of(2, 0, tensor_of({4}, 0, 0) + tensor_of({4}, 0, 0) + data), "tensor t",
               "comes twice");
  GgufFile twice;
  twice.number("k", 1);
  twice.number("k", 1);
  refused_file(twice.bytes(), "key k", "comes twice");
}

}  // namespace fovea::test
