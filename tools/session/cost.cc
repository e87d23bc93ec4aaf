#include "tools/session/cost.h"

#include <algorithm>
#include <cstddef>

#include "runtime/operators/sequences.h"
#include "runtime/work.h"

namespace fovea::tools {
namespace {

// Tokens that a cache may hold before a run of the method: what it stores must still fit.
uint32_t fullest(const Frame& frame, uint32_t cache) {
  const uint32_t context = frame.model->caches()->Get(cache)->context();
  const schema::CacheUpdate* update = frame.update_of(cache);
  if (update == nullptr) return context;
  uint32_t tokens = frame.dims[update->dim()];
  if (is_packed(*frame.method, *update)) tokens /= frame.model->sequences();
  return tokens < context ? context - tokens : 0;
}

}  // namespace

std::vector<fovea_cost> operator_costs(const Session& session, uint32_t method) {
  Frame frame = frame_of(*session.get(), method);
  std::vector<fovea_cost> result;
  for (uint32_t i = 0; i < size_of(frame.method->operators()); ++i) {
    frame.op = frame.method->operators()->Get(i);
    frame.op_index = i;
    result.push_back(operator_work(frame));
  }
  return result;
}

fovea_cost cost_at_maxima(const ModelFile& file, uint32_t method, Caches caches) {
  std::vector<uint32_t> dims(file.model().dim_count());
  for (uint32_t i = 0; i < dims.size(); ++i) dims[i] = file.tables().dims()->Get(i)->max();
  const uint32_t sequences = file.tables().sequences();
  std::vector<int32_t> lengths(size_t{file.model().cache_count()} * sequences);
  Frame frame;
  frame.set_method(&file.tables(), method);
  frame.dims = dims.data();
  frame.memory.lengths = lengths.data();
  for (uint32_t cache = 0; caches == Caches::kFull && cache < file.model().cache_count(); ++cache) {
    const auto length = static_cast<int32_t>(fullest(frame, cache));
    std::fill_n(lengths.begin() + static_cast<ptrdiff_t>(size_t{cache} * sequences), sequences,
                length);
  }
  return method_work(frame);
}

}  // namespace fovea::tools
