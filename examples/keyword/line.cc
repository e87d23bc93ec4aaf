#include "examples/keyword/line.h"

#include <cstdarg>
#include <cstdio>

namespace keyword {

bool Line::fail(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  for (char* c = text; *c != 0; ++c) {
    if (*c == '\n' || *c == '\r') *c = ' ';  // a file's name may have one
  }
  return false;
}

}  // namespace keyword
