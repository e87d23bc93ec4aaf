// One line of text in memory of its own: what went wrong, without a heap.

#ifndef FOVEA_EXAMPLES_KEYWORD_LINE_H_
#define FOVEA_EXAMPLES_KEYWORD_LINE_H_

namespace keyword {

struct Line {
  char text[768] = "";

  // Formats as printf does and returns false, so that a function that fails can return it.
  __attribute__((format(printf, 2, 3))) bool fail(const char* format, ...);
};

}  // namespace keyword

#endif  // FOVEA_EXAMPLES_KEYWORD_LINE_H_
