// All kernels of one row, instantiated for FOVEA_ARCH and exported under the name FOVEA_ROW: as a
// table, or as functions in a build for a single instruction set. Included once, last.

#include "kernels/impl/attention-inl.h"
#include "kernels/impl/embedding-inl.h"
#include "kernels/impl/function-inl.h"
#include "kernels/impl/limits-inl.h"
#include "kernels/impl/linear-inl.h"
#include "kernels/impl/norm-inl.h"
#include "kernels/impl/rotary-inl.h"

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

extern const Kernels table;
const Kernels table = {
    FOVEA_TEXT(FOVEA_ROW),
#if !defined(FOVEA_SINGLE_ISA)
#define FOVEA_KERNEL(name, Args) name<FOVEA_ARCH>,
#include "kernels/kernels.inc"
#undef FOVEA_KERNEL
#endif
};

}  // namespace fovea::kernels::FOVEA_ROW
