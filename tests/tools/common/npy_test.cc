#include "tools/common/npy.h"

#include <doctest/doctest.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/tools/common/npy_text.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

using test::TemporaryFolder;
using test::write_bytes;

// What reading these bytes says.
std::string complaint(const std::string& bytes) {
  const TemporaryFolder folder;
  write_bytes(folder.file("x.npy"), bytes);
  try {
    read_npy(folder.file("x.npy"));
  } catch (const InputError& error) {
    const std::string text = error.what();
    CHECK(text.find('\n') == std::string::npos);
    CHECK(text.find("x.npy") != std::string::npos);
    return text;
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("what is written is read again") {
  const TemporaryFolder folder;
  const std::vector<std::vector<uint64_t>> shapes = {{}, {0}, {5}, {2, 3}, {1, 2, 3, 4, 5}};
  for (const std::vector<uint64_t>& shape : shapes) {
    for (const fovea_type type : {FOVEA_FLOAT32, FOVEA_INT32}) {
      size_t bytes = 4;
      for (const uint64_t extent : shape) bytes *= extent;
      std::vector<uint8_t> data(bytes);
      for (size_t i = 0; i < bytes; ++i) data[i] = static_cast<uint8_t>(i * 7 + 1);
      const std::string path = folder.file("a.npy");
      write_npy(path, type, shape, data);
      const Npy npy = read_npy(path);
      CHECK(npy.type == type);
      CHECK(npy.shape == shape);
      CHECK(npy.data == data);
      CHECK((std::filesystem::file_size(path) - bytes) % 64 == 0);
    }
  }
}

// The bytes that numpy.save(numpy.array([[1, 2, 3]], numpy.int32)) gives in NumPy 1.24.
TEST_CASE("bytes are those of NumPy") {
  const std::string dictionary = "{'descr': '<i4', 'fortran_order': False, 'shape': (1, 3), }";
  std::string expected("\x93NUMPY\x01\x00\x76\x00", 10);
  expected += dictionary + std::string(118 - dictionary.size() - 1, ' ') + '\n';
  expected += std::string("\x01\0\0\0\x02\0\0\0\x03\0\0\0", 12);
  const int32_t values[3] = {1, 2, 3};
  std::vector<uint8_t> data(sizeof values);
  std::memcpy(data.data(), values, sizeof values);
  const std::vector<uint64_t> shape = {1, 3};
  const std::vector<uint8_t> bytes = npy_bytes(FOVEA_INT32, shape, data);
  CHECK(std::string(bytes.begin(), bytes.end()) == expected);
  const TemporaryFolder folder;
  write_bytes(folder.file("numpy.npy"), expected);
  const Npy npy = read_npy(folder.file("numpy.npy"));
  CHECK(npy.shape == shape);
  CHECK(npy.data == data);
}

TEST_CASE("later versions and other spellings are read") {
  const TemporaryFolder folder;
  for (const size_t padding : {0, 70000}) {  // beyond the lengths of version 1
    const std::string dictionary = "{\"shape\": (2L,), \"fortran_order\": True,\"descr\":\"<f4\"}" +
                                   std::string(padding, ' ') + "\n";
    std::string bytes("\x93NUMPY\x02\x00", 8);
    for (int shift = 0; shift < 32; shift += 8) {
      bytes += static_cast<char>(dictionary.size() >> shift & 255);
    }
    write_bytes(folder.file("v2.npy"), bytes + dictionary + std::string(8, '\0'));
    CHECK(read_npy(folder.file("v2.npy")).shape == std::vector<uint64_t>{2});
  }
}

TEST_CASE("what is wrong with a file is said in one line") {
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  CHECK(complaint(npy_text(good, 24)).empty());
  CHECK(contains(complaint(""), "is empty"));
  CHECK(contains(complaint("PK\3\4 something else"), "not a .npy file"));
  CHECK(contains(complaint(std::string("\x93NUMPY\x01", 7)), "truncated"));
  CHECK(contains(complaint(std::string("\x93NUMPY\x09\0\0\0", 10)), "version 9"));
  CHECK(contains(complaint(npy_text(good, 24).substr(0, 30)), "truncated"));
  CHECK(contains(complaint(npy_text(good, 23)),
                 "has 23 bytes of data, its shape [2, 3] of float32 needs 24"));
  CHECK(contains(complaint(npy_text(good, 25)), "has 25 bytes"));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return npy_text(text.replace(text.find(from), from.size(), to), 24);
  };
  CHECK(contains(complaint(with("<f4", "<c8")), "astype"));
  CHECK(contains(complaint(with("<f4", "|O")), "'|O'"));
  CHECK(contains(complaint(with("<f4", "<V2")), "'<V2'"));
  CHECK(contains(complaint(with("<f4", "<f16")), "'<f16'"));
  CHECK(contains(complaint(with("<f4", "<b2")), "'<b2'"));
  CHECK(contains(complaint(with("<f4", "<i8")), "needs 48"));
  CHECK(contains(complaint(with("'<f4'", "[('a', '<f4')]")), "records"));
  CHECK(contains(complaint(with("False", "Maybe")), "malformed"));
  CHECK(contains(complaint(with("(2, 3)", "(-2, 3)")), "malformed"));
  CHECK(contains(complaint(with("(2, 3)", "(2, 3")), "malformed"));
  CHECK(contains(complaint(with("'shape'", "'scape'")), "malformed"));
  CHECK(contains(complaint(with("'shape': (2, 3), ", "")), "malformed"));
  CHECK(contains(complaint(with("2, 3", "4294967296, 4294967296")), "too large"));
  CHECK(contains(complaint(with("2, 3", "99999999999999999999")), "malformed"));
}

// [[[0, 1, 2], [3, 4, 5]], [[6, ...]]] as numpy.asfortranarray stores it: the first index runs
// first.
TEST_CASE("Fortran order") {
  std::string bytes = npy_text("{'descr': '<i4', 'fortran_order': True, 'shape': (2, 2, 3)}", 0);
  for (const int32_t value : {0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11}) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  const auto* first = reinterpret_cast<const uint8_t*>(bytes.data());
  const Npy npy = parse_npy({first, bytes.size()}, "x.npy", FOVEA_INT32, "input 'x'");
  for (int32_t i = 0; i < 12; ++i) {
    int32_t value = -1;
    std::memcpy(&value, &npy.data[static_cast<size_t>(i) * 4], 4);
    CHECK(value == i);
  }
}

TEST_CASE("a missing file and an impossible target") {
  CHECK_THROWS_AS(read_npy("no/such/file.npy"), InputError);
  CHECK_THROWS_AS(write_npy("no/such/folder/x.npy", FOVEA_FLOAT32, {}, {}), InputError);
}

// Every truncation of a good file is refused.
TEST_CASE("truncations") {
  const std::string whole =
      npy_text("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 24);
  for (size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE(complaint(whole.substr(0, size)).empty());
  }
}

}  // namespace fovea::tools
