// As much of printf as test programs use: %s %d %u %x %c, with l, zeros and widths.

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "toolchains/console.h"

struct Form {
  int width;
  bool left, zeros, wide;
};

static void pad(int count, char with) {
  for (; count > 0; --count) semihosting_write(&with, 1);
}

static void print_field(const char* text, int size, const struct Form* form) {
  if (!form->left) pad(form->width - size, form->zeros ? '0' : ' ');
  semihosting_write(text, size);
  if (form->left) pad(form->width - size, ' ');
}

static void print_number(unsigned long value, unsigned base, bool minus, const struct Form* form) {
  char text[24];
  int at = sizeof text;
  do {
    text[--at] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);
  if (minus) text[--at] = '-';
  print_field(text + at, (int)sizeof text - at, form);
}

static void print_signed(long value, const struct Form* form) {
  print_number(value < 0 ? 0ul - (unsigned long)value : (unsigned long)value, 10, value < 0, form);
}

static const char* read_form(const char* at, struct Form* form) {
  for (;; ++at) {
    if (*at == '-') {
      form->left = true;
    } else if (*at == '0') {
      form->zeros = true;
    } else {
      break;
    }
  }
  for (; *at >= '0' && *at <= '9'; ++at) form->width = form->width * 10 + (*at - '0');
  for (; *at == 'l' || *at == 'z'; ++at) form->wide = true;
  return at;
}

int printf(const char* format, ...) {
  va_list list;
  va_start(list, format);
  for (const char* at = format; *at != '\0'; ++at) {
    if (*at != '%') {
      semihosting_write(at, 1);
      continue;
    }
    struct Form form = {0, false, false, false};
    at = read_form(at + 1, &form);
    if (*at == 's') {
      const char* text = va_arg(list, const char*);
      print_field(text, (int)strlen(text), &form);
    } else if (*at == 'd') {
      print_signed(form.wide ? va_arg(list, long) : va_arg(list, int), &form);
    } else if (*at == 'c') {
      const char letter = (char)va_arg(list, int);
      print_field(&letter, 1, &form);
    } else {
      print_number(form.wide ? va_arg(list, unsigned long) : va_arg(list, unsigned),
                   *at == 'x' ? 16 : 10, false, &form);
    }
  }
  va_end(list);
  return 0;
}

int puts(const char* text) {
  return printf("%s\n", text);
}

int putchar(int letter) {
  const char c = (char)letter;
  semihosting_write(&c, 1);
  return letter;
}
