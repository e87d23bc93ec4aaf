/* arena MODEL.fovea: checks a model, proves that this machine computes the right bits, and says
 * how much memory it takes. C99. */
#include <fovea/fovea.h>
#include <stdio.h>
#include <stdlib.h>

/* Memory as malloc gives it, and the part of it that begins where fovea wants it. */
typedef struct Block {
  void* memory;
  void* aligned;
} Block;

static Block allocate(size_t size) {
  Block block = {NULL, NULL};
  block.memory = malloc(size + FOVEA_ALIGNMENT - 1);
  if (block.memory != NULL) {
    const uintptr_t last = (uintptr_t)block.memory + FOVEA_ALIGNMENT - 1;
    block.aligned = (void*)(last - last % FOVEA_ALIGNMENT);
  }
  return block;
}

static int failed(const fovea_model* model, const fovea_error* error) {
  char line[256];
  fovea_describe(model, error, line, sizeof line);
  fprintf(stderr, "%s\n", line);
  return 1;
}

int main(int argc, char** argv) {
  FILE* stream = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (stream == NULL || fseek(stream, 0, SEEK_END) != 0) return 2;
  const size_t size = (size_t)ftell(stream);
  const Block file = allocate(size);
  rewind(stream);
  if (file.memory == NULL || fread(file.aligned, 1, size, stream) != size) return 2;
  fclose(stream);

  fovea_model model;
  fovea_error error;
  const fovea_span all = {file.aligned, size}, none = {NULL, 0};
  if (fovea_open(all, none, &model, &error) != FOVEA_OK) return failed(NULL, &error);

  const fovea_memory memory = fovea_arena(&model, 1);
  const Block arena = allocate((size_t)memory.total);
  const fovea_spans spans = {{arena.aligned, (size_t)memory.total}, {NULL, 0}, {NULL, 0}};
  fovea_session* session;
  if (fovea_bind(&model, spans, NULL, &session, &error) != FOVEA_OK) return failed(&model, &error);
  if (fovea_check_fingerprint(session, &error) != FOVEA_OK) return failed(&model, &error);
  printf("%llu bytes, the right bits with the row %s\n", (unsigned long long)memory.total,
         fovea_row(session));
  free(arena.memory);
  free(file.memory);
  return 0;
}
