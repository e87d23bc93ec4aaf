// The kernels of keys and values of each format, as a type.

#ifndef FOVEA_TESTS_KERNELS_IN_FORMAT_H_
#define FOVEA_TESTS_KERNELS_IN_FORMAT_H_

#include "kernels/formats.h"
#include "kernels/kernels.h"

namespace fovea::test {

#define FOVEA_CACHE(name, E, type)                                                       \
  struct In_##name {                                                                     \
    using Element = kernels::E;                                                          \
    using Attend = decltype(kernels::AttentionF32::attend);                              \
    static decltype(kernels::Scoring::relate) relate(const kernels::Kernels& row) {      \
      return row.relate_##name;                                                          \
    }                                                                                    \
    static decltype(kernels::Scoring::relate) meet_kept(const kernels::Kernels& row) {   \
      return row.meet_kept_##name;                                                       \
    }                                                                                    \
    static Attend report(const kernels::Kernels& row) { return row.report_##name; }      \
    static Attend dropout(const kernels::Kernels& row) { return row.dropout_##name; }    \
    static void attention(const kernels::Kernels& row, const kernels::AttentionF32& a) { \
      row.attention_##name(a);                                                           \
    }                                                                                    \
    static void attention_parts(const kernels::Kernels& row,                             \
                                const kernels::AttentionPartsF32& d) {                   \
      row.attention_parts_##name(d);                                                     \
    }                                                                                    \
  };
#include "kernels/caches.inc"
#undef FOVEA_CACHE

}  // namespace fovea::test

#endif  // FOVEA_TESTS_KERNELS_IN_FORMAT_H_
