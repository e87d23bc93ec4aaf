#include "tools/common/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "tools/common/error.h"
#include "tools/common/file_roles.h"
#include "tools/common/pipe.h"
#include "tools/common/signals.h"

namespace fovea::tools {
namespace {

// Closes a file descriptor at the end of a scope.
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
};

struct CloseStream {
  void operator()(std::FILE* stream) const { std::fclose(stream); }
};

[[noreturn]] void cannot_read(const std::string& path) {
  fail("{}: cannot be read: {}", path, std::strerror(errno));
}

// Standard input can be read once.
int standard_input() {
  static bool taken = false;
  if (std::exchange(taken, true)) fail("standard input is named twice: save it to a file first");
  return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
}

}  // namespace

MappedFile::MappedFile(const std::string& path, uint64_t most_piped)
    : path_(path == "-" ? "standard input" : path) {
  // Without O_NONBLOCK, opening a pipe waits for its writer.
  const Descriptor file{path == "-" ? standard_input()
                                    : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat status {};
  if (file.number < 0 || fstat(file.number, &status) != 0) cannot_read(path_);
  if (S_ISDIR(status.st_mode)) fail("{}: is a folder, a file is needed", path_);
  if (S_ISREG(status.st_mode)) {
    note_input(status, path_);
    map(file.number);
    return;
  }
  if (path != "-" && !S_ISFIFO(status.st_mode)) {
    fail("{}: is not a regular file, save it to one first", path_);
  }
  const std::unique_ptr<std::FILE, CloseStream> copy(std::tmpfile());
  if (copy == nullptr) fail("{}: cannot be stored: {}", path_, std::strerror(errno));
  read_pipe(file.number, fileno(copy.get()), path_, most_piped);
  map(fileno(copy.get()));
}

MappedFile::~MappedFile() {
  if (data_ == nullptr) return;
  forget_mapping(data_);
  munmap(const_cast<uint8_t*>(data_), size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

void MappedFile::map(int file) {
  struct stat status {};
  if (fstat(file, &status) != 0) cannot_read(path_);
  if (status.st_size == 0) fail("{}: is empty", path_);
  size_ = static_cast<size_t>(status.st_size);
  // Shared: a file that this program writes to meanwhile (measure/changing_model.h) is seen so.
  void* data = mmap(nullptr, size_, PROT_READ, MAP_SHARED, file, 0);
  if (data == MAP_FAILED) fail("{}: cannot be mapped: {}", path_, std::strerror(errno));
  data_ = static_cast<const uint8_t*>(data);
  watch_mapping(data_, size_, path_);
}

void MappedFile::forget(size_t offset, size_t size) const {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t begin = (offset + page - 1) / page * page;
  const size_t end = (offset + size) / page * page;
  if (data_ == nullptr || end > size_ || begin >= end) return;
  madvise(const_cast<uint8_t*>(data_) + begin, end - begin, MADV_DONTNEED);
}

}  // namespace fovea::tools
