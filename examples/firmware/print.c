#include "examples/firmware/print.h"

#include "toolchains/console.h"

void print(const char* text) {
  int size = 0;
  while (text[size] != '\0') ++size;
  semihosting_write(text, size);
}

void print_number(uint32_t value) {
  char text[10];
  int at = sizeof text;
  do {
    text[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  semihosting_write(text + at, (int)sizeof text - at);
}

void print_figure(const char* what, uint32_t value) {
  print(what);
  print(" ");
  print_number(value);
  print("\n");
}
