// `fovea firmware`: a model as C source, for linking into firmware.

#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/commands/commands.h"
#include "tools/common/error.h"
#include "tools/common/file_roles.h"
#include "tools/common/output_folder.h"
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

// Text as the bytes of a file.
void add(OutputFolder& folder, const std::string& name, std::string_view text) {
  folder.add(name).write(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

// Files that an earlier call may have left in the other form, to be removed. Throws InputError
// where the input is one of them.
std::vector<std::string> files_of_other_form(const OutputFolder& folder, const std::string& name,
                                             bool assembly) {
  std::vector<std::string> files;
  for (const char* other : {"_model.c", "_model.S", "_model.bin"}) {
    const std::string path = folder.path_of(name + other);
    const bool of_assembly = std::string_view(other) != "_model.c";
    struct stat status {};
    if (of_assembly == assembly || stat(path.c_str(), &status) != 0) continue;
    if (!S_ISREG(status.st_mode)) continue;
    note_output(status, path);
    files.push_back(path);
  }
  return files;
}

std::string chosen_name(const Options& options) {
  if (options.name.empty() && options.input == "-") {
    throw UsageError("standard input has no name: give one with --name");
  }
  if (options.name.empty()) {
    return identifier_of(std::filesystem::path(options.input).stem().string());
  }
  if (is_identifier(options.name)) return options.name;
  throw UsageError(
      fmt::format("--name {}: give a name that C takes, such as digits", options.name));
}

void write_firmware(const Options& options) {
  const std::string name = chosen_name(options);
  const ModelFile file(options.input);
  const std::span<const uint8_t> bytes = file.mapped().bytes();
  OutputFolder folder(options.folder);
  file.check(file.model().check_weights());
  const bool assembly =
      options.form == "assembly" || (options.form == "auto" && file.size() > kMostAsArray);
  add(folder, name + ".h", firmware_header(file, name));
  add(folder, name + "_operators.c", firmware_operators(file, name));
  if (assembly) {
    add(folder, name + "_model.S", firmware_assembly(file.size(), name));
    folder.add(name + "_model.bin").write(bytes);
  } else {
    add(folder, name + "_model.c", firmware_array(bytes, name));
  }
  const std::vector<std::string> old = files_of_other_form(folder, name, assembly);
  folder.commit();
  for (const std::string& path : old) unlink(path.c_str());
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
