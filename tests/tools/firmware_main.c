// Linked with what `fovea firmware` wrote, as C and as C++: proves the fingerprint in an arena of
// exactly the bytes that the header gives, and that one byte less does not do.

#include <stdio.h>

#include "digits.h"

static unsigned char arena[DIGITS_ARENA_BYTES] __attribute__((aligned(FOVEA_ALIGNMENT)));

static fovea_code bind(const fovea_model* model, size_t size, fovea_session** session) {
  fovea_spans memory = {{arena, size}, {0, 0}, {0, 0}};
  return fovea_bind(model, memory, 0, session, 0);
}

int main(void) {
  fovea_model model;
  fovea_session* session;
  fovea_tensor image;
  if (digits_open(&model, 0) != FOVEA_OK) return 1;
  if (bind(&model, sizeof arena - 1, &session) != FOVEA_ARENA_TOO_SMALL) return 2;
  if (bind(&model, sizeof arena, &session) != FOVEA_OK) return 3;
  if (fovea_check_fingerprint(session, 0) != FOVEA_OK) return 4;
  if (fovea_find_method(&model, "forward") != DIGITS_METHOD_FORWARD) return 5;
  if (fovea_input(session, DIGITS_METHOD_FORWARD, DIGITS_FORWARD_INPUT_IMAGE, &image, 0) !=
      FOVEA_OK) {
    return 6;
  }
  if (image.bytes != 4 * DIGITS_FORWARD_INPUT_IMAGE_ELEMENTS) return 7;
  if (image.extents[0] != DIGITS_FORWARD_INPUT_IMAGE_EXTENT_0) return 8;
  if (fovea_arena(&model, 3).total != DIGITS_ARENA_BYTES_FOR(3)) return 9;
  puts("firmware ok");
  return 0;
}
