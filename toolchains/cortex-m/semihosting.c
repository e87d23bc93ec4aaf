#include "toolchains/console.h"

#include <stdint.h>

enum { kOpen = 0x01, kWrite = 0x05, kExitExtended = 0x20 };
enum { kModeWrite = 4, kApplicationExit = 0x20026 };

static intptr_t call(intptr_t operation, const void* block) {
  register intptr_t r0 __asm__("r0") = operation;
  register const void* r1 __asm__("r1") = block;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
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
  call(kExitExtended, block);
  for (;;) {
  }
}
