#include "tools/measure/calibrate.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tools/commands/convert.h"
#include "tools/import/import.h"

namespace fovea::test {

TEST_CASE("tables that are looked up are chosen first, then matrices as they are used") {
  const TemporaryFolder folder;
  tools::ConvertOptions options;
  options.input = FOVEA_FAMILIES "/whisper-1";  // an encoder of audio, then a decoder
  options.output = folder.file("m.fovea");
  options.quiet = true;
  tools::convert(options);
  const tools::ModelFile file(options.output);
  const tools::Checkpoint checkpoint = tools::open_checkpoint(options.input);
  const tools::Graph graph = tools::import_model(checkpoint, {});
  tools::Graph wanted;
  for (size_t i = 0; i < graph.model.weights.size(); ++i) {
    wanted.model.weights.push_back(std::make_unique<schema::WeightT>());
    wanted.model.weights.back()->dtype = schema::DType::Int8;
  }
  std::vector<std::string> names;
  for (const size_t index :
       tools::chosen_weights({checkpoint, graph, file, folder.file("x"), 1}, wanted)) {
    names.push_back(graph.model.weights[index]->name);
  }
  const auto place = [&](const std::string& name) {
    const auto found = std::find_if(names.begin(), names.end(), [&](const std::string& each) {
      return each.find(name) != std::string::npos;
    });
    CHECK_MESSAGE(found != names.end(), name);
    return found - names.begin();
  };
  CHECK(place("decoder.embed_tokens") == 0);
  CHECK(place("encoder.conv1") < place("encoder.layers.0.fc1"));
  CHECK(place("encoder.layers.0.fc1") < place("encoder.layers.0.fc2"));
  CHECK(place("encoder.layers.0.fc2") < place("decoder.layers.0.fc1"));
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
  for (auto& weight : wanted.model.weights) weight->dtype = schema::DType::Float16;
  CHECK(tools::chosen_weights({checkpoint, graph, file, folder.file("x"), 1}, wanted).empty());
}

}  // namespace fovea::test
