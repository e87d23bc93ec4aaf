// How long opening takes, and may take.

#ifndef FOVEA_TESTS_RUNTIME_OPEN_SECONDS_H_
#define FOVEA_TESTS_RUNTIME_OPEN_SECONDS_H_

#include <doctest/doctest.h>

#include "tests/support/cpu_time.h"
#include "tests/support/tiny_session.h"

namespace fovea::test {

inline constexpr size_t kMegabyte = size_t{1} << 20;

inline double open_seconds(const Image& image) {
  return cpu_seconds(5, [&] {
    fovea_model model;
    CHECK(fovea_open(image.span(), {}, &model, nullptr) != FOVEA_BAD_ARGUMENT);
  });
}

// What is promised: 50 ms for a megabyte.
inline double allowed_seconds(size_t bytes) {
  return kPatience * 0.050 * std::max(static_cast<double>(bytes) / kMegabyte, 0.1);
}

inline void check_time(const Image& image, fovea_code expected) {
  fovea_model model;
  fovea_error error;
  CHECK(fovea_open(image.span(), {}, &model, &error) == expected);
  CAPTURE(sentence(error));
  CAPTURE(image.size());
  const double seconds = open_seconds(image);
  MESSAGE(sentence(error), ", ", image.size(), " bytes: ", 1e3 * seconds, " ms");
  CHECK(seconds <= allowed_seconds(image.size()));
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_OPEN_SECONDS_H_
