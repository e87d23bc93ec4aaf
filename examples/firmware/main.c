// Reads handwritten digits on a microcontroller: the model stays in flash, a session lives in one
// static arena of exactly the bytes that the tool gave, and nothing else is needed: no heap, no
// system, no files. Before the first image the processor proves that it computes what the
// workstation computed.

#include <stdint.h>

#include "digits.h"  // made by `fovea firmware`
#include "examples/firmware/print.h"
#include "examples/firmware/stack.h"
#include "images.h"

// What this program promises, in bytes; pointers of 64 bits take more stack.
enum { kMostStack = 512 * sizeof(void*), kMostOtherRam = 1024 };

static uint8_t arena[DIGITS_ARENA_BYTES] __attribute__((aligned(FOVEA_ALIGNMENT)));

// An error is a code and a place. fovea_describe makes a sentence of it, for 10 KB of code more.
static int failed(const char* what, const fovea_error* error) {
  print(what);
  print_figure(" failed with code", error->code);
  return 1;
}

static uint32_t largest(const float* values, uint32_t count) {
  uint32_t best = 0;
  for (uint32_t i = 1; i < count; ++i) {
    if (values[i] > values[best]) best = i;
  }
  return best;
}

// Pixels are 0 to 16; the model reads 0 to 1.
static fovea_code classify(fovea_session* session, const unsigned char* pixels, uint32_t* found,
                           fovea_error* error) {
  fovea_tensor image, logits;
  fovea_code code =
      fovea_input(session, DIGITS_METHOD_FORWARD, DIGITS_FORWARD_INPUT_IMAGE, &image, error);
  if (code != FOVEA_OK) return code;
  float* values = image.data;
  for (uint32_t i = 0; i < DIGITS_FORWARD_INPUT_IMAGE_ELEMENTS; ++i)
    values[i] = (float)pixels[i] / 16;
  code = fovea_run(session, DIGITS_METHOD_FORWARD, error);
  if (code != FOVEA_OK) return code;
  code = fovea_output(session, DIGITS_METHOD_FORWARD, DIGITS_FORWARD_OUTPUT_LOGITS, &logits, error);
  if (code == FOVEA_OK) *found = largest(logits.data, DIGITS_LABELS);
  return code;
}

// Whether all images were read rightly.
static int read_images(const fovea_model* model, fovea_session* session) {
  int right = 1;
  for (uint32_t i = 0; i < kImages; ++i) {
    fovea_error error = {0};
    uint32_t found = 0;
    if (classify(session, kPixels + 64 * i, &found, &error) != FOVEA_OK) {
      return !failed("run", &error);
    }
    print("image ");
    print_number(i);
    print(" is a ");
    print(fovea_label(model, found));
    print_figure(", should be", kLabels[i]);
    right &= found == kLabels[i];
  }
  return right;
}

static int print_memory(void) {
  print_figure("flash of the model", DIGITS_MODEL_BYTES);
  print_figure("arena", sizeof arena);
  if (static_ram() == 0) return 1;  // a host
  const uint32_t other = static_ram() - (uint32_t)sizeof arena, stack = stack_used();
  print_figure("other ram", other);
  print_figure("stack", stack);
  return other <= kMostOtherRam && stack <= kMostStack;
}

int main(void) {
  fovea_model model;
  fovea_session* session;
  fovea_error error = {0};
  const fovea_spans memory = {{arena, sizeof arena}, {0, 0}, {0, 0}};
  stack_paint();
  if (digits_open(&model, &error) != FOVEA_OK) return failed("open", &error);
  if (fovea_bind(&model, memory, 0, &session, &error) != FOVEA_OK) return failed("bind", &error);
  if (fovea_check_fingerprint(session, &error) != FOVEA_OK) return failed("fingerprint", &error);
  print("fingerprint ok\n");
  const int right = read_images(&model, session);
  return print_memory() && right ? 0 : 1;
}
