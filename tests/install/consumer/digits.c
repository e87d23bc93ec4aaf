/* digits MODEL.fovea: proves that this build computes the right bits, and prints the shortest time
 * of a run in nanoseconds of the processor. */
#include <fovea/fovea.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { kTries = 40, kRuns = 50 };

static int failed(const fovea_error* error) {
  char line[256];
  fovea_describe(NULL, error, line, sizeof line);
  fprintf(stderr, "%s\n", line);
  return 1;
}

/* Malloc's alignment of 16 is enough for a file. */
static void* read_file(const char* name, size_t* size) {
  FILE* file = fopen(name, "rb");
  void* bytes = malloc(1 << 20);
  if (file == NULL || bytes == NULL) exit(2);
  *size = fread(bytes, 1, 1 << 20, file);
  fclose(file);
  return bytes;
}

static void* aligned(size_t size) {
  char* memory = malloc(size + FOVEA_ALIGNMENT);
  if (memory == NULL) exit(2);
  return memory + (FOVEA_ALIGNMENT - (size_t)memory % FOVEA_ALIGNMENT) % FOVEA_ALIGNMENT;
}

int main(int argc, char** argv) {
  fovea_model model;
  fovea_error error;
  fovea_session* session;
  fovea_span file = {NULL, 0}, none = {NULL, 0};
  fovea_spans spans = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
  double best = 1e30;
  int i, j;
  if (argc != 2) return 2;
  file.data = read_file(argv[1], &file.size);
  if (fovea_open(file, none, &model, &error) != FOVEA_OK) return failed(&error);
  spans.state.size = (size_t)fovea_arena(&model, 1).total;
  spans.state.data = aligned(spans.state.size);
  if (fovea_bind(&model, spans, NULL, &session, &error) != FOVEA_OK) return failed(&error);
  if (fovea_check_fingerprint(session, &error) != FOVEA_OK) return failed(&error);
  for (i = 0; i < kTries; ++i) {
    const clock_t start = clock();
    for (j = 0; j < kRuns; ++j) {
      if (fovea_run(session, 0, &error) != FOVEA_OK) return failed(&error);
    }
    if ((double)(clock() - start) < best) best = (double)(clock() - start);
  }
  printf("%s %ld\n", fovea_row(session), (long)(best * 1e9 / CLOCKS_PER_SEC / kRuns));
  return 0;
}
