#include "tools/common/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

// mkstemp makes files that only their owner can read; a result follows the umask instead.
void apply_umask(int file) {
  const mode_t mask = umask(0);
  umask(mask);
  (void)fchmod(file, 0666 & ~mask);
}

}  // namespace

AtomicFile::AtomicFile(const std::string& path) : path_(path) {
  if (std::filesystem::is_directory(path)) fail("{}: is a folder, name a file", path);
  temporary_ = path + ".XXXXXX";
  file_ = mkostemp(temporary_.data(), O_CLOEXEC);
  if (file_ < 0) fail("{}: cannot be written: {}", path, std::strerror(errno));
  apply_umask(file_);
}

AtomicFile::~AtomicFile() {
  if (file_ < 0) return;
  close(file_);
  unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const uint8_t> bytes) {
  write_at(size_, bytes);
}

void AtomicFile::write_at(uint64_t offset, std::span<const uint8_t> bytes) {
  write_fully(offset, bytes);
  size_ = std::max<uint64_t>(size_, offset + bytes.size());
}

void AtomicFile::zeros(uint64_t count) {
  static constexpr std::array<uint8_t, 4096> kZeros{};
  while (count > 0) {
    const size_t part = std::min<uint64_t>(count, kZeros.size());
    write({kZeros.data(), part});
    count -= part;
  }
}

void AtomicFile::write_fully(uint64_t offset, std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t done = pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) fail("{}: cannot be written: {}", path_, std::strerror(errno));
    bytes = bytes.subspan(static_cast<size_t>(done));
    offset += static_cast<uint64_t>(done);
  }
}

void AtomicFile::commit() {
  if (fsync(file_) != 0 || std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    fail("{}: cannot be written: {}", path_, std::strerror(errno));
  }
  close(file_);
  file_ = -1;
}

void write_file(const std::string& path, std::span<const uint8_t> bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void write_file(const std::string& path, std::string_view text) {
  write_file(path, std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

}  // namespace fovea::tools
