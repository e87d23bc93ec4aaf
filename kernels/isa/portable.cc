// No vector unit: 16 outputs of a panel in scalar registers (Cortex-M4 has 32).

#define FOVEA_ROW portable
#define FOVEA_ARCH Scalar

#include "kernels/impl/vec_scalar-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

template <class A>
struct Tuning {
  static constexpr size_t kAccumulators = 16;
  static constexpr size_t kTileRows = 1;
  static constexpr size_t kTilePanels = 1;
  static constexpr size_t kOneRowPanels = 1;
  static constexpr size_t kFetchRows = 0;
  static constexpr size_t kUnroll = 4;
  static constexpr size_t kScoreRows = 1;
  static constexpr size_t kValueRows = 1;
  static constexpr size_t kValueStep = 8;
};

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#include "kernels/impl/row-inl.h"
