// All kernels of one row, instantiated for FOVEA_ARCH and exported under the name FOVEA_ROW: as a
// table, or as functions in a build for a single instruction set. Included once, last.

#include "kernels/impl/attention-inl.h"
#include "kernels/impl/depthwise-inl.h"
#include "kernels/impl/embedding-inl.h"
#include "kernels/impl/function-inl.h"
#include "kernels/impl/kept-inl.h"
#include "kernels/impl/limits-inl.h"
#include "kernels/impl/linear-inl.h"
#include "kernels/impl/norm-inl.h"
#include "kernels/impl/quantize-inl.h"
#include "kernels/impl/relate-inl.h"
#include "kernels/impl/rotary-inl.h"
#include "kernels/impl/scores-inl.h"
#include "kernels/impl/store-inl.h"

#define FOVEA_TEXT_OF(name) #name
#define FOVEA_TEXT(name) FOVEA_TEXT_OF(name)

namespace fovea::kernels::FOVEA_ROW {

#if defined(FOVEA_SINGLE_ISA)
#define FOVEA_KERNEL(name, Args) \
  void name(const Args& args) {  \
    name<FOVEA_ARCH>(args);      \
  }
#include "kernels/kernels.inc"
#undef FOVEA_KERNEL
#endif

namespace {

constexpr Kernels make_table() {
  return {
    FOVEA_TEXT(FOVEA_ROW),
#if !defined(FOVEA_SINGLE_ISA)
#define FOVEA_KERNEL(name, Args) name<FOVEA_ARCH>,
#include "kernels/kernels.inc"
#undef FOVEA_KERNEL
#endif
  };
}

#if !defined(FOVEA_SINGLE_ISA)
// The row's kernels but for those of codes.
template <class Int8, template <size_t> class Half>
constexpr Kernels make_table_of(const char* name) {
  Kernels kernels = make_table();
  kernels.name = name;
  kernels.linear_int8 = linear<FOVEA_ARCH, Int8>;
  kernels.gated_linear_int8 = gated_linear<FOVEA_ARCH, Int8>;
  kernels.linear_int4 = linear<FOVEA_ARCH, Half<1>>;
  kernels.gated_linear_int4 = gated_linear<FOVEA_ARCH, Half<1>>;
  kernels.linear_uint4 = linear<FOVEA_ARCH, Half<2>>;
  kernels.gated_linear_uint4 = gated_linear<FOVEA_ARCH, Half<2>>;
  kernels.code_limit = code_limit_of<FOVEA_ARCH, Int8>;
  return kernels;
}
#endif

}  // namespace

extern const Kernels table;
constexpr Kernels table = make_table();

#if !defined(FOVEA_SINGLE_ISA)
#if defined(FOVEA_ROW_OF_DOTS)
extern const Kernels FOVEA_ROW_OF_DOTS;
constexpr Kernels FOVEA_ROW_OF_DOTS =
    make_table_of<I8Dots, HalvesDots>(FOVEA_TEXT(FOVEA_ROW_OF_DOTS));
#endif
#if defined(FOVEA_ROW_OF_PAIRS)
extern const Kernels FOVEA_ROW_OF_PAIRS;
constexpr Kernels FOVEA_ROW_OF_PAIRS =
    make_table_of<I8Pairs, HalvesPairs>(FOVEA_TEXT(FOVEA_ROW_OF_PAIRS));
#endif
#endif

}  // namespace fovea::kernels::FOVEA_ROW
