// A session made by a global object whose constructor runs before those of the compiler's library,
// which finds out what the processor has: it gets the row that a session of main() gets.

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "fovea/fovea.h"
#include "tests/support/tiny_model.h"

namespace {

const char* bound_row() {
  const fovea::test::Image image = fovea::test::tiny_model();
  fovea_model model;
  fovea_session* session = nullptr;
  fovea_error error;
  if (fovea_open(image.span(), {}, &model, &error) != FOVEA_OK) return "not opened";
  fovea::test::Image arena(fovea_arena(&model, 1).total);
  const fovea_spans memory = {{arena.data(), arena.size()}, {}, {}};
  if (fovea_bind(&model, memory, nullptr, &session, &error) != FOVEA_OK) return "not bound";
  return fovea_row(session);
}

struct Early {
  Early() : row(bound_row()) {}
  const char* row;
};

__attribute__((init_priority(101))) Early early;

}  // namespace

int main() {
  const char* row = bound_row();
  std::printf("before main: %s, in main: %s\n", early.row, row);
  return std::strcmp(early.row, row) == 0 && std::strncmp(row, "not ", 4) != 0 ? 0 : 1;
}
