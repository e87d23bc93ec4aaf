// The files that `fovea run` makes.

#ifndef FOVEA_TOOLS_COMMANDS_RUN_OUTPUTS_H_
#define FOVEA_TOOLS_COMMANDS_RUN_OUTPUTS_H_

#include <string>
#include <vector>

#include "tools/commands/run_task.h"
#include "tools/common/output_folder.h"

namespace fovea::tools {

class RunOutputs {
 public:
  // NAME.npy; METHOD.NAME.npy where several methods run, METHOD_2 for the second time. Of several
  // passes NAME.mean.npy and NAME.spread.npy. Throws InputError.
  RunOutputs(const ModelFile& file, OutputFolder& folder, const std::vector<Task>& tasks,
             bool passes);

  // What a run of a task has given. Without passes it is written.
  void take(const Session& session, const Task& task, size_t index);
  // After the last pass.
  void write_spreads();

  // A line for each file that was written.
  const std::string& lines() const { return lines_; }

 private:
  struct File {
    std::string path;
    OutputFile* file;
  };
  struct Output {
    std::string name;
    std::vector<File> files;
    std::vector<uint64_t> shape = {};
    std::vector<float> mean = {}, deviation = {};
    std::vector<api::Spread> spread = {};  // one, from the first pass on
  };

  void add_pass(const fovea_tensor& tensor, Output& output) const;
  void write(const File& to, uint32_t type, const std::vector<uint64_t>& shape, const void* data,
             uint64_t bytes);

  const ModelFile& file_;
  bool passes_;
  std::vector<std::vector<Output>> outputs_;  // by task
  std::string lines_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_RUN_OUTPUTS_H_
