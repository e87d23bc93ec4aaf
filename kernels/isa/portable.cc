// No vector unit: 16 sums in scalar registers (Cortex-M4 has 32). A load of eight weights costs
// little beside their multiply-adds, so one row of a panel is enough; otherwise two rows of half
// a panel share every load.

#define FOVEA_ROW portable
#define FOVEA_ARCH Scalar

#include "kernels/impl/dot_scalar-inl.h"
#include "kernels/impl/vec_scalar-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

template <class A>
struct Tuning {
  static constexpr size_t kRows = kLoadsEight ? 1 : 2;
  static constexpr size_t kRegisters = 32;
  static constexpr size_t kAccumulators = 16;
  static constexpr size_t kTileRows = kRows;
  static constexpr size_t kTilePanels = 1;
  static constexpr size_t kOneRowPanels = 1;
  static constexpr size_t kFetchRows = 0;
  static constexpr size_t kUnroll = 4;
  static constexpr size_t kFactors = 1;
  static constexpr size_t kLoads = 8;
  static constexpr size_t kScoreRows = kRows;
  static constexpr size_t kValueRows = kRows;
  static constexpr size_t kValueStep = 8;
  static constexpr bool kShares = false;
};

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#include "kernels/impl/row-inl.h"
