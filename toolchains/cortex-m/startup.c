// From reset to main() and from main() to the emulator's exit, on any Cortex-M.

#include <stdint.h>

#include "toolchains/console.h"

// Defined by sections.ld.
extern uint32_t fovea_stack_top[], fovea_data_load[], fovea_data_start[], fovea_data_end[];
extern uint32_t fovea_bss_start[], fovea_bss_end[];

extern int main(void);
extern void __libc_init_array(void);

// Copies word by word through volatile pointers: a compiler may not turn the loops into calls of
// memcpy, which could use registers of the float unit before it is on.
static void copy(volatile uint32_t* to, const volatile uint32_t* end, const uint32_t* from) {
  while (to < end) *to++ = *from++;
}

static void clear(volatile uint32_t* to, const volatile uint32_t* end) {
  while (to < end) *to++ = 0;
}

static void start(void) {
  copy(fovea_data_start, fovea_data_end, fovea_data_load);
  clear(fovea_bss_start, fovea_bss_end);
  __libc_init_array();
  semihosting_exit(main());
}

// Turns scalar floats and Helium on (CP10 and CP11 of CPACR) before any C code can use them.
__attribute__((naked, used)) void board_reset(void);
void board_reset(void) {
  __asm__ volatile(
      "ldr r0, =0xE000ED88\n"
      "ldr r1, [r0]\n"
      "orr r1, r1, #0xF00000\n"
      "str r1, [r0]\n"
      "dsb\n"
      "isb\n"
      "b %0\n"
      :
      : "i"(start));
}

static void write_hex(uint32_t value) {
  char text[9];
  for (int i = 7; i >= 0; --i, value >>= 4) text[i] = "0123456789abcdef"[value & 15];
  text[8] = ' ';
  semihosting_write(text, sizeof text);
}

// Says where it happened: the processor left the caller's address and its own on the stack.
__attribute__((used)) static void report_fault(const uint32_t* frame) {
  semihosting_write("FAULT at, called from: ", 23);
  write_hex(frame[6]);
  write_hex(frame[5]);
  semihosting_write("\n", 1);
  semihosting_exit(99);
}

__attribute__((naked)) static void fault(void) {
  __asm__ volatile("mov r0, sp\n b %0" : : "i"(report_fault));
}

typedef void (*Handler)(void);
struct Vectors {
  const void* stack;
  Handler handlers[15];
};

__attribute__((section(".vectors"), used)) const struct Vectors fovea_vectors = {
    fovea_stack_top,
    {board_reset, fault, fault, fault, fault, fault, fault, 0, 0, 0, fault, fault, 0, fault, fault},
};
