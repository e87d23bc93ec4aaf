// Semihosting of Arm: a trap that the debugger or the emulator answers.

#include <stdint.h>

#include "toolchains/console.h"

enum { kOpen = 0x01, kWrite = 0x05, kExitExtended = 0x20 };
enum { kModeWrite = 4, kApplicationExit = 0x20026 };

#ifdef __aarch64__
#define OPERATION "x0"
#define BLOCK "x1"
#define TRAP "hlt #0xf000"
#else
#define OPERATION "r0"
#define BLOCK "r1"
#define TRAP "bkpt 0xab"
#endif

static intptr_t call(intptr_t operation, const void* block) {
  register intptr_t result __asm__(OPERATION) = operation;
  register const void* argument __asm__(BLOCK) = block;
  __asm__ volatile(TRAP : "+r"(result) : "r"(argument) : "memory");
  return result;
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
