// A control loop that must come round often, and a model beside it: between two rounds the model
// gets one task. How long the processor is away from the loop is bounded by the longest task, which
// `fovea inspect` prints; the test counts instructions between one visit of control_loop() and the
// next.

#include <stdint.h>
#include <string.h>

#include "digits.h"
#include "toolchains/console.h"

enum { kRounds = 3 };  // of the model

static uint8_t arena[DIGITS_ARENA_BYTES] __attribute__((aligned(FOVEA_ALIGNMENT)));
static volatile uint32_t rounds;  // of the loop

// What must not wait: read a sensor, set a motor, feed the watchdog.
__attribute__((noinline)) void control_loop(void);
void control_loop(void) {
  ++rounds;
}

static int failed(const char* what) {
  semihosting_write(what, (int)strlen(what));
  return 1;
}

// One run of the model, a task at a time.
static fovea_code run_beside_loop(fovea_session* session, fovea_error* error) {
  bool finished = false;
  while (!finished) {
    control_loop();
    const fovea_code code = fovea_run_for(session, DIGITS_METHOD_FORWARD, 1, &finished, error);
    if (code != FOVEA_OK) return code;
  }
  control_loop();
  return FOVEA_OK;
}

int main(void) {
  fovea_model model;
  fovea_session* session;
  fovea_tensor image;
  fovea_error error = {0};
  const fovea_spans memory = {{arena, sizeof arena}, {0, 0}, {0, 0}};
  if (digits_open(&model, &error) != FOVEA_OK) return failed("open\n");
  if (fovea_bind(&model, memory, 0, &session, &error) != FOVEA_OK) return failed("bind\n");
  if (fovea_check_fingerprint(session, &error) != FOVEA_OK) return failed("fingerprint\n");
  if (fovea_input(session, DIGITS_METHOD_FORWARD, DIGITS_FORWARD_INPUT_IMAGE, &image, &error) !=
      FOVEA_OK) {
    return failed("input\n");
  }
  float* pixels = image.data;
  for (uint32_t i = 0; i < DIGITS_FORWARD_INPUT_IMAGE_ELEMENTS; ++i) pixels[i] = (float)(i % 8) / 8;
  for (uint32_t i = 0; i < kRounds; ++i) {
    if (run_beside_loop(session, &error) != FOVEA_OK) return failed("run\n");
  }
  return rounds > kRounds ? 0 : failed("the loop did not come round\n");
}
