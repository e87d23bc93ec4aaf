// AVX-512 F, BW, DQ, VL: 32 registers of 16 floats.

#define FOVEA_ROW avx512
#define FOVEA_ROW_OF_DOTS avx512_vnni
#define FOVEA_ARCH xsimd::avx512bw

#if defined(__GNUC__) && !defined(__clang__)
// gcc 12's own header reads an undefined vector on purpose (bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#include "kernels/impl/dot_avx512-inl.h"
#include "kernels/impl/vec_avx512-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

template <class A>
struct Tuning {
  static constexpr size_t kRegisters = 32;
  static constexpr size_t kAccumulators = 24;
  static constexpr size_t kTileRows = 8;
  static constexpr size_t kTilePanels = 4;
  static constexpr size_t kOneRowPanels = 4;
  static constexpr size_t kFetchRows = 3;
  static constexpr size_t kUnroll = 1;
  static constexpr size_t kFactors = 1;
  static constexpr size_t kLoads = 8;
  static constexpr size_t kScoreRows = 6;
  static constexpr size_t kValueRows = 6;
  static constexpr size_t kValueStep = 2;
  static constexpr bool kShares = true;
};

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#include "kernels/impl/row-inl.h"
