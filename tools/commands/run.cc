// `fovea run`: one run of one method, tensors in and out as .npy files.

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "tools/commands/commands.h"
#include "tools/commands/numbers.h"
#include "tools/common/atomic_file.h"
#include "tools/common/dims.h"
#include "tools/common/error.h"
#include "tools/common/npy.h"
#include "tools/common/pace.h"
#include "tools/common/session.h"
#include "tools/common/shape.h"
#include "tools/common/trace.h"

namespace fovea::tools {
namespace {

struct Arguments {
  std::string file;
  std::string method;
  std::vector<std::string> inputs;
  std::vector<std::string> dims;
  std::string output_dir;
  uint32_t threads = 1;
  bool trace = false;
};

struct Input {
  fovea_tensor tensor;  // at maxima
  std::string path;
  Npy npy;
};

std::string input_names(const ModelFile& file, uint32_t method) {
  std::string result;
  for (uint32_t i = 0; i < file.model().input_count(method); ++i) {
    const fovea_tensor tensor = file.check(file.model().input(method, i));
    result += fmt::format("{}{} {} {}", result.empty() ? "" : ", ", tensor.name,
                          type_name(tensor.type), symbolic_shape(file.model(), tensor));
  }
  return result.empty() ? "none" : result;
}

// Paths by name of input.
std::map<std::string, std::string> parse_inputs(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> result;
  for (const std::string& text : texts) {
    const Assignment assignment = parse_assignment(text, "--input");
    if (!result.emplace(assignment.name, assignment.value).second) {
      throw UsageError(fmt::format("--input {} is given twice", assignment.name));
    }
  }
  return result;
}

// Every input of the method with its file.
std::vector<Input> read_inputs(const ModelFile& file, uint32_t method,
                               std::map<std::string, std::string> paths) {
  std::vector<Input> result;
  for (uint32_t i = 0; i < file.model().input_count(method); ++i) {
    const fovea_tensor tensor = file.check(file.model().input(method, i));
    const auto found = paths.find(tensor.name);
    if (found == paths.end()) {
      fail("{}: input '{}' of '{}' is missing: give --input {}=FILE.npy", file.path(), tensor.name,
           file.method_name(method), tensor.name);
    }
    result.push_back({tensor, found->second, {}});
    paths.erase(found);
  }
  if (!paths.empty()) {
    fail("{}: method '{}' has no input '{}', only: {}", file.path(), file.method_name(method),
         paths.begin()->first, input_names(file, method));
  }
  for (Input& input : result) input.npy = read_npy(input.path);
  return result;
}

void set_inputs(const ModelFile& file, const Session& session, uint32_t method,
                const std::vector<Input>& inputs) {
  for (const Input& input : inputs) {
    const std::vector<uint32_t> extents(input.npy.shape.begin(), input.npy.shape.end());
    fovea_error error = {};
    const fovea_code code = fovea_set_input(session.get(), method, input.tensor.name,
                                            input.npy.type, static_cast<uint32_t>(extents.size()),
                                            extents.data(), input.npy.data.data(), &error);
    if (code != FOVEA_OK) file.throw_error(Error(error));
  }
}

// A name from a model file as a file's name: it cannot lead out of the folder.
std::string file_name(const std::string& name) {
  std::string result = name.empty() ? "output" : name;
  for (char& c : result) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (!plain && c != '_' && c != '-' && c != '.') c = '_';
  }
  if (result[0] == '.') result[0] = '_';
  return result + ".npy";
}

struct Output {
  std::string path;
  std::vector<uint8_t> bytes;
};

Output read_output(const ModelFile& file, const Session& session, uint32_t method, uint32_t index,
                   const std::string& folder) {
  const std::string name = file.check(file.model().output(method, index)).name;
  fovea_tensor tensor = {};
  fovea_error error = {};
  if (fovea_output(session.get(), method, name.c_str(), &tensor, &error) != FOVEA_OK) {
    file.throw_error(Error(error));
  }
  const std::vector<uint64_t> shape(tensor.extents, tensor.extents + tensor.rank);
  const std::span<const uint8_t> data(static_cast<const uint8_t*>(tensor.data), tensor.bytes);
  const std::string path = (std::filesystem::path(folder) / file_name(name)).string();
  fmt::print(stderr, "{}: {} {}\n", path, type_name(tensor.type), shape_text(shape));
  return {path, npy_bytes(tensor.type, shape, data)};
}

// All files appear, or none does: each is complete under a temporary name before the first gets
// its own.
void write_outputs(const std::vector<Output>& outputs) {
  std::vector<std::unique_ptr<AtomicFile>> files;
  for (const Output& output : outputs) {
    files.push_back(std::make_unique<AtomicFile>(output.path));
    files.back()->write(output.bytes);
  }
  for (const std::unique_ptr<AtomicFile>& file : files) file->commit();
}

void make_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) fail("{}: cannot be made: {}", folder, error.message());
}

void run(const Arguments& arguments) {
  const std::string row = chosen_row();
  const auto paths = parse_inputs(arguments.inputs);
  const ModelFile file(arguments.file);
  const uint32_t method = file.method(arguments.method);
  DimValues dims(file);
  for (const std::string& text : arguments.dims) dims.set(text);
  const std::vector<Input> inputs = read_inputs(file, method, paths);
  for (const Input& input : inputs) dims.infer(input.tensor, input.npy, input.path);

  const BoundSession session(file, arguments.threads, row);
  dims.apply(*session);
  set_inputs(file, *session, method, inputs);
  std::optional<Tracer> tracer;
  if (arguments.trace) tracer.emplace(file, *session);
  announce_long_run(file, session, method);
  file.check(session->method(method).run());

  make_folder(arguments.output_dir);
  std::vector<Output> outputs;
  for (uint32_t i = 0; i < file.model().output_count(method); ++i) {
    outputs.push_back(read_output(file, *session, method, i, arguments.output_dir));
  }
  write_outputs(outputs);
  if (!tracer) return;
  for (const TraceLine& line : tracer->lines()) fmt::print("{}\n", trace_text(line));
}

}  // namespace

void add_run(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("run", "Runs one method on .npy files");
  command->add_option("FILE", arguments->file, "A .fovea file")->required();
  command->add_option("--method", arguments->method, "Method; the only one or forward if absent");
  command->add_option("--input", arguments->inputs, "NAME=FILE.npy, once for each input")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--set", arguments->dims, "DIM=N where no input's shape says it")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--output-dir", arguments->output_dir, "Folder for DIR/NAME.npy")->required();
  command->add_option("--threads", arguments->threads, "Threads")->check(thread_count());
  command->add_flag("--trace", arguments->trace,
                    "Prints a line \"method operator kind crc\" for each operator");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace fovea::tools
