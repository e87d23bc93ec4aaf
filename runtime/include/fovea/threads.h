/* fovea_threads: a pool of threads for hosted programs, to be given to fovea_bind. A library of
 * its own; fovea itself knows no threads. Results are the same bits for any number of workers. */
#ifndef FOVEA_THREADS_H_
#define FOVEA_THREADS_H_

#include "fovea/fovea.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fovea_threads fovea_threads;

typedef struct fovea_threads_options {
  /* How long an idle worker looks for work before it sleeps. Looking answers within a fraction of
   * a microsecond and keeps a core busy; waking a sleeper takes some 50. 0: sleep at once. */
  uint32_t spin_microseconds;
  /* Called by each of the pool's threads before its first task, with its number from 1 on; worker 0
   * is whoever calls fovea_run. Here a thread binds itself to a core (the large ones of a
   * big.LITTLE) or takes a priority: work is shared by who is free, so that cores of unlike speed
   * may serve one pool. Or null. */
  void (*started)(void* context, uint32_t worker);
  void* context;
} fovea_threads_options;

#define FOVEA_THREADS_DEFAULT_SPIN 100

/* Makes a pool of `workers`, the calling thread among them, so `workers` - 1 threads. `options`
 * may be null. Null where the system gives no more threads or memory, and for 0 workers or more
 * than FOVEA_MAX_WORKERS. A pool serves one
 * fovea_run at a time. */
FOVEA_API fovea_threads* fovea_threads_create(uint32_t workers,
                                              const fovea_threads_options* options);

/* Ends the threads. No session that uses the pool may run any more. Null is allowed. */
FOVEA_API void fovea_threads_destroy(fovea_threads* threads);

/* What to put into fovea_options. The pool must outlive the session. Null: one thread. */
FOVEA_API fovea_executor fovea_threads_executor(fovea_threads* threads);

#ifdef __cplusplus
}
#endif

#endif /* FOVEA_THREADS_H_ */
