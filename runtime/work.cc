// Linked only into programs that ask for costs.

#include "runtime/work.h"

#include "runtime/definition.h"
#include "runtime/operators/cost.h"
#include "runtime/session.h"

namespace fovea {
namespace {

Cost* cost_of(schema::Attributes kind) {
  switch (kind) {
#define FOVEA_OPERATOR(Kind, name) \
  case schema::Attributes::Kind:   \
    return cost_##name;
#include "runtime/operators.inc"
#undef FOVEA_OPERATOR
    default:  // none, or one that is not in this firmware's list
      break;
  }
  return nullptr;
}

}  // namespace

fovea_cost operator_work(const Frame& f) {
  Cost* cost = cost_of(f.op->attributes_type());
  return cost == nullptr ? element_cost(f) : cost(f);
}

fovea_cost operator+(const fovea_cost& a, const fovea_cost& b) {
  return counted(Checked(a.multiply_adds) + b.multiply_adds, Checked(a.bytes) + b.bytes);
}

fovea_cost method_work(Frame frame) {
  fovea_cost sum = {};
  for (uint32_t i = 0; i < size_of(frame.method->operators()); ++i) {
    frame.op = frame.method->operators()->Get(i);
    frame.op_index = i;
    sum = sum + operator_work(frame);
  }
  return sum;
}

}  // namespace fovea

extern "C" fovea_code fovea_work(const fovea_session* session, uint32_t method, fovea_cost* out,
                                 fovea_error* error) {
  FOVEA_TRY(fovea::check_method(session, method, error));
  if (out == nullptr) {
    return fovea::fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_METHOD, method});
  }
  *out = fovea::method_work(fovea::frame_of(*session, method));
  return fovea::succeed(error);
}
