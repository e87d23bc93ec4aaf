// A model is updated in the field while the power may fail: every write of the update is cut off
// once, in three ways, and each time the device must start with a model that runs. Then the new
// model is damaged, and one that never ends is tried: the old one runs.

#include <string.h>

#include "codes.h"   // the new model: digits in int8
#include "digits.h"  // the old one
#include "examples/firmware/update/simulated_flash.h"
#include "examples/firmware/update/slots.h"
#include "toolchains/console.h"

enum { kSector = 4096, kPage = 256, kSlot = 24 * kSector };

#if defined(__arm__)
#define LARGE __attribute__((section(".large"), aligned(FOVEA_ALIGNMENT)))
#else
#define LARGE __attribute__((aligned(FOVEA_ALIGNMENT)))
#endif
static LARGE uint8_t memory[kSlots * kSlot];
static LARGE uint8_t before[kSlots * kSlot];  // the flash with the old model, to begin again from
static uint8_t
    arena[DIGITS_ARENA_BYTES > CODES_ARENA_BYTES ? DIGITS_ARENA_BYTES : CODES_ARENA_BYTES]
    __attribute__((aligned(FOVEA_ALIGNMENT)));

static SimulatedFlash simulated = {.bytes = memory, .sector = kSector};
static const Flash flash = {simulated_erase, simulated_program, &simulated, memory, kSector, kSlot};
static const fovea_block room = {arena, sizeof arena};

static void print(const char* text) {
  semihosting_write(text, (int)strlen(text));
}

static void print_number(uint32_t value) {
  char text[10];
  int at = sizeof text;
  do {
    text[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  semihosting_write(text + at, (int)sizeof text - at);
}

static bool failed(const char* what, uint32_t write, uint32_t cut) {
  print(what);
  print(", write ");
  print_number(write);
  print(", cut ");
  print_number(cut);
  print("\n");
  return false;
}

// Puts a model into the slot that is not in use, a page at a time, as if it came over the air.
static bool update(const void* model, uint32_t size, uint32_t running) {
  const uint8_t* bytes = model;
  Update to;
  fovea_error error;
  if (!slots_begin(&flash, running, size, &to)) return false;
  for (uint32_t at = 0; at < size; at += kPage) {
    if (!slots_write(&to, bytes + at, size - at < kPage ? size - at : kPage)) return false;
  }
  return slots_finish(&to, room, &error);
}

static void power_on(void) {
  simulated.off = false;
  simulated.last = simulated.writes = 0;
}

// The file that runs: the old or the new one, or neither.
static uint64_t running_file(void) {
  Loaded loaded;
  if (!slots_load(&flash, room, &loaded)) return 0;
  return fovea_file_size(memory + loaded.slot * kSlot + kSector, 64);
}

// A device that was updated before: both slots are in use, and the old model runs from the first.
static bool install_old(void) {
  memset(memory, 0xff, sizeof memory);
  if (running_file() != 0 || !update(digits_model, DIGITS_MODEL_BYTES, kSlots)) return false;
  if (running_file() != DIGITS_MODEL_BYTES || !update(codes_model, CODES_MODEL_BYTES, 0)) {
    return false;
  }
  if (running_file() != CODES_MODEL_BYTES || !update(digits_model, DIGITS_MODEL_BYTES, 1)) {
    return false;
  }
  const bool runs = running_file() == DIGITS_MODEL_BYTES;
  memcpy(before, memory, sizeof memory);
  return runs;
}

static bool update_to_new(void) {
  Loaded loaded;
  return slots_load(&flash, room, &loaded) && update(codes_model, CODES_MODEL_BYTES, loaded.slot) &&
         running_file() == CODES_MODEL_BYTES;
}

// Cuts write after write of an update and of the first start after it, until none is left to cut.
static bool cut_everywhere(Cut cut) {
  uint32_t write = 1;
  for (;; ++write) {
    memcpy(memory, before, sizeof memory);
    power_on();
    simulated.last = write;
    simulated.cut = cut;
    (void)update_to_new();
    if (!simulated.off) break;
    power_on();
    const uint64_t runs = running_file();
    if (runs != DIGITS_MODEL_BYTES && runs != CODES_MODEL_BYTES) {
      return failed("no model runs", write, cut);
    }
    if (!update_to_new()) return failed("no update any more", write, cut);
  }
  print_number(write - 1);
  print(" writes cut off, each left a model that runs\n");
  return running_file() == CODES_MODEL_BYTES || failed("not updated", write, cut);
}

// A bit of the new file falls over: the old file runs.
static bool survive_damage(void) {
  memcpy(memory, before, sizeof memory);
  power_on();
  if (!update_to_new()) return false;
  memory[kSlot + kSector + CODES_MODEL_BYTES / 2] ^= 1;
  if (running_file() != DIGITS_MODEL_BYTES) return failed("damage", 0, 0);
  print("a damaged update: the old model runs\n");
  return true;
}

// The watchdog strikes each time that the new file is tried: the old one runs in the end.
static bool survive_hanging(void) {
  memcpy(memory, before, sizeof memory);
  power_on();
  if (!update(codes_model, CODES_MODEL_BYTES, 0)) return false;
  for (uint32_t i = 0; i < kTries; ++i) {
    power_on();
    simulated.last = 1;  // the note that it is tried, and nothing after it
    simulated.cut = kAllDone;
    (void)running_file();
  }
  power_on();
  if (running_file() != DIGITS_MODEL_BYTES) return failed("hanging", 0, 0);
  print("an update that never ends: the old model runs\n");
  return true;
}

// What cannot be a model of this device is refused before the old one is given up.
static bool refuse_others(void) {
  memcpy(memory, before, sizeof memory);
  power_on();
  if (update(digits_model, DIGITS_MODEL_BYTES / 2, 0)) return failed("half a file", 0, 0);
  if (update(digits_model, kSlot, 0)) return failed("a file without room", 0, 0);
  return running_file() == DIGITS_MODEL_BYTES || failed("refused", 0, 0);
}

int main(void) {
  if (!install_old()) return !failed("not installed", 0, 0);
  for (Cut cut = kNothingDone; cut < kCuts; ++cut) {
    if (!cut_everywhere(cut)) return 1;
  }
  return survive_damage() && survive_hanging() && refuse_others() ? 0 : 1;
}
