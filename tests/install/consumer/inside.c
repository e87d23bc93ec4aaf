/* inside: a program that has its model inside. */
#include <stdio.h>

#include "stranger.h"

static uint8_t arena[STRANGER_ARENA_BYTES + FOVEA_ALIGNMENT];

int main(void) {
  fovea_model model;
  fovea_session* session;
  fovea_error error;
  fovea_spans memory = {{NULL, STRANGER_ARENA_BYTES}, {NULL, 0}, {NULL, 0}};
  memory.state.data = arena + (FOVEA_ALIGNMENT - (size_t)arena % FOVEA_ALIGNMENT);
  if (stranger_open(&model, &error) != FOVEA_OK) return 1;
  if (fovea_bind(&model, memory, NULL, &session, &error) != FOVEA_OK) return 1;
  if (fovea_check_fingerprint(session, &error) != FOVEA_OK) return 1;
  puts("inside ok");
  return 0;
}
