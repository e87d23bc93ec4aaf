// Errors to describe: of calls, and made by hand.

#ifndef FOVEA_TESTS_RUNTIME_ERROR_OF_H_
#define FOVEA_TESTS_RUNTIME_ERROR_OF_H_

#include <doctest/doctest.h>

#include <cstdint>

#include "fovea/fovea.h"

namespace fovea::test {

// What a call with these arguments leaves in `error`.
#define ERROR_OF(call)         \
  [&] {                        \
    fovea_error error = {};    \
    CHECK((call) != FOVEA_OK); \
    return error;              \
  }()

inline fovea_error made(fovea_code code, fovea_table table, uint32_t index, fovea_field field,
                        uint32_t slot, uint64_t a = 0, uint64_t b = 0) {
  return {static_cast<uint32_t>(code),
          static_cast<uint32_t>(table),
          0,
          index,
          static_cast<uint32_t>(field),
          slot,
          a,
          b,
          ""};
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_ERROR_OF_H_
