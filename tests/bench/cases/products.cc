// Linear layers and tables whose weights are numbers.

#include "tests/bench/cases/cases.h"

namespace fovea::bench {

#define FOVEA_FORMAT(name, Element, type)                                                          \
  void linear_##name(const kernels::Kernels& row, const Shape& s, Case& c) {                       \
    c.work.run = [&row, a = linear<kernels::Element>(s, c)] { row.linear_##name(a); };             \
  }                                                                                                \
  void gated_linear_##name(const kernels::Kernels& row, const Shape& s, Case& c) {                 \
    c.work.run = [&row, a = gated_linear<kernels::Element>(s, c)] { row.gated_linear_##name(a); }; \
  }                                                                                                \
  void embedding_##name(const kernels::Kernels& row, const Shape& s, Case& c) {                    \
    c.work.run = [&row, a = embedding<kernels::Element>(s, c)] { row.embedding_##name(a); };       \
  }
#include "kernels/formats.inc"
#undef FOVEA_FORMAT

}  // namespace fovea::bench
