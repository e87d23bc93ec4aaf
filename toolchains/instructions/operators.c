// Runs every method of models at its maxima with empty caches, and passes fovea_mark before and
// behind every operator, for a plugin that counts. rates.py writes models.h: MODELS(f) is f(digits)
// f(dates)...

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "fovea.h"
#include "models.h"

__attribute__((noinline)) void fovea_mark(void);
void fovea_mark(void) {
  __asm__ volatile("");
}

#if defined(__arm__)
__attribute__((section(".large.arena")))
#endif
static uint8_t arena[ARENA] __attribute__((aligned(FOVEA_ALIGNMENT)));

static uint64_t look(void* context) {
  (void)context;
  fovea_mark();
  return 0;
}

static void count(void* context, const fovea_record* record) {
  (void)record;
  ++*(uint32_t*)context;
}

// Zeros, and all rows of packed sequences to the first.
static void set_inputs(const fovea_model* model, fovea_session* session, uint32_t method) {
  fovea_tensor info, tensor;
  uint32_t rows = 0;
  for (uint32_t i = 0; i < fovea_input_count(model, method); ++i) {
    if (fovea_input_info(model, method, i, &info) != FOVEA_OK ||
        fovea_input(session, method, info.name, &tensor, 0) != FOVEA_OK) {
      continue;
    }
    memset(tensor.data, 0, (size_t)tensor.bytes);
    const int is_lengths = strcmp(info.name, "lengths") == 0;
    if (!is_lengths && tensor.rank > 0 && tensor.extents[0] > rows) rows = tensor.extents[0];
  }
  if (fovea_input(session, method, "lengths", &tensor, 0) == FOVEA_OK) {
    *(int32_t*)tensor.data = (int32_t)rows;
  }
}

static void run_all(const char* name, fovea_code opened, const fovea_model* model) {
  fovea_session* session;
  const fovea_spans memory = {{arena, sizeof arena}, {0, 0}, {0, 0}};
  if (opened != FOVEA_OK || fovea_bind(model, memory, 0, &session, 0) != FOVEA_OK) {
    printf("%s is not bound\n", name);
    return;
  }
  uint32_t records;
  const fovea_trace trace = {&records, count, look, false};
  fovea_set_trace(session, &trace);
  for (uint32_t i = 0; i < fovea_dim_count(model); ++i) {
    fovea_dim dim;
    if (fovea_dim_info(model, i, &dim) == FOVEA_OK && !dim.derived &&
        fovea_set_dim(session, i, dim.max, 0) != FOVEA_OK) {
      printf("%s: no dim %s\n", name, dim.name);
    }
  }
  for (uint32_t method = 0; method < fovea_method_count(model); ++method) {
    if (fovea_reset(session, 0, 0) != FOVEA_OK) continue;
    set_inputs(model, session, method);
    records = 0;
    const fovea_code code = fovea_run(session, method, 0);
    printf("ran %s %s %d %u\n", name, fovea_method_name(model, method), (int)code,
           (unsigned)records);
  }
}

int main(void) {
  fovea_model model;
#define RUN(name) run_all(#name, name##_open(&model, 0), &model);
  MODELS(RUN)
  return 0;
}
