#include "tools/session/dropout.h"

#include <cstring>

#include "tools/graph/dropout.h"

namespace fovea::tools {

bool is_dropout(const fovea_tensor& input) {
  return std::strcmp(input.name, kDropout) == 0 && input.type == FOVEA_INT32 && input.rank == 1 &&
         input.dims[0] < 0 && input.extents[0] == 2;
}

bool drops(const ModelFile& file, uint32_t method) {
  for (uint32_t i = 0; i < file.model().input_count(method); ++i) {
    if (is_dropout(file.check(file.model().input(method, i)))) return true;
  }
  return false;
}

void set_pass(const ModelFile& file, const Session& session, uint32_t method, const Pass& pass) {
  if (!drops(file, method)) return;
  const int32_t numbers[] = {pass.seed, pass.number};
  file.check(session.method(method).set_list(kDropout, numbers, 2));
}

}  // namespace fovea::tools
