// A file that appears under its name complete or not at all.

#ifndef FOVEA_TOOLS_COMMON_OUTPUT_FILE_H_
#define FOVEA_TOOLS_COMMON_OUTPUT_FILE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/common/output_target.h"
#include "tools/common/signals.h"

namespace fovea::tools {

// Collects its bytes in a temporary file. commit() puts them where they belong: a regular file is
// replaced and keeps its mode and, where that is allowed, its owner; a link stays and its target
// is replaced; a device, a pipe or standard output ("-") gets the bytes. Without commit(), and
// when a signal ends the program, the temporary file is removed. All failures throw InputError.
class OutputFile {
 public:
  explicit OutputFile(const std::string& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::span<const uint8_t> bytes);
  // Overwrites bytes already written, or leaves a hole of zeros before them.
  void write_at(uint64_t offset, std::span<const uint8_t> bytes);
  void zeros(uint64_t count);
  uint64_t size() const { return size_; }

  // What the user calls it, for messages.
  const std::string& name() const { return target_.name; }
  // Where the bytes are until commit().
  const std::string& temporary_path() const { return temporary_; }
  // Whether commit() shows the bytes to a person.
  bool is_terminal() const;

  void commit();

 private:
  friend void commit_all(const std::vector<std::unique_ptr<OutputFile>>& files);

  void write_fully(uint64_t offset, std::span<const uint8_t> bytes);
  void keep_owner_and_mode();
  bool in_place() const { return target_.stream >= 0; }
  void copy_to_stream();
  void flush();
  void keep_backup();
  void rename();
  void roll_back();
  void drop_backup();
  [[noreturn]] void cannot_write() const;

  OutputTarget target_;
  std::string temporary_;
  std::optional<TemporaryPath> removed_by_signals_;
  std::string backup_;  // the replaced file by another name, while several are renamed
  int file_ = -1;
  bool renamed_ = false;
  uint64_t size_ = 0;
};

// All appear, or none does.
void commit_all(const std::vector<std::unique_ptr<OutputFile>>& files);

// Writes a whole file.
void write_file(const std::string& path, std::span<const uint8_t> bytes);
void write_file(const std::string& path, std::string_view text);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_OUTPUT_FILE_H_
