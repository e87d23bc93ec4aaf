/* pool: makes threads and ends them. */
#include <fovea/threads.h>
#include <stdio.h>

static void add(void* context, uint32_t task, uint32_t worker) {
  ((int*)context)[task] = 1;
  (void)worker;
}

int main(void) {
  int seen[3] = {0, 0, 0};
  fovea_threads* threads = fovea_threads_create(2, NULL);
  fovea_executor executor = fovea_threads_executor(threads);
  if (threads == NULL) return 1;
  executor.run(executor.context, add, seen, 3);
  fovea_threads_destroy(threads);
  puts("pool ok");
  return seen[0] + seen[1] + seen[2] == 3 ? 0 : 1;
}
