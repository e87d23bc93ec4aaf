// What compilers call and the runtime uses of string.h, where no C library is linked.

#include <stddef.h>
#include <stdint.h>

void* memcpy(void* restrict to, const void* restrict from, size_t size) {
  unsigned char* out = to;
  const unsigned char* in = from;
  for (; size >= 8; size -= 8, out += 8, in += 8) {
    uint64_t word;
    __builtin_memcpy(&word, in, 8);
    __builtin_memcpy(out, &word, 8);
  }
  while (size-- != 0) *out++ = *in++;
  return to;
}

void* memmove(void* to, const void* from, size_t size) {
  unsigned char* out = to;
  const unsigned char* in = from;
  if (out <= in) {
    for (size_t i = 0; i < size; ++i) out[i] = in[i];
  } else {
    while (size-- != 0) out[size] = in[size];
  }
  return to;
}

void* memset(void* to, int value, size_t size) {
  unsigned char* out = to;
  while (size-- != 0) *out++ = (unsigned char)value;
  return to;
}

int memcmp(const void* a, const void* b, size_t size) {
  const unsigned char *x = a, *y = b;
  for (; size-- != 0; ++x, ++y) {
    if (*x != *y) return *x < *y ? -1 : 1;
  }
  return 0;
}

size_t strlen(const char* text) {
  size_t size = 0;
  while (text[size] != '\0') ++size;
  return size;
}

int strcmp(const char* a, const char* b) {
  for (; *a != '\0' && *a == *b; ++a, ++b) {
  }
  return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char* a, const char* b, size_t size) {
  for (; size != 0 && *a != '\0' && *a == *b; ++a, ++b, --size) {
  }
  return size == 0 ? 0 : (unsigned char)*a - (unsigned char)*b;
}
