// How operators become tasks.

#include "runtime/operators/check.h"

namespace fovea {

uint32_t Run::units_per_task(uint32_t units, uint64_t work, uint32_t fine) const {
  if (grain == Grain::kFine) return fine;
  // Below this a task costs less than waking a thread for it.
  constexpr uint64_t kSmallWork = 50000;
  if (grain == Grain::kWhole || work < kSmallWork) return units;
  const uint32_t pieces = 2 * workers;
  return (units + pieces - 1) / pieces;
}

// Threads divide the rows where there are many, so that rows stay in a core's cache from one
// operator to the next (a prompt of 128 tokens on two threads: 8 % faster than by outputs), or
// where outputs are too few to share evenly. Otherwise they divide the weights.
Division Run::divide(uint32_t rows, uint32_t units, uint64_t work) const {
  if (grain == Grain::kFine) return {4, 1};
  const uint32_t share = units_per_task(rows, work, 4);
  if (share >= 16 || (share >= 8 && units < 4 * workers)) return {share, units};
  return {rows, units_per_task(units, work, 1)};
}

void Run::divide_rows(uint32_t count, uint32_t width) {
  constexpr uint32_t kElementWork = 4;  // in multiply-adds
  const uint32_t fine = fine_rows(width);
  const uint32_t share = units_per_task(count, uint64_t{kElementWork} * width * count, fine);
  rows = count;
  rows_per_task = share < count ? share : count;
  tasks = (count + rows_per_task - 1) / rows_per_task;
}

Part Run::part(uint32_t task) const {
  const uint32_t first = task * rows_per_task, left = rows - first;
  return {first, left < rows_per_task ? left : rows_per_task};
}

fovea_code divide_rows(Run& run, fovea_error*) {
  const Rows y = run.frame.output_rows(0);
  run.divide_rows(y.rows, y.width);
  return FOVEA_OK;
}

}  // namespace fovea
