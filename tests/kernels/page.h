// Numbers that end where the next page may not be read.

#ifndef FOVEA_TESTS_KERNELS_PAGE_H_
#define FOVEA_TESTS_KERNELS_PAGE_H_

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <vector>

namespace fovea::test {

// Weights are often the last that lies in a mapped file. Their size is a multiple of 64 bytes.
class BeforePage {
 public:
  explicit BeforePage(const std::vector<float>& numbers) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t bytes = numbers.size() * sizeof(float);
    size_ = (bytes + page - 1) / page * page + page;
    memory_ = static_cast<char*>(
        mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (memory_ == MAP_FAILED) std::abort();
    start_ = memory_ + size_ - page - bytes;
    std::memcpy(start_, numbers.data(), bytes);
    if (mprotect(memory_ + size_ - page, page, PROT_NONE) != 0) std::abort();
  }
  ~BeforePage() { munmap(memory_, size_); }
  BeforePage(const BeforePage&) = delete;
  BeforePage& operator=(const BeforePage&) = delete;

  const void* data() const { return start_; }

 private:
  char *memory_, *start_;
  size_t size_;
};

}  // namespace fovea::test

#endif  // FOVEA_TESTS_KERNELS_PAGE_H_
