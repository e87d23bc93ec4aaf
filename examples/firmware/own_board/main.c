// One model on a board of your own: console by UART, a watchdog, a run in slices.
#include "digits.h"  // made by fovea_model()

// Yours: here those of Arm's MPS2 boards.
#define UART ((volatile uint32_t*)0x40004000)      // data, state, control, interrupts, divider
#define WATCHDOG ((volatile uint32_t*)0x40008000)  // load, value, control, clear

static void console_start(void) {
  UART[4] = 16;
  UART[2] = 1;
}

static void console_put(char letter) {
  while ((UART[1] & 1) != 0) {
  }
  UART[0] = (uint32_t)letter;
}

static void console_print(const char* text) {
  while (*text != '\0') console_put(*text++);
}

static void watchdog_feed(void) {
  WATCHDOG[3] = 1;
}

static uint8_t arena[DIGITS_ARENA_BYTES] __attribute__((aligned(FOVEA_ALIGNMENT)));

// A run in slices of some tasks: between them the watchdog is fed, and whatever else waits is done.
static fovea_code run(fovea_session* session, fovea_error* error) {
  bool finished = false;
  while (!finished) {
    const fovea_code code = fovea_run_for(session, DIGITS_METHOD_FORWARD, 4, &finished, error);
    if (code != FOVEA_OK) return code;
    watchdog_feed();
  }
  return FOVEA_OK;
}

static fovea_code read_digit(uint32_t* best, fovea_error* error) {
  const fovea_spans memory = {{arena, sizeof arena}, {0, 0}, {0, 0}};
  fovea_model model;
  fovea_session* session;
  fovea_tensor image, logits;
  fovea_code code = digits_open(&model, error);
  if (code == FOVEA_OK) code = fovea_bind(&model, memory, 0, &session, error);
  if (code == FOVEA_OK) code = fovea_check_fingerprint(session, error);
  if (code == FOVEA_OK) {
    code = fovea_input(session, DIGITS_METHOD_FORWARD, DIGITS_FORWARD_INPUT_IMAGE, &image, error);
  }
  if (code != FOVEA_OK) return code;
  float* pixels = image.data;
  for (int i = 0; i < DIGITS_FORWARD_INPUT_IMAGE_ELEMENTS; ++i) {
    pixels[i] = i % 8 == 3 || i % 8 == 4;  // a stroke from top to bottom
  }
  code = run(session, error);
  if (code == FOVEA_OK) {
    code =
        fovea_output(session, DIGITS_METHOD_FORWARD, DIGITS_FORWARD_OUTPUT_LOGITS, &logits, error);
  }
  if (code != FOVEA_OK) return code;
  const float* scores = logits.data;
  *best = 0;
  for (uint32_t i = 1; i < DIGITS_LABELS; ++i) {
    if (scores[i] > scores[*best]) *best = i;
  }
  return FOVEA_OK;
}

int main(void) {
  fovea_error error = {0};
  uint32_t best = 0;
  console_start();
  const fovea_code code = read_digit(&best, &error);
  if (code == FOVEA_OK) {
    console_print("a stroke is read as ");
    console_put((char)('0' + best));
  } else {
    console_print("failed with code ");
    for (int digits = 3; digits >= 0; --digits) {
      uint32_t power = 1;
      for (int i = 0; i < digits; ++i) power *= 10;
      console_put((char)('0' + code / power % 10));
    }
  }
  console_print("\r\n");
  for (;;) watchdog_feed();
}
