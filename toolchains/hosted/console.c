// The console of boards' programs where there is a system with a C library.

#include "toolchains/console.h"

#include <stdio.h>
#include <stdlib.h>

void semihosting_write(const char* text, int size) {
  fwrite(text, 1, (size_t)size, stdout);
  fflush(stdout);
}

void semihosting_exit(int code) {
  exit(code);
}
