#include "examples/firmware/stack.h"

#if defined(FOVEA_BARE_BOARD)

// Set by the board's linker script.
extern uint32_t fovea_stack_limit[], fovea_stack_top[];
extern uint32_t fovea_data_start[], fovea_data_end[], fovea_bss_start[], fovea_bss_end[];

enum { kPaint = 0x5AA55AA5, kMargin = 32 };  // words below the caller that are left alone

void stack_paint(void) {
  volatile uint32_t* const here = (volatile uint32_t*)__builtin_frame_address(0);
  for (volatile uint32_t* at = fovea_stack_limit; at < here - kMargin; ++at) *at = kPaint;
}

uint32_t stack_used(void) {
  const volatile uint32_t* at = fovea_stack_limit;
  while (at < fovea_stack_top && *at == kPaint) ++at;
  return (uint32_t)((uintptr_t)fovea_stack_top - (uintptr_t)at);
}

static uint32_t bytes_between(const uint32_t* from, const uint32_t* to) {
  return (uint32_t)((uintptr_t)to - (uintptr_t)from);
}

uint32_t static_ram(void) {
  return bytes_between(fovea_data_start, fovea_data_end) +
         bytes_between(fovea_bss_start, fovea_bss_end);
}

#else

void stack_paint(void) {}
uint32_t stack_used(void) {
  return 0;
}
uint32_t static_ram(void) {
  return 0;
}

#endif
