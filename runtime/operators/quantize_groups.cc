#include "runtime/operators/quantize.h"

namespace fovea {
namespace {

constexpr Definition define() {
  Definition d = define_quantize();
  d.check = [](const Frame& f, fovea_error* error) {
    return check_codes_made(f, kernels::group_row_words, error);
  };
  d.run = [](const Run& run, uint32_t task, uint32_t) {
    run.kernels->quantize_groups_f32(rows_to_quantize(run, task));
  };
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(QuantizeGroups, quantize_groups, define())
