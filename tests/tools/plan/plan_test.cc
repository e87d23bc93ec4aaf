#include "tools/plan/plan.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/llama_checkpoint.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/commands/convert.h"
#include "tools/common/mapped_file.h"
#include "tools/write/read.h"
#include "tools/write/write.h"

namespace fovea::test {
namespace {

using tools::MappedFile;
using tools::Maxima;

// A small model, converted with the given maxima.
std::string converted(const TemporaryFolder& folder, const std::string& name,
                      const Maxima& maxima) {
  const LlamaShape shape = random_llama_shape(3);
  write_checkpoint(random_llama(shape, 3), folder.path());
  tools::convert({folder.path(), folder.file(name), {}, maxima});
  return folder.file(name);
}

void plan_again(const std::string& from, const std::string& to, const Maxima& maxima) {
  const MappedFile file(from);
  tools::ModelContent content = tools::read_model(file);
  tools::set_maxima(content.model, maxima);
  tools::plan(content.model);
  tools::write_model(
      content.model, content.weights.size(),
      [&](const tools::ByteSink& sink) { sink(content.weights); }, to);
}

}  // namespace

TEST_CASE("planning again gives the bytes that converting with these maxima gives") {
  const TemporaryFolder folder;
  const Maxima small = {{"tokens", 5}, {"context", 17}};
  const std::string whole = converted(folder, "whole", {});
  plan_again(whole, folder.file("again"), small);
  CHECK(read_bytes(folder.file("again")) == read_bytes(converted(folder, "small", small)));
  CHECK(read_bytes(folder.file("again")) != read_bytes(whole));
}

TEST_CASE("a batch can be made larger and smaller") {
  const TemporaryFolder folder;
  const std::string two = converted(folder, "two", {{"batch", 2}});
  plan_again(two, folder.file("five"), {{"batch", 5}});
  CHECK(read_bytes(folder.file("five")) == read_bytes(converted(folder, "5", {{"batch", 5}})));
}

TEST_CASE("inputs live throughout, outputs to the end, views within their base") {
  const TemporaryFolder folder;
  const MappedFile file(converted(folder, "model", {}));
  const tools::ModelContent content = tools::read_model(file);
  for (const auto& method : content.model.methods) {
    const uint32_t end = static_cast<uint32_t>(method->operators.size()) - 1;
    for (const uint32_t i : method->inputs) {
      CHECK(method->tensors[i]->first == 0);
      CHECK(method->tensors[i]->last == end);
    }
    for (const uint32_t i : method->outputs) CHECK(method->tensors[i]->last == end);
    for (const auto& tensor : method->tensors) {
      if (tensor->storage != schema::Storage::View) continue;
      CHECK(tensor->first >= method->tensors[tensor->base]->first);
      CHECK(tensor->last <= method->tensors[tensor->base]->last);
    }
  }
}

TEST_CASE("a transformer's activations take no more than what is alive at once") {
  const TemporaryFolder folder;
  const MappedFile file(converted(folder, "model", {}));
  tools::ModelContent content = tools::read_model(file);
  for (const tools::MethodPlan& plan : tools::plan(content.model)) {
    CHECK(plan.bytes == plan.lower_bound);
  }
}

TEST_CASE("a run at the maxima that its cache cannot hold is planned by nobody") {
  const TemporaryFolder folder;
  const std::string whole = converted(folder, "whole", {{"tokens", 5}, {"context", 12}});
  plan_again(whole, folder.file("twelve"), {{"tokens", 12}});
  CHECK_THROWS(plan_again(whole, folder.file("thirteen"), {{"tokens", 13}}));
  CHECK(read_bytes(folder.file("thirteen")).empty());
}

// The checks of fovea_open are bounded by the bytes of a header; honest files are far from that.
TEST_CASE("a model of 128 layers that gives the attention of each opens") {
  const TemporaryFolder folder;
  LlamaShape shape;
  shape.layers = 128;
  shape.width = shape.ffn_width = shape.head_width = 8;
  shape.heads = shape.kv_heads = 1;
  shape.vocabulary = shape.context = 16;
  write_checkpoint(random_llama(shape, 1), folder.path());
  tools::convert({folder.path(), folder.file("deep"), {}, {}, tools::parse_reports("weights")});
  CHECK(MappedFile(folder.file("deep")).bytes().size() > 100000);
}

TEST_CASE("maxima that the model does not have are the user's fault") {
  const TemporaryFolder folder;
  const MappedFile file(converted(folder, "model", {}));
  tools::ModelContent content = tools::read_model(file);
  CHECK_THROWS_AS(tools::set_maxima(content.model, {{"frames", 3}}), tools::UsageError);
  CHECK_THROWS_AS(tools::set_maxima(content.model, {{"tokens", 0}}), tools::UsageError);
  CHECK_THROWS_AS(converted(folder, "x", {{"frames", 3}}), tools::UsageError);
  CHECK_THROWS_AS(converted(folder, "x", {{"context", 1000000}}), tools::UsageError);
}

}  // namespace fovea::test
