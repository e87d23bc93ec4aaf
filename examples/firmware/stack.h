// How deep the stack has ever been: unused stack is painted, and later the paint is looked for.

#ifndef FOVEA_EXAMPLES_FIRMWARE_STACK_H_
#define FOVEA_EXAMPLES_FIRMWARE_STACK_H_

#include <stdint.h>

void stack_paint(void);
// Bytes between the stack's top and the deepest word that lost its paint; 0 on a host.
uint32_t stack_used(void);
// Bytes of RAM taken by variables, of all kinds; 0 on a host.
uint32_t static_ram(void);

#endif  // FOVEA_EXAMPLES_FIRMWARE_STACK_H_
