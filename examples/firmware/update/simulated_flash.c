#include "examples/firmware/update/simulated_flash.h"

// How much of `size` bytes the next write still does; false where the power is off.
static bool next_write(SimulatedFlash* flash, uint32_t size, uint32_t* done) {
  if (flash->off) return false;
  flash->off = ++flash->writes == flash->last;
  *done = size;
  if (flash->off && flash->cut == kNothingDone) *done = 0;
  if (flash->off && flash->cut == kHalfDone) *done = size / 2;
  return true;
}

// Bits that neither are what they were nor what they were to be.
static uint8_t between(uint32_t address, uint8_t cleared) {
  return (uint8_t)(address * 2654435761u >> 24) | (uint8_t)~cleared;
}

bool simulated_erase(void* context, uint32_t address, uint32_t size) {
  SimulatedFlash* flash = context;
  for (uint32_t end = address + size; address < end; address += flash->sector) {
    uint32_t done;
    if (!next_write(flash, flash->sector, &done)) return false;
    for (uint32_t i = 0; i < done; ++i) flash->bytes[address + i] = 0xff;
    if (!flash->off) continue;
    for (uint32_t i = done; done != 0 && i < flash->sector; ++i) {
      flash->bytes[address + i] |= between(address + i, 0xff);
    }
    return false;
  }
  return true;
}

// Clears bits, and never sets one.
bool simulated_program(void* context, uint32_t address, const void* data, uint32_t size) {
  SimulatedFlash* flash = context;
  const uint8_t* bytes = data;
  uint32_t done;
  if (!next_write(flash, size, &done)) return false;
  for (uint32_t i = 0; i < done; ++i) flash->bytes[address + i] &= bytes[i];
  if (flash->off && flash->cut == kHalfDone && done < size) {
    flash->bytes[address + done] &= between(address, (uint8_t)~bytes[done]);
  }
  return !flash->off;
}
