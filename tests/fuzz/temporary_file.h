// A file with any bytes, for readers that take a path.

#ifndef FOVEA_TESTS_FUZZ_TEMPORARY_FILE_H_
#define FOVEA_TESTS_FUZZ_TEMPORARY_FILE_H_

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace fovea::test {

// Lies in memory; gone at the end of the scope.
class TemporaryFile {
 public:
  TemporaryFile(const uint8_t* data, size_t size) : number_(memfd_create("fuzz", MFD_CLOEXEC)) {
    if (number_ < 0 || write(number_, data, size) != static_cast<ssize_t>(size)) __builtin_trap();
  }
  ~TemporaryFile() { close(number_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(number_); }

 private:
  int number_;
};

}  // namespace fovea::test

#endif  // FOVEA_TESTS_FUZZ_TEMPORARY_FILE_H_
