// Flash in memory whose power is cut when somebody says so.

#ifndef FOVEA_EXAMPLES_FIRMWARE_UPDATE_SIMULATED_FLASH_H_
#define FOVEA_EXAMPLES_FIRMWARE_UPDATE_SIMULATED_FLASH_H_

#include <stdbool.h>
#include <stdint.h>

// What a write leaves that the power did not last for.
typedef enum Cut { kNothingDone, kHalfDone, kAllDone, kCuts } Cut;

typedef struct SimulatedFlash {
  uint8_t* bytes;
  uint32_t sector;
  uint32_t writes;  // until now: of a sector that is erased, of bytes that are programmed
  uint32_t last;    // the write at which the power is cut; 0: never
  Cut cut;
  bool off;  // it was cut: nothing works until it is false again
} SimulatedFlash;

bool simulated_erase(void* flash, uint32_t address, uint32_t size);
bool simulated_program(void* flash, uint32_t address, const void* data, uint32_t size);

#endif  // FOVEA_EXAMPLES_FIRMWARE_UPDATE_SIMULATED_FLASH_H_
