// A model whose weights change, one after the other.

#ifndef FOVEA_TOOLS_MEASURE_CHANGING_MODEL_H_
#define FOVEA_TOOLS_MEASURE_CHANGING_MODEL_H_

#include <memory>
#include <string>
#include <vector>

#include "tools/checkpoint/checkpoint.h"
#include "tools/common/output_file.h"
#include "tools/graph/format.h"
#include "tools/graph/graph.h"
#include "tools/pack/codes.h"
#include "tools/session/session.h"

namespace fovea::tools {

class ChangingModel {
 public:
  // A copy of a model's file, of which the graph is known, beside `path` for as long as this lives.
  ChangingModel(const ModelFile& file, const Checkpoint& checkpoint, const Graph& graph,
                const std::string& path, uint32_t threads);

  const ModelFile& file() const { return *file_; }
  const BoundSession& session() const { return *session_; }
  // Of a weight in f32, what codes of a format stand for. Sessions see it in their next run.
  void put(size_t weight, const Codes& codes, schema::DType type);
  // Numbers of a vector in f32.
  void put(size_t weight, const std::vector<float>& numbers);
  // Its numbers in a format, as the nearest ones.
  void put(size_t weight, const Format& format);
  // What the checkpoint has.
  void put_back(size_t weight);

 private:
  void write(size_t weight, const Source& source);

  const Checkpoint& checkpoint_;
  const Graph& graph_;
  OutputFile copy_;
  std::unique_ptr<ModelFile> file_;
  std::unique_ptr<BoundSession> session_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_MEASURE_CHANGING_MODEL_H_
