// Listens for keywords: samples of a microphone go into the model as they come, and what it makes
// of the last second is asked for a few times a second. All in one static arena.

#include <stddef.h>
#include <stdint.h>

#include "examples/firmware/listener/microphone.h"
#include "examples/firmware/print.h"
#include "keyword.h"  // made by `fovea firmware`

enum { kHop = KEYWORD_NEXT_INPUT_SAMPLES_ELEMENTS / KEYWORD_MAX_HOPS, kHops = KEYWORD_MAX_HOPS };
enum { kBlock = kHop * kHops };  // samples of a run

static uint8_t arena[KEYWORD_ARENA_BYTES] __attribute__((aligned(FOVEA_ALIGNMENT)));

// Where a counter of instructions sees that another second of sound was heard.
__attribute__((noinline, used)) void heard_a_second(void) {
  __asm__ volatile("");
}

static int failed(const char* what, const fovea_error* error) {
  print(what);
  print_figure(" failed with code", error->code);
  return 1;
}

// The next block of samples, hop by hop, from -1 to 1.
static int fill(float* samples) {
  int16_t hop[kHop];
  for (uint32_t i = 0; i < kHops; ++i) {
    if (!microphone_read(hop, kHop)) return 0;
    for (uint32_t t = 0; t < kHop; ++t) *samples++ = (float)hop[t] / 32768;
  }
  return 1;
}

// The label of a logit so far above all others that it is 7 times as likely as each; without one
// there are KEYWORD_LABELS.
static uint32_t certain(const float* logits) {
  uint32_t best = 0;
  for (uint32_t i = 1; i < KEYWORD_LABELS; ++i) {
    if (logits[i] > logits[best]) best = i;
  }
  for (uint32_t i = 0; i < KEYWORD_LABELS; ++i) {
    if (i != best && logits[i] + 2 > logits[best]) return KEYWORD_LABELS;
  }
  return best;
}

// A line for a keyword. Names of what is none, such as silence, begin with _.
static void tell(const char* label, uint32_t milliseconds) {
  if (label[0] == '_') return;
  print_number(milliseconds);
  print(" ms: ");
  print(label);
  print("\n");
}

static int listen(const fovea_model* model, fovea_session* session) {
  fovea_error error = {0};
  fovea_tensor samples, logits;
  const uint32_t method = KEYWORD_METHOD_NEXT;
  uint32_t heard = 0, last = KEYWORD_LABELS, crc = 0;  // samples, label
  for (;; heard += kBlock) {
    if (fovea_input(session, method, KEYWORD_NEXT_INPUT_SAMPLES, &samples, &error) != FOVEA_OK) {
      return failed("input", &error);
    }
    if (!fill(samples.data)) break;
    if (fovea_run(session, method, &error) != FOVEA_OK) return failed("run", &error);
    if (fovea_output(session, method, KEYWORD_NEXT_OUTPUT_LOGITS, &logits, &error) != FOVEA_OK) {
      return failed("output", &error);
    }
    crc = fovea_crc32(crc, logits.data, (size_t)logits.bytes);
    const uint32_t end = heard + kBlock, label = certain(logits.data);
    if (end % kRate == 0) heard_a_second();
    // A window has a second; before that it is not full.
    if (end < kRate || label == KEYWORD_LABELS) continue;
    if (label != last) tell(fovea_label(model, label), end / (kRate / 1000));
    last = label;
  }
  if (!microphone_ended()) return 1;
  print_figure("samples heard:", heard);
  print_figure("checksum of all logits:", crc);
  return 0;
}

int main(void) {
  fovea_error error = {0};
  fovea_model model;
  fovea_session* session;
  const fovea_spans memory = {{arena, sizeof arena}, {0, 0}, {0, 0}};
  if (keyword_open(&model, &error) != FOVEA_OK) return failed("open", &error);
  if (fovea_bind(&model, memory, 0, &session, &error) != FOVEA_OK) return failed("bind", &error);
  if (fovea_check_fingerprint(session, &error) != FOVEA_OK) return failed("fingerprint", &error);
  print_figure("bytes of the model:", KEYWORD_MODEL_BYTES);
  print_figure("bytes of the arena:", sizeof arena);
  return listen(&model, session);
}
