#include "tools/common/output_target.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

#include "tools/common/error.h"
#include "tools/common/file_roles.h"
#include "tools/common/mapped_file.h"

namespace fovea::tools {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void cannot_write(const std::string& name, int error) {
  fail("{}: cannot be written: {}", name, std::strerror(error));
}

OutputTarget standard_output() {
  OutputTarget target;
  target.name = "standard output";
  target.stream = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  struct stat status {};
  if (target.stream < 0 || fstat(target.stream, &status) != 0) cannot_write(target.name, errno);
  if (S_ISREG(status.st_mode)) note_output(status, target.name);
  return target;
}

// Opens a pipe by name, or says that nobody reads from it.
int open_pipe(const std::string& path) {
  const auto end = std::chrono::steady_clock::now() + kPipePatience;
  for (;;) {
    const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK);
    if (file >= 0) {
      fcntl(file, F_SETFL, 0);  // from here on, writing waits for the reader
      return file;
    }
    if (errno != ENXIO) cannot_write(path, errno);
    if (std::chrono::steady_clock::now() > end) {
      fail("{}: is a pipe that nobody reads from: start its reader first", path);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

int open_device(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (file < 0) cannot_write(path, errno);
  return file;
}

// The end of a chain of links whose last one leads to nothing.
std::string follow(const std::string& path) {
  fs::path at = path;
  std::error_code error;
  for (int links = 0; fs::is_symlink(fs::symlink_status(at, error)); ++links) {
    if (links == 40) cannot_write(path, ELOOP);
    const fs::path next = fs::read_symlink(at, error);
    if (error) cannot_write(path, error.value());
    at = next.is_absolute() ? next : at.parent_path() / next;
  }
  return at.string();
}

OutputTarget existing(const std::string& path, const struct stat& status) {
  OutputTarget target = {path, path, -1, {}};
  if (S_ISDIR(status.st_mode)) fail("{}: is a folder, name a file", path);
  if (S_ISFIFO(status.st_mode)) {
    target.stream = open_pipe(path);
  } else if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
    target.stream = open_device(path);
  } else if (!S_ISREG(status.st_mode)) {
    fail("{}: is neither a file nor a device nor a pipe", path);
  } else {
    std::error_code error;
    target.path = fs::canonical(path, error).string();
    if (error) cannot_write(path, error.value());
    if (faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0) cannot_write(path, errno);
    note_output(status, path);
    target.replaced = status;
  }
  return target;
}

}  // namespace

OutputTarget find_target(const std::string& path) {
  if (path == "-" || path == "/dev/stdout") return standard_output();
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) return existing(path, status);
  if (errno != ENOENT) cannot_write(path, errno);
  return {path, follow(path), -1, {}};
}

}  // namespace fovea::tools
