#include "runtime/measure.h"

#include "runtime/features.h"
#include "runtime/layout.h"
#include "runtime/session.h"
#include "runtime/verify.h"

namespace fovea {
namespace {

uint64_t planned_bytes(const schema::Model& model) {
  uint64_t most = 0;
  for (uint32_t m = 0; m < size_of(model.methods()); ++m) {
    const auto* tensors = model.methods()->Get(m)->tensors();
    for (uint32_t i = 0; i < size_of(tensors); ++i) {
      const schema::Tensor& tensor = *tensors->Get(i);
      if (tensor.storage() != schema::Storage::Planned) continue;
      const uint64_t end = tensor.offset() + tensor_bytes(model, tensor);
      if (end > most) most = end;
    }
  }
  return round_up(most, FOVEA_ALIGNMENT);
}

void raise(uint64_t* most, uint64_t (*bytes)(const Frame&), const Frame& frame) {
  const uint64_t needed = bytes == nullptr ? 0 : bytes(frame);
  if (needed > *most) *most = needed;
}

// What operators need besides tensors: the most that one asks for, for each thread and once.
void add_scratch(const schema::Model& model, const fovea_operators& operators,
                 fovea_memory* memory) {
  uint32_t maxima[kMaxDims] = {};
  for (uint32_t i = 0; i < size_of(model.dims()); ++i) maxima[i] = model.dims()->Get(i)->max();
  uint64_t own = 0, shared = 0;
  Frame frame;
  frame.dims = maxima;
  for (uint32_t m = 0; m < size_of(model.methods()); ++m) {
    frame.set_method(&model, m);
    for (uint32_t i = 0; i < size_of(frame.method->operators()); ++i) {
      frame.op = frame.method->operators()->Get(i);
      frame.op_index = i;
      const fovea_operator& op = *find_operator(operators, model, *frame.op);
      raise(&own, op.scratch, frame);
      raise(&shared, op.shared, frame);
    }
  }
  memory->scratch = round_up(own, FOVEA_ALIGNMENT);
  memory->planned += Run::shared_bytes(shared);
}

}  // namespace

uint64_t lengths_bytes(const schema::Model& model) {
  const uint64_t lengths = uint64_t{size_of(model.caches())} * model.sequences();
  return round_up(lengths * sizeof(int32_t), FOVEA_ALIGNMENT);
}

uint64_t session_bytes(const schema::Model& model) {
  uint64_t starts = 0;
  for (uint32_t i = 0; i < size_of(model.methods()); ++i) {
    if (model.methods()->Get(i)->lengths() >= 0) starts = uint64_t{model.sequences()} + 1;
  }
  return kSessionBytes + lengths_bytes(model) +
         round_up(starts * sizeof(uint32_t), FOVEA_ALIGNMENT);
}

fovea_code measure(const schema::Model& model, const fovea_operators& operators,
                   fovea_memory* memory, fovea_error* error, uint32_t header_size) {
  Steps steps(header_size);
  FOVEA_TRY(verify_tables(model, operators, &steps, error));
  const fovea_caches* caches = operators.features.caches;
  memory->state = session_bytes(model) + (caches == nullptr ? 0 : caches->bytes(model));
  memory->planned = planned_bytes(model);
  add_scratch(model, operators, memory);
  memory->total = memory->state + memory->planned + memory->scratch;
  return FOVEA_OK;
}

}  // namespace fovea
