#include "tools/graph/shrink.h"

#include <fmt/format.h>

#include <set>

#include "runtime/layout.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

// [.., height, width, channels]
void enlarge(schema::TensorT& pixels, uint32_t times) {
  const size_t rank = pixels.extents.size();
  uint64_t all = 1;
  for (size_t i = 0; i < rank; ++i) {
    if (i + 3 == rank || i + 2 == rank) pixels.extents[i] *= times;
    all *= pixels.extents[i];
  }
  if (all > kMaxExtent) {
    throw UsageError(
        fmt::format("--shrink {}: pictures of {} x {} pixels are larger than any "
                    "tensor",
                    times, pixels.extents[rank - 3], pixels.extents[rank - 2]));
  }
}

}  // namespace

void shrink_pictures(schema::ModelT& model, uint32_t times) {
  bool any = false;
  for (const auto& method : model.methods) {
    std::set<int32_t> enlarged;
    for (const auto& op : method->operators) {
      schema::PixelPatchesT* const patches = op->attributes.AsPixelPatches();
      if (patches == nullptr) continue;
      patches->shrink = times;
      if (!enlarged.insert(op->inputs[0]).second) continue;
      enlarge(*method->tensors[static_cast<size_t>(op->inputs[0])], times);
    }
    any = any || !enlarged.empty();
  }
  if (!any) {
    throw UsageError("--shrink is for models that take pixels (uint8), and this one takes none");
  }
  if (model.picture == nullptr) return;
  model.picture->height *= times;
  model.picture->width *= times;
}

}  // namespace fovea::tools
