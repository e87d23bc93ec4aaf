// A model file on disk, and sessions of it, as the commands use them. Errors are InputError with
// one line that begins with the file's name.

#ifndef FOVEA_TOOLS_SESSION_SESSION_H_
#define FOVEA_TOOLS_SESSION_SESSION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fovea/fovea.hpp"
#include "fovea/threads.h"
#include "runtime/preamble.h"
#include "runtime/schema.h"
#include "tools/common/mapped_file.h"

namespace fovea::tools {

// A .fovea file, mapped and opened.
class ModelFile {
 public:
  explicit ModelFile(const std::string& path);

  const std::string& path() const { return file_.path(); }
  uint64_t size() const { return file_.bytes().size(); }
  const MappedFile& mapped() const { return file_; }
  const fovea::api::Model& model() const { return model_; }
  // The tables of the header. What the C interface gives should be taken from there.
  const schema::Model& tables() const;
  const Preamble& preamble() const;

  // The method of that name. Without a name: the only one, or `forward`.
  uint32_t method(const std::string& name) const;
  std::string method_name(uint32_t method) const { return model_.method_name(method); }
  // Names of all methods, inputs and so on, for messages.
  std::string method_names() const;

  // Throws where the status is an error.
  void check(const Status& status) const {
    if (!status) throw_error(status.error());
  }
  template <typename T>
  T check(const Result<T>& result) const {
    if (!result) throw_error(result.error());
    return *result;
  }
  [[noreturn]] void throw_error(const Error& error) const;

 private:
  MappedFile file_;
  fovea::api::Model model_;
};

// The instruction set to run: `row`, or what the variable FOVEA_ISA says, or empty for the best.
// Throws UsageError for one that this build or CPU lacks.
std::string chosen_row(const std::string& row = "");

// Rows that were compiled and that this CPU has, fastest first.
std::vector<std::string> usable_rows();

// A session with its memory and threads.
class BoundSession {
 public:
  BoundSession(const ModelFile& file, uint32_t threads, const std::string& row);

  const Session& operator*() const { return session_; }
  const Session* operator->() const { return &session_; }
  const fovea_memory& memory() const { return memory_; }
  uint32_t threads() const { return threads_; }
  // All zeros for one thread.
  fovea_executor executor() const { return fovea_threads_executor(pool_.get()); }

 private:
  struct Free {
    void operator()(uint8_t* memory) const;
  };
  struct Destroy {
    void operator()(fovea_threads* threads) const { fovea_threads_destroy(threads); }
  };

  fovea_options options(const std::string& row);

  uint32_t threads_;
  fovea_memory memory_;
  std::unique_ptr<fovea_threads, Destroy> pool_;
  std::unique_ptr<uint8_t, Free> arena_;
  Session session_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_SESSION_H_
