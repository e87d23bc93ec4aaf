// Reads digits that a camera sees. Its lines are added up as they come, so that of a frame of
// 38,400 bytes none is kept but one line; what a model reads is 256 bytes.

#include <stdint.h>

#include "digits.h"  // made by `fovea firmware`
#include "examples/firmware/camera/frame.h"
#include "examples/firmware/camera/simulated_camera.h"
#include "images.h"
#include "toolchains/console.h"

static uint8_t arena[DIGITS_ARENA_BYTES] __attribute__((aligned(FOVEA_ALIGNMENT)));

static void print(const char* text) {
  int size = 0;
  while (text[size] != '\0') ++size;
  semihosting_write(text, size);
}

static void see(struct frame* frame, const uint8_t* pixels) {
  uint8_t line[kLineBytes];
  for (uint32_t y = 0; y < kCameraHeight; ++y) {
    camera_line(pixels, y, line);
    frame_line(frame, line);
  }
}

// The label of what a frame shows, or -1 where it shows nothing or a run failed.
static int classify(fovea_session* session, const struct frame* frame) {
  fovea_tensor image, logits;
  const uint32_t method = DIGITS_METHOD_FORWARD;
  if (fovea_input(session, method, DIGITS_FORWARD_INPUT_IMAGE, &image, 0) != FOVEA_OK) return -1;
  if (!frame_image(frame, image.data)) return -1;
  if (fovea_run(session, method, 0) != FOVEA_OK) return -1;
  if (fovea_output(session, method, DIGITS_FORWARD_OUTPUT_LOGITS, &logits, 0) != FOVEA_OK) {
    return -1;
  }
  const float* values = logits.data;
  uint32_t best = 0;
  for (uint32_t i = 1; i < DIGITS_LABELS; ++i) {
    if (values[i] > values[best]) best = i;
  }
  return (int)best;
}

int main(void) {
  fovea_model model;
  fovea_session* session;
  struct frame frame;
  const fovea_spans memory = {{arena, sizeof arena}, {0, 0}, {0, 0}};
  if (digits_open(&model, 0) != FOVEA_OK) return 1;
  if (fovea_bind(&model, memory, 0, &session, 0) != FOVEA_OK) return 1;
  if (!frame_begin(&frame, kCameraWidth, kCameraHeight)) return 1;
  see(&frame, 0);
  int right = classify(session, &frame) == -1;
  print(right ? "blank paper shows nothing\n" : "blank paper was read\n");
  for (uint32_t i = 0; i < kImages; ++i) {
    frame_begin(&frame, kCameraWidth, kCameraHeight);
    see(&frame, kPixels + 64 * i);
    const int found = classify(session, &frame);
    print("the camera sees a ");
    print(found < 0 ? "blank sheet" : fovea_label(&model, (uint32_t)found));
    print("\n");
    right &= found == kLabels[i];
  }
  return right ? 0 : 1;
}
