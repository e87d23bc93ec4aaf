// AVX2 and FMA: 16 registers of 8 floats.

#define FOVEA_ROW avx2
#define FOVEA_ROW_OF_DOTS avx2_vnni
#define FOVEA_ARCH xsimd::fma3<xsimd::avx2>

#include "kernels/impl/dot_avx2-inl.h"
#include "kernels/impl/vec_avx2-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

template <class A>
struct Tuning {
  static constexpr size_t kRegisters = 16;
  static constexpr size_t kAccumulators = 12;
  static constexpr size_t kTileRows = 6;
  static constexpr size_t kTilePanels = 3;
  static constexpr size_t kOneRowPanels = 4;
  static constexpr size_t kFetchRows = 4;
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
