// The console of boards' programs where there is a system with a C library.

#include "toolchains/console.h"

#include <stdio.h>
#include <stdlib.h>

void semihosting_write(const char* text, int size) {
  fwrite(text, 1, (size_t)size, stdout);
  fflush(stdout);
}

// One file at a time.
static FILE* opened;

int semihosting_open(const char* path) {
  if (opened != NULL) fclose(opened);
  opened = fopen(path, "rb");
  return opened == NULL ? -1 : 0;
}

int semihosting_read(int file, void* data, int size) {
  (void)file;
  return (int)fread(data, 1, (size_t)size, opened);
}

void semihosting_exit(int code) {
  exit(code);
}
