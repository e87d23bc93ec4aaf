// Traces: one line "method operator kind crc" for every operator of a run, as a device prints
// them from its trace callback.

#ifndef FOVEA_TOOLS_SESSION_TRACE_H_
#define FOVEA_TOOLS_SESSION_TRACE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/session/session.h"

namespace fovea::tools {

struct TraceLine {
  std::string method;
  uint32_t operator_index = 0;
  std::string kind;
  uint32_t crc = 0;
};

// Names come from the model: they are made printable.
std::string trace_text(const TraceLine& line);

// Reads such lines. Empty ones and those that begin with # are skipped. Throws InputError.
std::vector<TraceLine> read_trace(const std::string& path);

// Collects the operators of all runs of a session for as long as it lives.
class Tracer {
 public:
  Tracer(const ModelFile& file, const Session& session);
  ~Tracer() { session_.set_trace(nullptr); }
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  const std::vector<TraceLine>& lines() const { return lines_; }

 private:
  static void record(void* context, const fovea_record* record);

  const ModelFile& file_;
  Session session_;
  fovea_trace trace_;
  std::vector<TraceLine> lines_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_TRACE_H_
