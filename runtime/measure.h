// How much memory a session of a model takes.

#ifndef FOVEA_RUNTIME_MEASURE_H_
#define FOVEA_RUNTIME_MEASURE_H_

#include "runtime/operator.h"
#include "runtime/preamble.h"

namespace fovea {

// Checks the model's tables and computes what Model.memory must say: `scratch` is that of one
// thread, `total` the sum for one thread. The converter stores it, fovea_open compares. The size of
// the header bounds the time that this takes; a writer trusts its own tables.
fovea_code measure(const schema::Model& model, const fovea_operators& operators,
                   fovea_memory* memory, fovea_error* error, uint32_t header_size = kMaxHeader - 1);

// Bytes of the caches' lengths.
uint64_t lengths_bytes(const schema::Model& model);

// Bytes of the state memory before the states: the session, the caches' lengths, and where packed
// sequences begin in a run.
uint64_t session_bytes(const schema::Model& model);

}  // namespace fovea

#endif  // FOVEA_RUNTIME_MEASURE_H_
