// What operators of a run read, row by row.

#ifndef FOVEA_TOOLS_MEASURE_INPUT_WATCH_H_
#define FOVEA_TOOLS_MEASURE_INPUT_WATCH_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "tools/session/session.h"

namespace fovea::tools {

// An operator of a method.
using Place = std::pair<uint32_t, uint32_t>;

// Looks at the runs of a session for as long as it lives.
class InputWatch {
 public:
  // Operators whose first inputs are rows of f32 that they leave as they are.
  InputWatch(const Session& session, std::vector<Place> operators);
  ~InputWatch() { session_.set_trace(nullptr); }
  InputWatch(const InputWatch&) = delete;
  InputWatch& operator=(const InputWatch&) = delete;

  // The rows of all since the last call.
  std::vector<float> take() { return std::exchange(rows_, {}); }

 private:
  static void record(void* context, const fovea_record* record);

  Session session_;
  std::vector<Place> operators_;
  std::vector<float> rows_;
  fovea_trace trace_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_MEASURE_INPUT_WATCH_H_
