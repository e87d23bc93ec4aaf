#include "tools/common/npz.h"

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include "tests/tools/refused.h"
#include "tools/common/npy.h"

namespace fovea::test {
namespace {

// What NumPy gives for ids = [1, 2, 3] (int64, stored) and x = [0.5, -2] (float64, deflated): local
// headers with the sizes of zip64, as numpy.savez writes them.
const char* const kHex =
    "504b03042d000000000000002100bc91558effffffffffffffff070014006964732e6e7079010010009800000000"
    "0000009800000000000000934e554d5059010076007b276465736372273a20273c6938272c2027666f727472616e"
    "5f6f72646572273a2046616c73652c20277368617065273a2028332c292c207d2020202020202020202020202020"
    "20202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020"
    "0a010000000000000002000000000000000300000000000000504b03042d000000080000002100ac59bc75ffffff"
    "ffffffffff05001400782e6e70790100100090000000000000004d000000000000009bec17ea1b10c9c850c650ad"
    "9e925a9c5ca46ea5a06e9366a1aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a46"
    "3a9a3a0ab50a14002e063078600fa1190e0000504b01022d032d000000000000002100bc91558e98000000980000"
    "000700000000000000000000008001000000006964732e6e7079504b01022d032d000000080000002100ac59bc75"
    "4d000000900000000500000000000000000000008001d1000000782e6e7079504b05060000000002000200680000"
    "00550100000000";

std::vector<uint8_t> archive_bytes() {
  std::vector<uint8_t> bytes;
  for (const char* at = kHex; *at != '\0'; at += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoul(std::string(at, 2), nullptr, 16)));
  }
  return bytes;
}

template <typename T>
std::vector<T> values(const tools::Npy& npy) {
  std::vector<T> result(npy.data.size() / sizeof(T));
  std::memcpy(result.data(), npy.data.data(), npy.data.size());
  return result;
}

}  // namespace

TEST_CASE("stored and deflated arrays of an archive") {
  const std::vector<uint8_t> bytes = archive_bytes();
  CHECK(tools::looks_like_zip(bytes));
  const tools::Npz archive(bytes, "a.npz");
  CHECK(archive.keys() == std::vector<std::string>{"ids", "x"});
  const auto ids = tools::parse_npy(archive.read("ids", 1000), "ids", FOVEA_INT32, "input");
  CHECK(values<int32_t>(ids) == std::vector<int32_t>{1, 2, 3});
  const auto x = tools::parse_npy(archive.read("x", 1000), "x", FOVEA_FLOAT32, "input");
  CHECK(values<float>(x) == std::vector<float>{0.5f, -2.0f});
  check_refusal([&] { archive.read("y", 1000); }, "a.npz", "no array 'y'", "ids, x");
  check_refusal([&] { archive.read("x", 100); }, "144 bytes", "at most 100");
}

TEST_CASE("a damaged archive is refused") {
  const std::vector<uint8_t> good = archive_bytes();
  const auto read_all = [](const std::vector<uint8_t>& bytes) {
    const tools::Npz archive(bytes, "a.npz");
    for (const std::string& key : archive.keys()) {
      tools::parse_npy(archive.read(key, 1000), key, FOVEA_FLOAT32, "input");
    }
  };
  read_all(good);
  std::vector<uint8_t> bad = good;
  bad[190] ^= 1;  // a number of the stored array
  check_refusal([&] { read_all(bad); }, "a.npz", "damaged");
  for (size_t size = 1; size < good.size(); ++size) {
    const std::vector<uint8_t> cut(good.begin(), good.begin() + static_cast<long>(size));
    CHECK(!refusal([&] { read_all(cut); }).empty());
  }
}

}  // namespace fovea::test
