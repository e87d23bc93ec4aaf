// What operators have to do at least.

#ifndef FOVEA_RUNTIME_WORK_H_
#define FOVEA_RUNTIME_WORK_H_

#include "runtime/frame.h"

namespace fovea {

// Of the frame's operator. Looks at dims and at the lengths of caches, at no tensor's data.
fovea_cost operator_work(const Frame& frame);

// Of all operators of the frame's method.
fovea_cost method_work(Frame frame);

// The sum; a number that does not fit is UINT64_MAX.
fovea_cost operator+(const fovea_cost& a, const fovea_cost& b);

}  // namespace fovea

#endif  // FOVEA_RUNTIME_WORK_H_
