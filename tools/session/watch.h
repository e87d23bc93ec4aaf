// What operators of a run made, before others take their memory.

#ifndef FOVEA_TOOLS_SESSION_WATCH_H_
#define FOVEA_TOOLS_SESSION_WATCH_H_

#include <cstdint>
#include <map>
#include <vector>

#include "tools/session/seen.h"
#include "tools/session/session.h"

namespace fovea::tools {

// Looks at the runs of a session for as long as it lives.
class Watch {
 public:
  // Operators of one method.
  Watch(const Session& session, uint32_t method, const std::vector<uint32_t>& operators);
  ~Watch() { session_.set_trace(nullptr); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // By operator, those that have run.
  const std::map<uint32_t, Seen>& seen() const { return seen_; }

 private:
  static void record(void* context, const fovea_record* record);

  uint32_t method_;
  Session session_;
  std::map<uint32_t, Seen> seen_;
  std::vector<uint32_t> operators_;
  fovea_trace trace_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_WATCH_H_
