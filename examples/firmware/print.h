// Lines of text without a C library's printf.

#ifndef FOVEA_EXAMPLES_FIRMWARE_PRINT_H_
#define FOVEA_EXAMPLES_FIRMWARE_PRINT_H_

#include <stdint.h>

void print(const char* text);
void print_number(uint32_t value);
// A line "what value".
void print_figure(const char* what, uint32_t value);

#endif  // FOVEA_EXAMPLES_FIRMWARE_PRINT_H_
