/* Runs a method in slices of time: fovea_run_for with a budget in ticks of the caller's clock. The
 * runtime itself has no clock; this is a loop around it, in C and in C++. */
#ifndef FOVEA_RUN_WITHIN_H_
#define FOVEA_RUN_WITHIN_H_

#include "fovea/fovea.h"

/* A clock that counts up and may wrap around at 2^32: a timer in microseconds, a counter of cycles.
 * `longest` begins as 0, or as what is known of the slowest task, and learns. */
typedef struct fovea_pace {
  uint32_t (*now)(void* context);
  void* context;
  uint32_t longest; /* ticks of the slowest task so far, of all methods that share this */
} fovea_pace;

/* Does tasks while the slowest one so far would still end within `budget` ticks of now; at least
 * one, so that a run always ends. Once a run of the method at its largest dims has been seen, a
 * call takes `budget` at most, or one task where that takes longer. All else as fovea_run_for. */
static inline FOVEA_NODISCARD fovea_code fovea_run_within(fovea_session* session, uint32_t method,
                                                          fovea_pace* pace, uint32_t budget,
                                                          bool* finished, fovea_error* error) {
  const uint32_t start = pace->now(pace->context);
  uint32_t before = start;
  for (;;) {
    const fovea_code code = fovea_run_for(session, method, 1, finished, error);
    const uint32_t after = pace->now(pace->context), task = after - before;
    if (task > pace->longest) pace->longest = task;
    const uint32_t spent = after - start;
    if (code != FOVEA_OK || *finished || spent >= budget || budget - spent < pace->longest) {
      return code;
    }
    before = after;
  }
}

#endif /* FOVEA_RUN_WITHIN_H_ */
