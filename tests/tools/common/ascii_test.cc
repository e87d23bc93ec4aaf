#include "tools/common/ascii.h"

#include <doctest/doctest.h>

#include <string>

namespace fovea::test {

TEST_CASE("letters and digits are those of ASCII, of which the lower ones have upper ones") {
  const std::string digits = "0123456789", lower = "abcdefghijklmnopqrstuvwxyz";
  const std::string upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (uint32_t c = 0; c < 0x300; ++c) {
    const auto is_in = [&](const std::string& all) {
      return c < 0x80 && all.find(static_cast<char>(c)) != std::string::npos;
    };
    CHECK(tools::is_ascii_digit(c) == is_in(digits));
    CHECK(tools::is_ascii_letter(c) == (is_in(lower) || is_in(upper)));
  }
  std::string made;
  for (const char c : lower + digits + upper + "`{@[") made += tools::ascii_upper(c);
  CHECK(made == upper + digits + upper + "`{@[");
}

}  // namespace fovea::test
