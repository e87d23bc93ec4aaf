// `fovea firmware`: a model as C source, for linking into firmware.

#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/commands/commands.h"
#include "tools/common/error.h"
#include "tools/common/file_roles.h"
#include "tools/common/output_folder.h"
#include "tools/common/table.h"
#include "tools/firmware/amalgamation.h"
#include "tools/firmware/manifests.h"
#include "tools/firmware/names.h"
#include "tools/firmware/runtime_copy.h"
#include "tools/firmware/sources.h"

namespace fovea::tools {
namespace {

// Up to here a compiler takes the array in no time.
constexpr uint64_t kMostAsArray = 256 << 10;

struct FirmwareOptions {
  std::vector<std::string> inputs;
  std::string folder, name;
  std::string form = "auto";
  bool sources = false;     // a folder that compiles as it is
  bool amalgamate = false;  // and has one source file besides the models' bytes
  bool trusted = false;     // headers are known by their checksums
};

std::string chosen_name(const FirmwareOptions& options, const std::string& input) {
  if (options.name.empty() && input == "-") {
    throw UsageError("standard input has no name: give one with --name");
  }
  if (options.name.empty()) return identifier_of(std::filesystem::path(input).stem().string());
  if (is_identifier(options.name)) return options.name;
  throw UsageError(
      fmt::format("--name {}: give a name that C takes, such as digits", options.name));
}

// Writes one folder; files that it replaces go when all is written.
class FirmwareWriter {
 public:
  explicit FirmwareWriter(const FirmwareOptions& options)
      : options_(options), folder_(options.folder) {}

  void add_model(const std::string& input) {
    const std::string name = chosen_name(options_, input);
    const ModelFile file(input);
    const std::span<const uint8_t> bytes = file.mapped().bytes();
    file.check(file.model().check_weights());
    for (const std::string& other : names_) {
      if (other == name) fail("{}: two models of this name; give other names to the files", name);
    }
    // A build system that looks for *.cc is told of no folder where an assembler finds the bytes.
    const bool assembly =
        options_.form == "assembly" ||
        (options_.form == "auto" && !options_.sources && file.size() > kMostAsArray);
    add_text({name + ".h", firmware_header(file, name, opening())});
    add_text({name + "_operators" + ending(), firmware_operators(file, name, opening())});
    if (assembly) {
      add(name + "_model.S", firmware_assembly(file.size(), name));
      add(name + "_model.bin", bytes);
    } else {
      add(name + "_model" + ending(), firmware_array(bytes, name, header_of(name)));
    }
    names_.push_back(name);
    symbols_.merge(firmware_symbols(file));
    summary_ += fmt::format("{}{} bytes of flash for the model, {} bytes of RAM for a session\n",
                            options_.inputs.size() > 1 ? name + ": " : "", grouped(file.size()),
                            grouped(file.model().arena(1).total));
  }

  void add_sources() {
    std::vector<TextFile> files = runtime_copy(symbols_);
    if (options_.amalgamate) {
      files.insert(files.end(), operators_.begin(), operators_.end());
      files = amalgamation(files, headers_);
    }
    for (const TextFile& file : files) add(file.name, file.text);
    for (const std::string& name : runtime_copy_names()) note_old(name);
    note_old("fovea.cc");
    note_old_models();
    for (const TextFile& file : manifests(sources_)) add(file.name, file.text);
    std::vector<std::string> headers;
    for (const std::string& name : names_) headers.push_back(header_of(name));
    for (const TextFile& file : examples(names_, headers)) add(file.name, file.text);
  }

  const std::string& summary() const { return summary_; }

  void commit() {
    for (const std::string& name : names_) note_old_model(name);
    folder_.commit();
    for (const std::string& path : old_) unlink(path.c_str());
  }

 private:
  Opening opening() const { return options_.trusted ? Opening::kTrusted : Opening::kChecked; }

  const char* ending() const { return options_.sources ? ".cc" : ".c"; }

  std::string header_of(const std::string& name) const {
    return options_.amalgamate ? "fovea.h" : name + ".h";
  }

  // A file of a model, or a part of what all are put into.
  void add_text(const TextFile& file) {
    if (!options_.amalgamate) return add(file.name, file.text);
    (file.name.ends_with(".h") ? headers_ : operators_)
        .push_back({file.name, flattened(file.text)});
  }

  void add(const std::string& name, const std::string& text) {
    const std::string flat = options_.sources ? flattened(text) : text;
    add(name, std::span(reinterpret_cast<const uint8_t*>(flat.data()), flat.size()));
  }
  void add(const std::string& name, std::span<const uint8_t> bytes) {
    folder_.add(name).write(bytes);
    written_.insert(name);
    if (name.ends_with(".cc")) sources_.push_back(name);
  }

  // What an earlier call may have left in another form, or for other models: it is removed in the
  // end. Throws InputError where it is an input.
  void note_old(const std::string& name) {
    struct stat status {};
    const std::string path = folder_.path_of(name);
    if (written_.count(name) + old_.count(path) != 0 || stat(path.c_str(), &status) != 0) return;
    if (!S_ISREG(status.st_mode)) return;
    note_output(status, path);
    old_.insert(path);
  }

  void note_old_model(const std::string& name) {
    for (const char* end : {".h", "_model.c", "_model.cc", "_model.S", "_model.bin", "_operators.c",
                            "_operators.cc"}) {
      note_old(name + end);
    }
  }

  // Models of an earlier call, whose operators may not be there any more.
  void note_old_models() {
    constexpr std::string_view kEnd = "_operators.cc";
    for (const auto& entry : std::filesystem::directory_iterator(options_.folder)) {
      const std::string name = entry.path().filename().string();
      if (!name.ends_with(kEnd)) continue;
      std::ifstream file(entry.path());
      std::string line;
      std::getline(file, line);
      if (line == kOperatorsTitle) note_old_model(name.substr(0, name.size() - kEnd.size()));
    }
  }

  const FirmwareOptions& options_;
  OutputFolder folder_;
  std::vector<std::string> names_, sources_;
  std::set<std::string> written_, symbols_, old_;
  std::string summary_;                        // for when all is written
  std::vector<TextFile> headers_, operators_;  // of models, to be amalgamated
};

void write_firmware(const FirmwareOptions& options) {
  if (!options.name.empty() && options.inputs.size() > 1) {
    throw UsageError("--name: is for one model; several are named by their files");
  }
  if (!options.sources && options.inputs.size() > 1) {
    throw UsageError("several models: only with --sources, where they share the runtime");
  }
  if (options.amalgamate && !options.sources) {
    throw UsageError("--amalgamate: only with --sources, whose files it puts into one");
  }
  FirmwareWriter writer(options);
  for (const std::string& input : options.inputs) writer.add_model(input);
  if (options.sources) writer.add_sources();
  writer.commit();
  std::fputs(writer.summary().c_str(), stderr);
}

}  // namespace

void add_firmware(CLI::App& app) {
  auto options = std::make_shared<FirmwareOptions>();
  CLI::App* command =
      app.add_subcommand("firmware", "Writes a model as C source for linking into firmware");
  command->add_option("FILE", options->inputs, "A .fovea file; several with --sources")->required();
  command->add_option("-o,--output", options->folder, "Folder to write to")->required();
  command->add_option("--name", options->name,
                      "Begins the names of files and symbols; the file's name if not given");
  command
      ->add_option("--form", options->form,
                   "Of the bytes: array (C), assembly (.incbin), or auto: an array up to 256 KiB")
      ->check(CLI::IsMember({"auto", "array", "assembly"}));
  command->add_flag(
      "--sources", options->sources,
      "Writes the runtime's sources too: a folder that any C++17 compiler, CMake, make, "
      "PlatformIO, Arduino, ESP-IDF and Zephyr take as it is");
  command->add_flag("--amalgamate", options->amalgamate,
                    "With --sources: one source file and one header besides the models' bytes");
  command->add_flag("--trusted", options->trusted,
                    "The firmware does not check the model's header again, but takes it by its "
                    "checksum: less code, and no other file opens");
  command->callback([options] { write_firmware(*options); });
}

}  // namespace fovea::tools
