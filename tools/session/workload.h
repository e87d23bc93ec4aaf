// Inputs that are good enough to time a method with, and caches filled to a position.

#ifndef FOVEA_TOOLS_SESSION_WORKLOAD_H_
#define FOVEA_TOOLS_SESSION_WORKLOAD_H_

#include <cstdint>
#include <vector>

#include "tools/session/pace.h"
#include "tools/session/session.h"

namespace fovea::tools {

class Workload {
 public:
  // Brings the caches that the method appends to to `position`, and fills those that another
  // method makes for it (an encoder's). Throws InputError where that cannot be, and where it, or
  // one run of the method after it, takes longer than kLongRun.
  Workload(const ModelFile& file, const BoundSession& session, uint32_t method, uint32_t position);

  // One run, from the same caches every time.
  void run() const;

 private:
  void fill_inputs(uint32_t method) const;
  void fill_tokens(uint32_t method, uint32_t input, const fovea_tensor& tensor) const;
  uint32_t sharing(uint32_t dim) const;
  void fill_foreign_caches();
  void advance();
  void rewind() const;
  void prepare(uint32_t method);
  void spend(uint32_t method, double* spent) const;

  const ModelFile& file_;
  Session session_;
  uint32_t method_;
  uint32_t position_;
  Pace pace_;
  double preparing_ = 0;  // seconds, estimated
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_WORKLOAD_H_
