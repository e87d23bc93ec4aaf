#include "tools/common/npy_elements.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "tests/tools/common/npy_text.h"
#include "tools/common/error.h"
#include "tools/common/npy.h"

namespace fovea::tools {
namespace {

// The values of a file of these elements, read as the wanted type.
template <typename To, typename From>
std::vector<To> converted(const std::string& descr, const std::vector<From>& values,
                          bool swapped = false) {
  std::string bytes = npy_text("{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" +
                                   std::to_string(values.size()) + ",)}",
                               0);
  for (From value : values) {
    std::string element(reinterpret_cast<const char*>(&value), sizeof value);
    bytes += swapped ? std::string(element.rbegin(), element.rend()) : element;
  }
  const auto* first = reinterpret_cast<const uint8_t*>(bytes.data());
  const fovea_type wanted = std::is_same_v<To, float>     ? FOVEA_FLOAT32
                            : std::is_same_v<To, int32_t> ? FOVEA_INT32
                                                          : FOVEA_UINT8;
  const Npy npy = parse_npy({first, bytes.size()}, "x.npy", wanted, "input 'x'");
  std::vector<To> result(npy.data.size() / sizeof(To));
  std::memcpy(result.data(), npy.data.data(), npy.data.size());
  return result;
}

template <typename To, typename From>
void check_inexact(const std::string& descr, const std::vector<From>& values,
                   const std::string& part) {
  try {
    converted<To>(descr, values);
    FAIL_CHECK("no error");
  } catch (const InputError& error) {
    const std::string line = error.what();
    CHECK_MESSAGE(line.find(part) != std::string::npos, line);
  }
}

}  // namespace

TEST_CASE("numbers of all types that keep their values") {
  using Floats = std::vector<float>;
  using Ints = std::vector<int32_t>;
  CHECK(converted<float, double>("<f8", {0.5, -2.0, 16777216.0}) == Floats{0.5f, -2, 16777216});
  CHECK(converted<float, uint16_t>("<f2", {0x3C00, 0xC000, 1}) == Floats{1, -2, 0x1p-24f});
  CHECK(converted<float, uint8_t>("|u1", {0, 255}) == Floats{0, 255});
  CHECK(converted<float, int64_t>("<i8", {-(int64_t{1} << 62), 16777216}) ==
        Floats{-0x1p62f, 16777216});
  CHECK(converted<int32_t, int64_t>("<i8", {2147483647, -2147483648}) ==
        Ints{2147483647, -2147483647 - 1});
  CHECK(converted<int32_t, uint32_t>("<u4", {2147483647u}) == Ints{2147483647});
  CHECK(converted<int32_t, uint8_t>("|b1", {0, 1, 1}) == Ints{0, 1, 1});
  CHECK(converted<int32_t, int8_t>("|i1", {-128, 127}) == Ints{-128, 127});
  CHECK(converted<int32_t, float>("<f4", {-3.0f, -0.0f}) == Ints{-3, 0});
  CHECK(converted<uint8_t, int32_t>("<i4", {0, 255}) == std::vector<uint8_t>{0, 255});
  CHECK(converted<uint8_t, uint8_t>("|u1", {0, 255}) == std::vector<uint8_t>{0, 255});
  CHECK(converted<float, float>(">f4", {1.5f, -7}, true) == Floats{1.5f, -7});
  CHECK(converted<int32_t, int64_t>(">i8", {300}, true) == Ints{300});
  const Floats special = converted<float, double>("<f8", {NAN, INFINITY});
  CHECK(std::isnan(special[0]));
  CHECK(std::isinf(special[1]));
}

TEST_CASE("the first number that loses its value is named") {
  check_inexact<float, double>("<f8", {1, 0.1},
                               "x.npy: is float64, input 'x' is float32: its "
                               "element [1], 0.1, has no exact value");
  check_inexact<float, double>("<f8", {1e300}, "[0], 1e+300");
  check_inexact<float, int32_t>("<i4", {16777216, 16777217}, "[1], 16777217");
  check_inexact<float, int64_t>("<i8", {INT64_MAX}, "[0], 9223372036854775807");
  check_inexact<float, uint64_t>("<u8", {UINT64_MAX}, "[0], 18446744073709551615");
  check_inexact<int32_t, int64_t>("<i8", {7, 2147483648}, "[1], 2147483648");
  check_inexact<int32_t, int64_t>("<i8", {-2147483649}, "[0], -2147483649");
  check_inexact<int32_t, uint32_t>("<u4", {2147483648u}, "[0], 2147483648");
  check_inexact<int32_t, double>("<f8", {2.5}, "[0], 2.5");
  check_inexact<int32_t, double>("<f8", {2147483648.0}, "[0]");
  check_inexact<int32_t, float>("<f4", {NAN}, "[0], nan");
  check_inexact<uint8_t, int32_t>("<i4", {255, 256}, "input 'x' is uint8: its element [1], 256");
  check_inexact<uint8_t, int32_t>("<i4", {-1}, "[0], -1");
  check_inexact<uint8_t, float>("<f4", {0.5f}, "[0], 0.5");
}

}  // namespace fovea::tools
