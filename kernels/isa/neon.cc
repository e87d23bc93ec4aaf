// 64-bit NEON: 32 registers of 4 floats.

#define FOVEA_ROW neon
#define FOVEA_ROW_OF_DOTS neon_dotprod
#define FOVEA_ROW_OF_PAIRS neon_i8mm
#define FOVEA_ARCH Neon

#include "kernels/impl/dot_neon-inl.h"
#include "kernels/impl/vec_neon-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// A build for this instruction set alone is one for boards, where the code is too much.
#if defined(FOVEA_SINGLE_ISA)
constexpr bool kForBoards = true;
#else
constexpr bool kForBoards = false;
#endif

template <class A>
struct Tuning {
  static constexpr size_t kRegisters = 32;
  static constexpr size_t kAccumulators = 20;
  static constexpr size_t kTileRows = 5;
  static constexpr size_t kTilePanels = 2;
  static constexpr size_t kOneRowPanels = 3;
  static constexpr size_t kFetchRows = 0;
  static constexpr size_t kUnroll = 4;
  static constexpr size_t kFactors = 4;
  static constexpr size_t kLoads = 8;
  static constexpr size_t kScoreRows = 5;
  static constexpr size_t kValueRows = 5;
  static constexpr size_t kValueStep = 2;
  static constexpr bool kShares = !kForBoards;
};

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#include "kernels/impl/row-inl.h"
