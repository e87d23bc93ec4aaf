// Two places for a model in flash, so that a device always has one that runs: an update goes into
// the slot that is not in use, and only what has proved itself is trusted.
//
// A slot is a sector with its record, then the file. The record is written when the whole file is
// there, and erased before the file is; so a record that is whole says that its file once was.
// Which slot is newer, its number says. At power-on the newer one is tried first; where it does not
// open, computes something else or never came to an end of trying (a watchdog), the other one is
// taken.

#ifndef FOVEA_EXAMPLES_FIRMWARE_UPDATE_SLOTS_H_
#define FOVEA_EXAMPLES_FIRMWARE_UPDATE_SLOTS_H_

#include <stdbool.h>
#include <stdint.h>

#include "fovea/fovea.h"

enum { kSlots = 2, kTries = 3 };

// Flash that is read like memory. Both return false where they did not succeed.
typedef struct Flash {
  bool (*erase)(void* context, uint32_t address, uint32_t size);  // whole sectors, to 0xff
  bool (*program)(void* context, uint32_t address, const void* data, uint32_t size);
  void* context;
  const uint8_t* base;  // where address 0 is read; aligned to FOVEA_ALIGNMENT
  uint32_t sector;      // bytes that are erased at once
  uint32_t slot;        // bytes of a slot, a multiple of it
} Flash;

// A model that was opened, with a session whose fingerprint is right.
typedef struct Loaded {
  fovea_model model;
  fovea_session* session;
  uint32_t slot;
} Loaded;

// Opens the newest model that runs. The session lives in `arena`. False: there is none.
bool slots_load(const Flash* flash, fovea_block arena, Loaded* out);

// An update, piece by piece as it arrives. `running`: the slot that is in use, or kSlots.
typedef struct Update {
  const Flash* flash;
  uint32_t slot, size, written;
} Update;
// Erases the other slot. False where a file of this size has no room.
bool slots_begin(const Flash* flash, uint32_t running, uint32_t size, Update* update);
bool slots_write(Update* update, const void* data, uint32_t size);
// Opens what is there and says that it is to be tried from now on. A model that this firmware
// cannot run, or that is damaged, is refused here.
bool slots_finish(Update* update, fovea_block arena, fovea_error* error);

#endif  // FOVEA_EXAMPLES_FIRMWARE_UPDATE_SLOTS_H_
