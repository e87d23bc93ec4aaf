#include "tests/tools/import/stored_llama.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <utility>
#include <variant>

#include "tests/support/temporary_folder.h"
#include "tools/graph/fuse.h"
#include "tools/import/build.h"
#include "tools/import/families.h"
#include "tools/pack/pack.h"

namespace fovea::test {
namespace {

TransformerSpec describe(const Checkpoint& checkpoint) {
  const tools::Config config(checkpoint.config, checkpoint.path);
  return tools::kLlama.describe(config, checkpoint);
}

// Also opens the checkpoint, in this folder.
Graph built(const StoredLlama& model, const TemporaryFolder& folder, Checkpoint& checkpoint,
            const Change& change) {
  write_bytes(folder.file("config.json"), config_json(kStoredLlama));
  write_safetensors(folder.file("model.safetensors"), model.tensors);
  checkpoint = tools::open_checkpoint(folder.path());
  TransformerSpec spec = describe(checkpoint);
  change(spec);
  return tools::fuse(tools::build_transformer(std::move(spec), checkpoint, {}, "test"));
}

}  // namespace

SavedTensor StoredLlama::take(const std::string& name) {
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].name != name) continue;
    SavedTensor found = tensors[i];
    tensors.erase(tensors.begin() + static_cast<ptrdiff_t>(i));
    return found;
  }
  FAIL("no tensor ", name);
  return {};
}

Graph build(const StoredLlama& model, const Change& change) {
  const TemporaryFolder folder;
  Checkpoint checkpoint;
  return built(model, folder, checkpoint, change);
}

std::string packed(const StoredLlama& model, const Change& change) {
  const TemporaryFolder folder;
  Checkpoint checkpoint;
  Graph graph = built(model, folder, checkpoint, change);
  tools::place_weights(graph.model);
  std::string bytes;
  tools::pack_weights(checkpoint, graph, [&](std::span<const uint8_t> part) {
    bytes.append(reinterpret_cast<const char*>(part.data()), part.size());
  });
  return bytes;
}

tools::AttentionSpec& attention(TransformerSpec& spec) {
  return std::get<tools::AttentionSpec>(spec.decoder->layers.pattern[0][0].part);
}

}  // namespace fovea::test
