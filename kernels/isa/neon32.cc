// 32-bit NEON: 16 registers of 4 floats. Outside the contract of ARITHMETIC.md, for it flushes
// subnormal floats: only in builds with FOVEA_ARMV7_NEON, and only chosen by its name.

#define FOVEA_ROW neon32
#define FOVEA_ARCH Neon

#include "kernels/impl/dot_neon-inl.h"
#include "kernels/impl/vec_neon-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

template <class A>
struct Tuning {
  static constexpr size_t kRegisters = 16;
  static constexpr size_t kAccumulators = 8;
  static constexpr size_t kTileRows = 2;
  static constexpr size_t kTilePanels = 1;
  static constexpr size_t kOneRowPanels = 2;
  static constexpr size_t kFetchRows = 0;
  static constexpr size_t kUnroll = 4;
  static constexpr size_t kFactors = 4;
  static constexpr size_t kLoads = 4;
  static constexpr size_t kScoreRows = 2;
  static constexpr size_t kValueRows = 2;
  static constexpr size_t kValueStep = 2;
  static constexpr bool kShares = false;
};

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#include "kernels/impl/row-inl.h"
