// Semihosting on AArch64 (HLT 0xF000).

#include <stdint.h>

#include "toolchains/console.h"

enum { kOpen = 0x01, kWrite = 0x05, kExit = 0x18 };
enum { kModeWrite = 4, kApplicationExit = 0x20026 };

static intptr_t call(intptr_t operation, const void* block) {
  register intptr_t x0 __asm__("x0") = operation;
  register const void* x1 __asm__("x1") = block;
  __asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
  return x0;
}

static intptr_t console(void) {
  static intptr_t handle = -1;
  if (handle < 0) {
    const intptr_t block[3] = {(intptr_t) ":tt", kModeWrite, 3};
    handle = call(kOpen, block);
  }
  return handle;
}

void semihosting_write(const char* text, int size) {
  const intptr_t block[3] = {console(), (intptr_t)text, size};
  call(kWrite, block);
}

void semihosting_exit(int code) {
  const intptr_t block[2] = {kApplicationExit, code};
  call(kExit, block);
  for (;;) {
  }
}
