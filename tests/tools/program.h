// Runs the built `fovea` as a user does.

#ifndef FOVEA_TESTS_TOOLS_PROGRAM_H_
#define FOVEA_TESTS_TOOLS_PROGRAM_H_

#include <functional>
#include <string>

#include "tests/support/temporary_folder.h"

namespace fovea::test {

struct Outcome {
  int code = -1;
  std::string out, err;
};

// Runs a shell command line in which `fovea` stands for the program.
Outcome fovea(const std::string& arguments, const std::string& environment = "");

// Runs a shell script in which $FOVEA is the program; its standard input is empty.
Outcome shell(const std::string& script);

// The program, started and left to itself.
class Running {
 public:
  // Arguments as a shell reads them.
  explicit Running(const std::string& arguments);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void send(int signal) const;
  bool has_mapped(const std::string& path) const;
  // The exit code, or minus the signal that ended it.
  int wait();
  // What came on standard error until now.
  std::string err() const;

 private:
  TemporaryFolder folder_;
  int process_ = -1;
};

// Calls `done` until it is true; false after a minute.
bool wait_until(const std::function<bool()>& done);

// Writes to a pipe that is open for reading and writing, and closes it when all was read: it would
// forget bytes that nobody had opened it for.
void feed_pipe(int pipe, const std::string& bytes);

// Whether the program said no as it should: this exit code, one line on standard error that
// contains `part`, nothing on standard output. Complains through doctest.
void check_refused(const Outcome& outcome, int code, const std::string& part);

bool contains(const std::string& text, const std::string& part);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_PROGRAM_H_
