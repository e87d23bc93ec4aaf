#include "runtime/operators/cost.h"

#include "runtime/layout.h"
#include "runtime/operator.h"

namespace fovea {

Checked weight_bytes(const Frame& f) {
  Checked bytes = 0;
  for (uint32_t i = 0; i < size_of(f.op->weights()); ++i) {
    const schema::Weight* weight = f.weight(i);
    if (weight != nullptr) bytes = bytes + weight->size();
  }
  return bytes;
}

fovea_cost element_cost(const Frame& f) {
  return counted(elements(f.output_rows(0)), weight_bytes(f));
}

fovea_cost lookup_cost(const Frame& f) {
  const Rows y = f.output_rows(0);
  const uint32_t row[2] = {1, y.width};
  return counted(elements(y),
                 weight_bytes(schema::Layout::Plain, row, 2, format_of(*f.model, *f.op)) * y.rows);
}

fovea_cost matrix_cost(const Frame& f, uint32_t matrices) {
  const Checked made = elements(f.output_rows(0));
  return counted(made * columns_of(*f.weight(0)) * matrices, weight_bytes(f));
}

fovea_cost chosen_cost(const Frame& f, uint32_t matrices, const Rows& ids) {
  const uint64_t experts = f.weight(0)->shape()->Get(0), chosen = elements(ids).value();
  const fovea_cost all = matrix_cost(f, matrices);
  return {all.multiply_adds, all.bytes / experts * (chosen < experts ? chosen : experts)};
}

}  // namespace fovea
