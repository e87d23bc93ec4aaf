#include "tools/common/output_file.h"

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
#include <utility>

#include "tools/common/error.h"
#include "tools/common/file_roles.h"

namespace fovea::tools {
namespace {

constexpr size_t kCopyStep = size_t{1} << 20;

// mkstemp makes files that only their owner can read; a result follows the umask instead.
void apply_umask(int file) {
  const mode_t mask = umask(0);
  umask(mask);
  (void)fchmod(file, 0666 & ~mask);
}

// Beside the target, so that it can be renamed; what is copied waits in the usual place.
std::string temporary_name(const OutputTarget& target) {
  if (target.stream < 0) return target.path + ".XXXXXX";
  return (std::filesystem::temp_directory_path() / "fovea.XXXXXX").string();
}

void write_stream(int stream, std::span<const uint8_t> bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(stream, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) fail("{}: cannot be written: {}", name, std::strerror(errno));
    bytes = bytes.subspan(static_cast<size_t>(done));
  }
}

}  // namespace

OutputFile::OutputFile(const std::string& path)
    : target_(find_target(path)), temporary_(temporary_name(target_)) {
  const SignalHold hold;
  file_ = mkostemp(temporary_.data(), O_CLOEXEC);
  if (file_ < 0) {
    const int error = errno;
    if (in_place()) close(target_.stream);
    errno = error;
    cannot_write();
  }
  removed_by_signals_.emplace(temporary_);
  keep_owner_and_mode();
}

OutputFile::~OutputFile() {
  if (in_place()) close(target_.stream);
  if (file_ >= 0) close(file_);
  if (!renamed_) unlink(temporary_.c_str());
}

void OutputFile::cannot_write() const {
  // EFAULT: the bytes came from a mapped file that is shorter now.
  fail("{}: cannot be written: {}", name(),
       errno == EFAULT ? "what is copied was cut short meanwhile" : std::strerror(errno));
}

void OutputFile::keep_owner_and_mode() {
  if (!target_.replaced) return in_place() ? void() : apply_umask(file_);
  const struct stat& old = *target_.replaced;
  struct stat now {};
  const bool known = fstat(file_, &now) == 0;
  if (known && (now.st_uid != old.st_uid || now.st_gid != old.st_gid) &&
      fchown(file_, old.st_uid, old.st_gid) != 0) {
    // The group alone may be allowed. If not, the file belongs to who wrote it.
    if (fchown(file_, static_cast<uid_t>(-1), old.st_gid) != 0) errno = 0;
  }
  (void)fchmod(file_, old.st_mode & 07777);
}

bool OutputFile::is_terminal() const {
  return in_place() && isatty(target_.stream) != 0;
}

void OutputFile::write(std::span<const uint8_t> bytes) {
  write_at(size_, bytes);
}

void OutputFile::write_at(uint64_t offset, std::span<const uint8_t> bytes) {
  write_fully(offset, bytes);
  size_ = std::max<uint64_t>(size_, offset + bytes.size());
}

void OutputFile::zeros(uint64_t count) {
  static constexpr std::array<uint8_t, 4096> kZeros{};
  while (count > 0) {
    const size_t part = std::min<uint64_t>(count, kZeros.size());
    write({kZeros.data(), part});
    count -= part;
  }
}

void OutputFile::write_fully(uint64_t offset, std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t done = pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) cannot_write();
    bytes = bytes.subspan(static_cast<size_t>(done));
    offset += static_cast<uint64_t>(done);
  }
}

void OutputFile::copy_to_stream() {
  std::fflush(stdout);  // what was printed comes first
  std::vector<uint8_t> part(std::min<uint64_t>(size_, kCopyStep));
  for (uint64_t at = 0; at < size_;) {
    const ssize_t count = pread(file_, part.data(), part.size(), static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) cannot_write();
    write_stream(target_.stream, std::span(part).first(static_cast<size_t>(count)), name());
    at += static_cast<uint64_t>(count);
  }
  if (close(std::exchange(target_.stream, -1)) != 0) cannot_write();
  unlink(temporary_.c_str());
  renamed_ = true;
}

void OutputFile::flush() {
  if (fsync(file_) != 0) cannot_write();
}

void OutputFile::rename() {
  if (std::rename(temporary_.c_str(), target_.path.c_str()) != 0) cannot_write();
  renamed_ = true;
}

void OutputFile::commit() {
  if (in_place()) return copy_to_stream();
  flush();
  const SignalHold hold;
  rename();
  if (target_.replaced) forget_output(*target_.replaced);
}

void write_file(const std::string& path, std::span<const uint8_t> bytes) {
  OutputFile file(path);
  file.write(bytes);
  file.commit();
}

void write_file(const std::string& path, std::string_view text) {
  write_file(path, std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

}  // namespace fovea::tools
