#include "tools/common/pipe.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <vector>

#include "tools/common/error.h"
#include "tools/common/mapped_file.h"

namespace fovea::tools {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kStep = size_t{1} << 16;
constexpr int kForEver = -1, kPause = 50;  // milliseconds

// What poll says after at most that time.
short wait_for(int pipe, int milliseconds) {
  pollfd request = {pipe, POLLIN, 0};
  return poll(&request, 1, milliseconds) > 0 ? request.revents : short{0};
}

void append(int file, const std::vector<char>& bytes, size_t size, const std::string& path) {
  for (size_t at = 0; at < size;) {
    const ssize_t done = write(file, bytes.data() + at, size - at);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) {
      fail("{}: cannot be stored in the folder for temporary files (TMPDIR): {}", path,
           std::strerror(errno));
    }
    at += static_cast<size_t>(done);
  }
}

}  // namespace

void read_pipe(int pipe, int file, const std::string& path, uint64_t most) {
  std::vector<char> bytes(kStep);
  const Clock::time_point end = Clock::now() + kPipePatience;
  uint64_t left = most;
  bool connected = false;
  for (;;) {
    const ssize_t count = read(pipe, bytes.data(), bytes.size());
    if (count > 0) {
      connected = true;
      const size_t size = static_cast<size_t>(count);
      if (size > left) fail("{}: has more than {} bytes, too many to be read here", path, most);
      left -= size;
      append(file, bytes, size, path);
    } else if (count == 0) {
      // The end, or no writer yet: a pipe hangs up only after somebody wrote or left.
      if (connected || (wait_for(pipe, kPause) & POLLHUP) != 0) return;
      if (wait_for(pipe, 0) != 0) connected = true;
      if (Clock::now() > end) fail("{}: is a pipe that nobody writes to", path);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      connected = true;
      wait_for(pipe, kForEver);
    } else if (errno != EINTR) {
      fail("{}: cannot be read: {}", path, std::strerror(errno));
    }
  }
}

}  // namespace fovea::tools
