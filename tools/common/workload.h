// Inputs that are good enough to time a method with, and caches filled to a position.

#ifndef FOVEA_TOOLS_COMMON_WORKLOAD_H_
#define FOVEA_TOOLS_COMMON_WORKLOAD_H_

#include <cstdint>
#include <vector>

#include "tools/common/session.h"

namespace fovea::tools {

class Workload {
 public:
  // Brings the caches that the method appends to to `position`, and fills those that another
  // method makes for it (an encoder's). Throws InputError where that cannot be.
  Workload(const ModelFile& file, const Session& session, uint32_t method, uint32_t position);

  // One run, from the same caches every time.
  void run() const;

 private:
  void fill_inputs(uint32_t method) const;
  void fill_tokens(uint32_t method, uint32_t input, const fovea_tensor& tensor) const;
  void fill_foreign_caches() const;
  void advance() const;
  void rewind() const;

  const ModelFile& file_;
  Session session_;
  uint32_t method_;
  uint32_t position_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_WORKLOAD_H_
