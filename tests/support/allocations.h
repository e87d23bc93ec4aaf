// Counts what a program takes from the heap, by replacing malloc and the like. For one source of
// the program: this defines them.

#ifndef FOVEA_TESTS_SUPPORT_ALLOCATIONS_H_
#define FOVEA_TESTS_SUPPORT_ALLOCATIONS_H_

#include <doctest/doctest.h>

#include <cstdlib>
#include <vector>

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
}

static int allocations = 0;

extern "C" {
void* malloc(size_t size) noexcept {
  ++allocations;
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) noexcept {
  ++allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* old, size_t size) noexcept {
  ++allocations;
  return __libc_realloc(old, size);
}
void* aligned_alloc(size_t alignment, size_t size) noexcept {
  ++allocations;
  return __libc_memalign(alignment, size);
}
}

TEST_CASE("the counters count") {
  const int before = allocations;
  const std::vector<char> some(100);
  CHECK(allocations > before);
}

#endif  // FOVEA_TESTS_SUPPORT_ALLOCATIONS_H_
