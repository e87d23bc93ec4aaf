// After bind nothing allocates.

#include <doctest/doctest.h>

#include "tests/support/allocations.h"
#include "tests/support/tiny_session.h"

namespace fovea::test {
namespace {

TEST_CASE("open, bind, run, truncate and save allocate nothing") {
  Image image = tiny_model();
  fovea_model model;
  fovea_session* session;
  fovea_tensor tensor;
  REQUIRE(fovea_open(image.span(), {}, &model, nullptr) == FOVEA_OK);
  Image arena(fovea_arena(&model, 1).total), saved(1 << 16);
  const int before = allocations;
  bool good = fovea_open(image.span(), {}, &model, nullptr) == FOVEA_OK;
  good &= fovea_bind(&model, {{arena.data(), arena.size()}, {}, {}}, nullptr, &session, nullptr) ==
          FOVEA_OK;
  good &= fovea_input(session, 0, "lengths", &tensor, nullptr) == FOVEA_OK;
  clear_inputs(model, session);
  for (int i = 0; i < 3 && good; ++i) {
    static_cast<int32_t*>(tensor.data)[0] = kTinyTokens - 2;
    static_cast<int32_t*>(tensor.data)[1] = 2;
    good &= fovea_run(session, 0, nullptr) == FOVEA_OK;
    good &= fovea_save(session, 0, saved.data(), saved.size(), nullptr) == FOVEA_OK;
    good &= fovea_truncate(session, 0, 0, 1, nullptr) == FOVEA_OK;
  }
  good &= fovea_check_fingerprint(session, nullptr) == FOVEA_OK;
  const int after = allocations;
  CHECK(good);
  CHECK(after == before);
}

}  // namespace
}  // namespace fovea::test
