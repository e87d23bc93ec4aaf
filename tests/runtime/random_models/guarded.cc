#include "tests/runtime/random_models/guarded.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace fovea::test {

Guarded::Guarded(size_t size, Side side, size_t alignment)
    : page_(static_cast<size_t>(sysconf(_SC_PAGESIZE))),
      body_((size / page_ + 1) * page_),
      size_(size) {
  void* map =
      mmap(nullptr, body_ + 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) {
    std::perror("mmap");
    std::abort();
  }
  map_ = static_cast<unsigned char*>(map);
  (void)mprotect(map_, page_, PROT_NONE);
  (void)mprotect(map_ + page_ + body_, page_, PROT_NONE);
  const size_t rounded = (size + alignment - 1) / alignment * alignment;
  data_ = map_ + page_ + (side == Side::kRight ? body_ - rounded : 0);
}

Guarded::~Guarded() {
  (void)munmap(map_, body_ + 2 * page_);
}

void Guarded::fill(unsigned char byte) const {
  std::memset(data_, byte, size_);
}

void Guarded::protect() const {
  (void)mprotect(map_ + page_, body_, PROT_READ);
}

}  // namespace fovea::test
