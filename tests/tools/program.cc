#include "tests/tools/program.h"

#include <doctest/doctest.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace fovea::test {

Outcome fovea(const std::string& arguments, const std::string& environment) {
  const TemporaryFolder folder;
  const std::string command = "env -u FOVEA_ISA " + environment + " " FOVEA_RUN_PROGRAM " " +
                              arguments + " >" + folder.file("out") + " 2>" + folder.file("err") +
                              " </dev/null";
  const int status = std::system(command.c_str());
  Outcome outcome;
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  outcome.out = read_bytes(folder.file("out"));
  outcome.err = read_bytes(folder.file("err"));
  return outcome;
}

Outcome shell(const std::string& script) {
  const TemporaryFolder folder;
  write_bytes(folder.file("script"), "FOVEA='env -u FOVEA_ISA " FOVEA_RUN_PROGRAM "'\n" + script);
  const std::string command = "sh " + folder.file("script") + " >" + folder.file("out") + " 2>" +
                              folder.file("err") + " </dev/null";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_bytes(folder.file("out")),
          read_bytes(folder.file("err"))};
}

Running::Running(const std::string& arguments) {
  const std::string command = "exec env -u FOVEA_ISA " FOVEA_RUN_PROGRAM " " + arguments + " >" +
                              folder_.file("out") + " 2>" + folder_.file("err") + " </dev/null";
  process_ = fork();
  REQUIRE(process_ >= 0);
  if (process_ == 0) {
    execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
}

Running::~Running() {
  if (process_ < 0) return;
  send(SIGKILL);
  wait();
}

void Running::send(int signal) const {
  kill(process_, signal);
}

bool Running::has_mapped(const std::string& path) const {
  return read_bytes("/proc/" + std::to_string(process_) + "/maps").find(path) != std::string::npos;
}

int Running::wait() {
  int status = 0;
  REQUIRE(waitpid(process_, &status, 0) == process_);
  process_ = -1;
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

std::string Running::err() const {
  return read_bytes(folder_.file("err"));
}

bool wait_until(const std::function<bool()>& done) {
  for (int i = 0; i < 3000; ++i) {
    if (done()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

void feed_pipe(int pipe, const std::string& bytes) {
  CHECK(write(pipe, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  CHECK(wait_until([&] {
    int unread = -1;
    return ioctl(pipe, FIONREAD, &unread) == 0 && unread == 0;
  }));
  CHECK(close(pipe) == 0);
}

void check_refused(const Outcome& outcome, int code, const std::string& part) {
  INFO("standard error: ", outcome.err);
  CHECK(outcome.code == code);
  CHECK(outcome.out.empty());
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  CHECK(outcome.err.rfind("fovea: ", 0) == 0);
  CHECK(outcome.err.find(part) != std::string::npos);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace fovea::test
