// What newlib asks of a system: a console that only writes, a heap for the test programs (the
// runtime has none), and an exit.

#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>

#include "toolchains/console.h"

// Defined by sections.ld.
extern char fovea_heap_start[], fovea_heap_end[];

int _write(int file, const char* text, int size) {
  (void)file;
  semihosting_write(text, size);
  return size;
}

void* _sbrk(ptrdiff_t size) {
  static char* end = fovea_heap_start;
  if (size > fovea_heap_end - end) {
    errno = ENOMEM;
    return (void*)-1;
  }
  char* block = end;
  end += size;
  return block;
}

int _fstat(int file, struct stat* result) {
  (void)file;
  result->st_mode = S_IFCHR;
  return 0;
}

int _read(int file, char* text, int size) {
  (void)file, (void)text, (void)size;
  return 0;
}

int _lseek(int file, int offset, int from) {
  (void)file, (void)offset, (void)from;
  return 0;
}

int _isatty(int file) {
  (void)file;
  return 1;
}

int _close(int file) {
  (void)file;
  return -1;
}

int _kill(int process, int signal) {
  (void)process, (void)signal;
  return -1;
}

int _getpid(void) {
  return 1;
}
void _exit(int code) {
  semihosting_exit(code);
}
void _init(void) {}
void _fini(void) {}
