// What happens when the program is ended from outside: temporary files go, and a file that was cut
// short while it was read is named.

#ifndef FOVEA_TOOLS_COMMON_SIGNALS_H_
#define FOVEA_TOOLS_COMMON_SIGNALS_H_

#include <cstddef>
#include <string>

namespace fovea::tools {

// From now on SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGPIPE remove temporary files before they end
// the program, unless it was started with them ignored; SIGBUS within a mapped file ends it with
// one line and exit code 1; and writing past a limit of file sizes is an error like a full disk.
void handle_signals();

// A file that signals remove for as long as this object lives.
class TemporaryPath {
 public:
  explicit TemporaryPath(const std::string& path);
  ~TemporaryPath();
  TemporaryPath(const TemporaryPath&) = delete;
  TemporaryPath& operator=(const TemporaryPath&) = delete;

 private:
  void* entry_;
};

// Signals that end the program wait until this object is gone: what it guards is done as one.
class SignalHold {
 public:
  SignalHold();
  ~SignalHold();
  SignalHold(const SignalHold&) = delete;
  SignalHold& operator=(const SignalHold&) = delete;
};

// Says which file is mapped where, and that it is no longer.
void watch_mapping(const void* begin, size_t size, const std::string& path);
void forget_mapping(const void* begin);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_SIGNALS_H_
