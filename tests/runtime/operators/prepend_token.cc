#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_prepend_token() {
  Cases cases;
  Case& c = cases.emplace_back();
  const int32_t x = c.copy({1, kCaseTokens, 128}, {0, -1, -1});
  const int32_t y = c.tensor({1, kCaseTokens + 1, 128}, {0, -1, -1});
  c.op(schema::PrependTokenT(), {x}, {y}, {c.weight(schema::Layout::Row16, {128})});
  c.output(y);
  return cases;
}

}  // namespace fovea::test
