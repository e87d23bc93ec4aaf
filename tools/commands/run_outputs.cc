#include "tools/commands/run_outputs.h"

#include <fmt/format.h>

#include <cctype>
#include <span>

#include "tools/common/error.h"
#include "tools/common/npy.h"
#include "tools/common/printable.h"
#include "tools/firmware/names.h"

namespace fovea::tools {
namespace {

// A name from a model file as a file's name: it cannot lead out of the folder.
std::string file_name(const std::string& name) {
  std::string result = name.empty() ? "output" : name;
  for (char& c : result) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (!plain && c != '_' && c != '-' && c != '.') c = '_';
  }
  if (result[0] == '.') result[0] = '_';
  return result;
}

}  // namespace

RunOutputs::RunOutputs(const ModelFile& file, OutputFolder& folder, const std::vector<Task>& tasks,
                       bool passes)
    : file_(file), passes_(passes) {
  UniqueNames methods, names;
  for (const Task& task : tasks) {
    outputs_.emplace_back();
    const std::string method = methods.take(file_name(file.method_name(task.method)));
    for (uint32_t i = 0; i < file.model().output_count(task.method); ++i) {
      Output output = {file.check(file.model().output(task.method, i)).name, {}};
      const std::string stem =
          names.take((tasks.size() > 1 ? method + "." : "") + file_name(output.name));
      for (const char* what : passes ? std::vector{".mean", ".spread"} : std::vector{""}) {
        const std::string name = stem + what + ".npy";
        output.files.push_back({folder.path_of(name), &folder.add(name)});
      }
      outputs_.back().push_back(std::move(output));
    }
  }
}

void RunOutputs::write(const File& to, uint32_t type, const std::vector<uint64_t>& shape,
                       const void* data, uint64_t bytes) {
  to.file->write(npy_bytes(type, shape, {static_cast<const uint8_t*>(data), bytes}));
  lines_ += fmt::format("{}: {} {}\n", printable(to.path), type_name(type), shape_text(shape));
}

void RunOutputs::add_pass(const fovea_tensor& tensor, Output& output) const {
  if (tensor.type != FOVEA_FLOAT32) {
    fail("{}: output '{}' has {} numbers, which have no mean: run it without --passes",
         file_.path(), tensor.name, type_name(tensor.type));
  }
  const size_t size = tensor.bytes / sizeof(float);
  if (output.spread.empty()) {
    output.mean.resize(size);
    output.deviation.resize(size);
    output.spread.emplace_back(output.mean.data(), output.deviation.data(), size);
  }
  output.spread.front().add(static_cast<const float*>(tensor.data));
}

void RunOutputs::take(const Session& session, const Task& task, size_t index) {
  for (Output& output : outputs_[index]) {
    fovea_tensor tensor = {};
    fovea_error error = {};
    if (fovea_output(session.get(), task.method, output.name.c_str(), &tensor, &error) !=
        FOVEA_OK) {
      file_.throw_error(Error(error));
    }
    output.shape.assign(tensor.extents, tensor.extents + tensor.rank);
    if (passes_) {
      add_pass(tensor, output);
    } else {
      write(output.files[0], tensor.type, output.shape, tensor.data, tensor.bytes);
    }
  }
}

void RunOutputs::write_spreads() {
  for (const std::vector<Output>& task : outputs_) {
    for (const Output& output : task) {
      const uint64_t bytes = output.mean.size() * sizeof(float);
      write(output.files[0], FOVEA_FLOAT32, output.shape, output.mean.data(), bytes);
      write(output.files[1], FOVEA_FLOAT32, output.shape, output.deviation.data(), bytes);
    }
  }
}

}  // namespace fovea::tools
