// What lies at the start of a session's state memory.

#ifndef FOVEA_RUNTIME_SESSION_H_
#define FOVEA_RUNTIME_SESSION_H_

#include "runtime/model.h"
#include "runtime/operator.h"
#include "runtime/verify.h"

struct fovea_session {
  fovea::Model model;
  fovea_executor executor;
  const fovea::kernels::Kernels* kernels;
  const fovea_trace* trace;
  int32_t* lengths;  // [caches][sequences]
  uint32_t* starts;  // [sequences + 1]: where the packed rows of a run's sequences begin
  unsigned char* states;
  unsigned char* planned;
  unsigned char* scratch;
  uint64_t scratch_stride;
  uint32_t dims[fovea::kMaxDims];

  // A sliced run: where the next call goes on.
  bool busy;
  uint32_t method, next_operator, next_task;

  int32_t& length(uint32_t cache, uint32_t sequence) const {
    return lengths[uint64_t{cache} * model.root->sequences() + sequence];
  }
};

namespace fovea {

// The same for every target, so that the arena's size is: the struct with pointers of 8 bytes and
// room to grow.
inline constexpr uint64_t kSessionBytes = 320;
static_assert(sizeof(fovea_session) <= kSessionBytes);

// The code of an operator of the session's model.
const fovea_operator& definition_of(const fovea_session& session, const schema::Operator& op);

// No cache holds anything.
void clear_lengths(fovea_session* session);

// Whether there is a session, and in it the method.
fovea_code check_method(const fovea_session* session, uint32_t method, fovea_error* error);

}  // namespace fovea

#endif  // FOVEA_RUNTIME_SESSION_H_
