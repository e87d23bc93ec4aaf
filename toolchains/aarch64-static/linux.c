// From the kernel's entry to main() and the system calls of the console, without a C library.

#include "toolchains/console.h"

extern int main(int count, char** arguments);

enum { kWrite = 64, kExitGroup = 94 };

static long system_call(long number, long a, long b, long c) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory", "cc");
  return x0;
}

void semihosting_write(const char* text, int size) {
  while (size > 0) {
    const long done = system_call(kWrite, 1, (long)text, size);
    if (done <= 0) return;
    text += done;
    size -= (int)done;
  }
}

void semihosting_exit(int code) {
  for (;;) system_call(kExitGroup, code, 0, 0);
}

// The kernel leaves the arguments on the stack: their number, then the pointers.
__asm__(
    ".text\n.global _start\n.type _start, %function\n"
    "_start:\n mov x29, #0\n mov x30, #0\n mov x0, sp\n b fovea_start\n");

// Defined by the linker's own script.
extern void (*const __init_array_start[])(void), (*const __init_array_end[])(void);

__attribute__((used, noreturn)) void fovea_start(long* stack) {
  for (void (*const* at)(void) = __init_array_start; at < __init_array_end; ++at) (*at)();
  semihosting_exit(main((int)stack[0], (char**)(stack + 1)));
}
