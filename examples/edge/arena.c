/* arena MODEL.fovea: checks a model, proves that this machine computes the right bits, and says
 * how much memory it takes. */
#include <fovea/fovea.h>
#include <stdio.h>
#include <stdlib.h>

static int failed(const fovea_model* model, const fovea_error* error) {
  char line[256];
  fovea_describe(model, error, line, sizeof line);
  fprintf(stderr, "%s\n", line);
  return 1;
}

int main(int argc, char** argv) {
  FILE* file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) return 2;
  const size_t size = (size_t)ftell(file);
  void* bytes = aligned_alloc(64, (size + 64) / 64 * 64);
  rewind(file);
  if (bytes == NULL || fread(bytes, 1, size, file) != size) return 2;

  fovea_model model;
  fovea_error error;
  const fovea_span all = {bytes, size}, none = {NULL, 0};
  if (fovea_open(all, none, &model, &error) != FOVEA_OK) return failed(NULL, &error);

  const fovea_memory memory = fovea_arena(&model, 1);
  void* arena = aligned_alloc(FOVEA_ALIGNMENT, (size_t)memory.total);
  const fovea_spans spans = {{arena, (size_t)memory.total}, {NULL, 0}, {NULL, 0}};
  fovea_session* session;
  if (fovea_bind(&model, spans, NULL, &session, &error) != FOVEA_OK) return failed(&model, &error);
  if (fovea_check_fingerprint(session, &error) != FOVEA_OK) return failed(&model, &error);
  printf("%llu bytes, the right bits with the row %s\n", (unsigned long long)memory.total,
         fovea_row(session));
  free(arena);
  free(bytes);
  return 0;
}
