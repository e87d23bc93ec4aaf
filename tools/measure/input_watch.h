// What operators of a run read, row by row.

#ifndef FOVEA_TOOLS_MEASURE_INPUT_WATCH_H_
#define FOVEA_TOOLS_MEASURE_INPUT_WATCH_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "tools/session/session.h"

namespace fovea::tools {

// An operator of a method.
using Place = std::pair<uint32_t, uint32_t>;

// Looks at the runs of a session for as long as it lives.
class RowsWatch {
 public:
  // What an operator of a group reads, as it runs.
  using Look = std::function<void(size_t group, std::span<const float> rows)>;

  // Groups of operators whose first inputs are rows of f32 that they leave as they are.
  RowsWatch(const Session& session, std::vector<std::vector<Place>> groups, Look look);
  ~RowsWatch() { session_.set_trace(nullptr); }
  RowsWatch(const RowsWatch&) = delete;
  RowsWatch& operator=(const RowsWatch&) = delete;

 private:
  static void record(void* context, const fovea_record* record);

  Session session_;
  std::vector<std::vector<Place>> groups_;
  Look look_;
  fovea_trace trace_;
};

// Keeps the rows of one group.
class InputWatch {
 public:
  InputWatch(const Session& session, std::vector<Place> operators)
      : watch_(session, {std::move(operators)}, [this](size_t, std::span<const float> rows) {
          rows_.insert(rows_.end(), rows.begin(), rows.end());
        }) {}

  // The rows of all since the last call.
  std::vector<float> take() { return std::exchange(rows_, {}); }

 private:
  std::vector<float> rows_;
  RowsWatch watch_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_MEASURE_INPUT_WATCH_H_
