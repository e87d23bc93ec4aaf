// A model of this example, open and bound.

#ifndef FOVEA_TESTS_EXAMPLES_DATES_BOUND_H_
#define FOVEA_TESTS_EXAMPLES_DATES_BOUND_H_

#include <cstdint>
#include <fstream>
#include <vector>

#include "examples/dates/translator.h"

namespace dates::test {

struct Bound {
  std::vector<char> file_memory, arena_memory;
  fovea::Model model;
  fovea::Session session;

  explicit Bound(const char* path = DATES_MODEL) {
    std::ifstream stream(path, std::ios::binary | std::ios::ate);
    const size_t size = static_cast<size_t>(stream.tellg());
    file_memory.resize(size + 64);
    stream.seekg(0).read(aligned(file_memory), static_cast<std::streamsize>(size));
    model = must(fovea::Model::open(aligned(file_memory), size));
    const size_t bytes = model.arena().total;
    arena_memory.resize(bytes + 64, '\xFF');  // NaN wherever nothing was written
    session = must(model.bind(aligned(arena_memory), bytes));
  }

  static char* aligned(std::vector<char>& memory) {
    const size_t off = reinterpret_cast<uintptr_t>(memory.data()) % 64;
    return memory.data() + (64 - off) % 64;
  }
};

}  // namespace dates::test

#endif  // FOVEA_TESTS_EXAMPLES_DATES_BOUND_H_
