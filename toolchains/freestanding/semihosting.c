// Semihosting of Arm: a trap that the debugger or the emulator answers.

#include <stdint.h>

#include "toolchains/console.h"

enum { kOpen = 0x01, kWrite = 0x05, kRead = 0x06, kExitExtended = 0x20 };
enum { kModeRead = 1, kModeWrite = 4, kApplicationExit = 0x20026 };

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

int semihosting_open(const char* path) {
  intptr_t size = 0;
  while (path[size] != '\0') ++size;
  const intptr_t block[3] = {(intptr_t)path, kModeRead, size};
  return (int)call(kOpen, block);
}

int semihosting_read(int file, void* data, int size) {
  const intptr_t block[3] = {file, (intptr_t)data, size};
  const intptr_t left = call(kRead, block);
  return left < 0 || left > size ? 0 : size - (int)left;
}

void semihosting_exit(int code) {
  const intptr_t block[2] = {kApplicationExit, code};
  call(kExitExtended, block);
  for (;;) {
  }
}
