// `fovea firmware`: a model as C source, for linking into firmware.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "tools/commands/commands.h"
#include "tools/common/atomic_file.h"
#include "tools/common/error.h"
#include "tools/common/table.h"
#include "tools/firmware/names.h"
#include "tools/firmware/sources.h"

namespace fovea::tools {
namespace {

// Up to here a compiler takes the array in no time.
constexpr uint64_t kMostAsArray = 256 << 10;

struct Options {
  std::string input, folder, name;
  std::string form = "auto";
};

// All files appear together, after the last one is complete.
class Files {
 public:
  explicit Files(const std::string& folder) : folder_(folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) fail("{}: cannot be made a folder: {}", folder, error.message());
  }
  void add(const std::string& name, const std::string& text) {
    add(name, std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
  }
  void add(const std::string& name, std::span<const uint8_t> bytes) {
    files_.emplace_back((folder_ / name).string()).write(bytes);
  }
  void commit() {
    for (AtomicFile& file : files_) file.commit();
  }
  // Removes what an earlier call may have left in the other form.
  void remove(const std::string& name) const {
    std::error_code ignored;
    std::filesystem::remove(folder_ / name, ignored);
  }

 private:
  std::filesystem::path folder_;
  std::deque<AtomicFile> files_;
};

std::string chosen_name(const Options& options) {
  if (options.name.empty()) {
    return identifier_of(std::filesystem::path(options.input).stem().string());
  }
  if (is_identifier(options.name)) return options.name;
  throw UsageError(
      fmt::format("--name {}: give a name that C takes, such as digits", printable(options.name)));
}

void write_firmware(const Options& options) {
  const std::string name = chosen_name(options);
  const ModelFile file(options.input);
  const MappedFile bytes(options.input);
  file.check(file.model().check_weights());
  const bool assembly =
      options.form == "assembly" || (options.form == "auto" && file.size() > kMostAsArray);
  Files files(options.folder);
  files.add(name + ".h", firmware_header(file, name));
  files.add(name + "_operators.c", firmware_operators(file, name));
  if (assembly) {
    files.add(name + "_model.S", firmware_assembly(file.size(), name));
    files.add(name + "_model.bin", bytes.bytes());
  } else {
    files.add(name + "_model.c", firmware_array(bytes.bytes(), name));
  }
  files.commit();
  for (const char* other : {"_model.c", "_model.S", "_model.bin"}) {
    const bool of_assembly = std::string_view(other) != "_model.c";
    if (of_assembly != assembly) files.remove(name + other);
  }
  std::fprintf(stderr, "%s bytes of flash for the model, %s bytes of RAM for a session\n",
               grouped(file.size()).c_str(), grouped(file.model().arena(1).total).c_str());
}

}  // namespace

void add_firmware(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("firmware", "Writes a model as C source for linking into firmware");
  command->add_option("FILE", options->input, "A .fovea file")->required();
  command->add_option("-o,--output", options->folder, "Folder to write to")->required();
  command->add_option("--name", options->name,
                      "Begins the names of files and symbols; the file's name if not given");
  command
      ->add_option("--form", options->form,
                   "Of the bytes: array (C), assembly (.incbin), or auto: an array up to 256 KiB")
      ->check(CLI::IsMember({"auto", "array", "assembly"}));
  command->callback([options] { write_firmware(*options); });
}

}  // namespace fovea::tools
