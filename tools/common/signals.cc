#include "tools/common/signals.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>

#include "tools/common/printable.h"

namespace fovea::tools {
namespace {

constexpr std::array kEndings = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};

// A list that a signal handler may walk at any time: entries are used again, never freed.
struct Entry {
  std::atomic<const char*> text{nullptr};  // null: free
  std::atomic<uintptr_t> begin{0}, end{0};
  Entry* next = nullptr;
};

class List {
 public:
  Entry* add(const std::string& text, uintptr_t begin, uintptr_t end) {
    const std::lock_guard lock(mutex_);
    Entry* entry = free_entry();
    char* copy = new char[text.size() + 1];
    std::memcpy(copy, text.c_str(), text.size() + 1);
    entry->begin = begin;
    entry->end = end;
    entry->text = copy;
    return entry;
  }
  void remove(Entry* entry) {
    const std::lock_guard lock(mutex_);
    const std::unique_ptr<const char[]> text(entry->text.exchange(nullptr));
  }
  void remove(uintptr_t begin) {
    for (Entry* entry = first_; entry != nullptr; entry = entry->next) {
      if (entry->text != nullptr && entry->begin == begin) return remove(entry);
    }
  }
  template <typename Function>
  void each(Function function) const {
    for (const Entry* entry = first_; entry != nullptr; entry = entry->next) {
      const char* const text = entry->text;
      if (text != nullptr) function(text, *entry);
    }
  }

 private:
  Entry* free_entry() {
    for (Entry* entry = first_; entry != nullptr; entry = entry->next) {
      if (entry->text == nullptr) return entry;
    }
    Entry* entry = new Entry;
    entry->next = first_;
    first_ = entry;
    return entry;
  }

  std::atomic<Entry*> first_{nullptr};
  std::mutex mutex_;
};

List temporaries, mappings;
std::atomic<int> holds{0}, waiting{0};

void remove_temporaries() {
  temporaries.each([](const char* path, const Entry&) { unlink(path); });
}

// Ends the program as the signal would have done.
void end_by(int number) {
  remove_temporaries();
  std::signal(number, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  std::raise(number);
}

void on_ending(int number) {
  if (holds > 0) {
    waiting = number;
  } else {
    end_by(number);
  }
}

void on_bus_error(int number, siginfo_t* info, void*) {
  const uintptr_t at = reinterpret_cast<uintptr_t>(info->si_addr);
  mappings.each([&](const char* line, const Entry& entry) {
    if (at < entry.begin || at >= entry.end) return;
    if (write(STDERR_FILENO, line, std::strlen(line)) < 0) _exit(1);
    remove_temporaries();
    _exit(1);
  });
  std::signal(number, SIG_DFL);  // the access is tried again, and ends the program
}

}  // namespace

void handle_signals() {
  struct sigaction action = {}, before = {};
  sigemptyset(&action.sa_mask);
  action.sa_handler = on_ending;
  for (const int number : kEndings) {
    sigaction(number, nullptr, &before);
    if (before.sa_handler != SIG_IGN) sigaction(number, &action, nullptr);
  }
  std::signal(SIGXFSZ, SIG_IGN);  // what is too large for its writer then fails with a reason
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, nullptr);
}

TemporaryPath::TemporaryPath(const std::string& path) : entry_(temporaries.add(path, 0, 0)) {}

TemporaryPath::~TemporaryPath() {
  temporaries.remove(static_cast<Entry*>(entry_));
}

SignalHold::SignalHold() {
  ++holds;
}

SignalHold::~SignalHold() {
  if (--holds > 0) return;
  if (const int number = waiting.exchange(0); number != 0) end_by(number);
}

void watch_mapping(const void* begin, size_t size, const std::string& path) {
  const uintptr_t first = reinterpret_cast<uintptr_t>(begin);
  mappings.add("fovea: " + printable(path) +
                   ": was cut short while it was read, or its disk failed: start again when "
                   "nothing writes to it\n",
               first, first + size);
}

void forget_mapping(const void* begin) {
  mappings.remove(reinterpret_cast<uintptr_t>(begin));
}

}  // namespace fovea::tools
