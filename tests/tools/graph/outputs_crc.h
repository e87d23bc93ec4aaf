#ifndef FOVEA_TESTS_TOOLS_GRAPH_OUTPUTS_CRC_H_
#define FOVEA_TESTS_TOOLS_GRAPH_OUTPUTS_CRC_H_

#include <string>

#include "kernels/kernels.h"
#include "runtime/preamble.h"
#include "tests/support/temporary_folder.h"
#include "tools/graph/graph.h"
#include "tools/pack/pack.h"
#include "tools/plan/plan.h"
#include "tools/write/write.h"

namespace fovea::test {

// The checksum of the outputs of the run that every file carries.
inline uint32_t outputs_crc(tools::Graph graph) {
  constexpr size_t kHeaderOffset = 64;  // of a file
  const TemporaryFolder folder;
  graph.model.format = static_cast<uint32_t>(kFormatVersion);
  graph.model.arithmetic_revision = kernels::kArithmeticRevision;
  tools::plan(graph.model);
  const uint64_t size = tools::place_weights(graph.model);
  const auto pack = [&](const tools::ByteSink& sink) { tools::pack_weights({}, graph, sink); };
  tools::write_model(graph.model, size, pack, folder.file("m.fovea"));
  const std::string bytes = read_bytes(folder.file("m.fovea"));
  return schema::GetModel(bytes.data() + kHeaderOffset)->fingerprint()->Get(0)->crc();
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_GRAPH_OUTPUTS_CRC_H_
