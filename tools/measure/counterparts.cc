#include "tools/measure/counterparts.h"

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

using schema::Attributes;

bool makes_codes(const schema::OperatorT& op) {
  return op.attributes.type == Attributes::Quantize ||
         op.attributes.type == Attributes::QuantizeGroups;
}

}  // namespace

std::vector<std::vector<uint32_t>> counterparts(const Graph& exact, const Graph& packed) {
  std::vector<std::vector<uint32_t>> found;
  for (uint32_t m = 0; m < exact.model.methods.size(); ++m) {
    const auto& operators = exact.model.methods[m]->operators;
    const auto& others = packed.model.methods[m]->operators;
    std::vector<uint32_t>& indices = found.emplace_back();
    uint32_t other = 0;
    for (uint32_t i = 0; i < operators.size(); ++i, ++other) {
      while (other < others.size() && makes_codes(*others[other])) ++other;
      if (other == others.size() ||
          others[other]->attributes.type != operators[i]->attributes.type) {
        fail("operator {} of {} has no counterpart among those of the packed model", i,
             exact.model.methods[m]->name);
      }
      indices.push_back(other);
    }
  }
  return found;
}

}  // namespace fovea::tools
