// What a family's file holds: formats of weights, code that firmware links, room.

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "tests/support/temporary_folder.h"
#include "tests/tools/families/runs.h"
#include "tools/commands/convert.h"
#include "tools/firmware/sources.h"
#include "tools/plan/plan.h"

namespace fovea::test {

namespace {

// What firmware of a folder's model names of attention.
std::string attention_of(const char* name) {
  const TemporaryFolder made;
  tools::ConvertOptions options;
  options.input = (fs::path(FOVEA_FAMILIES) / name).string();
  options.output = made.file("model.fovea");
  options.quiet = true;
  tools::convert(options);
  const std::string source =
      tools::firmware_operators(tools::ModelFile(options.output), "m", tools::Opening::kChecked);
  const std::string start = "&fovea_operator_attention";
  const size_t at = source.find(start);
  REQUIRE(at != std::string::npos);
  CHECK(source.find(start, at + 1) == std::string::npos);
  return source.substr(at + start.size(), source.find(',', at) - at - start.size());
}

}  // namespace

TEST_CASE("firmware links no more of attention than its model has") {
  CHECK(attention_of("bert-1") == "_plain");
  CHECK(attention_of("mpnet-1") == "_form");
  CHECK(attention_of("deberta-1") == "");
  CHECK(attention_of("beit-1") == "");
  // Divided as though distances had a part.
  CHECK(attention_of("deberta-3") == "_plain");
}

TEST_CASE("experts that are stored in f16 give the same bits in f16 and in f32, alone and packed") {
  for (const char* name : {"granitemoe-2", "gpt_oss-3"}) {
    CAPTURE(name);
    const fs::path folder = fs::path(FOVEA_FAMILIES) / name;
    const Reference r = read_reference(folder);
    Outputs made[2][2];
    for (const bool half : {false, true}) {
      const TemporaryFolder out;
      tools::ConvertOptions options;
      options.input = folder.string();
      options.output = out.file("model.fovea");
      options.maxima = {{"batch", 4}, {"tokens", 64}};
      options.quiet = true;
      options.format = half ? "f16" : "f32";
      tools::convert(options);
      Session session(options.output);
      made[half][0] = run_alone(session, "forward", r, 64);
      made[half][1] = run_packed(session, "forward", r);
    }
    CHECK(made[0][0] == made[1][0]);
    CHECK(made[0][1] == made[1][1]);
    CHECK(made[0][0] == made[0][1]);
  }
}

namespace {

// What a folder's model gives in a format of weights.
Outputs in_format(const fs::path& folder, const char* format) {
  const TemporaryFolder out;
  const Reference r = read_reference(folder);
  tools::ConvertOptions options;
  options.input = folder.string();
  options.output = out.file("m.fovea");
  options.quiet = true;
  options.format = format;
  options.maxima = {{"batch", 4}};
  if (r.samples.empty()) {
    options.maxima["tokens"] = 64;
  } else {
    options.maxima["samples"] = static_cast<uint32_t>(r.samples.size() / 4);
  }
  tools::convert(options);
  Session session(options.output);
  return r.samples.empty() ? run_packed(session, "decode", r) : run_samples(session, r, 4);
}

}  // namespace

TEST_CASE("convolutions that are stored in f16 and bf16 give the same bits there and in f32") {
  for (const auto& row : {std::pair("whisper-1", "f16"), std::pair("whisper-2", "bf16")}) {
    const char* const name = row.first;
    const char* const format = row.second;
    CAPTURE(name);
    const fs::path folder = fs::path(FOVEA_FAMILIES) / name;
    CHECK(in_format(folder, format) == in_format(folder, "f32"));
  }
  // A positional convolution is made of two tensors: its numbers are no f16.
  const fs::path folder = fs::path(FOVEA_FAMILIES) / "wav2vec2-1";
  const Reference r = read_reference(folder);
  CHECK(worst_of(in_format(folder, "f16"), r.outputs) < 1e-2);
  CHECK(worst_of(in_format(folder, "int8"), r.outputs) < 2e-1);
}

// Experts alone: what routers read would choose others by next to nothing.
TEST_CASE("experts in codes give nearly what they give in f32, the same alone and packed") {
  struct Row {
    const char *name, *keep;
    double most;
  };
  for (const Row& row :
       {Row{"mixtral-1", "*.experts.*=int8", 0.03}, Row{"mixtral-1", "*.experts.*=int4", 0.3},
        Row{"mixtral-1", "*.experts.*=uint4", 0.3},
        Row{"granitemoe-2", "*put_linear.weight=int8", 0.03},
        Row{"gpt_oss-3", "*.mlp.experts.*=int8", 0.03},
        Row{"gpt_oss-3", "*.mlp.experts.*=int4", 0.3}}) {
    CAPTURE(row.name);
    CAPTURE(row.keep);
    const fs::path folder = fs::path(FOVEA_FAMILIES) / row.name;
    const Reference r = read_reference(folder);
    const TemporaryFolder out;
    tools::ConvertOptions options;
    options.input = folder.string();
    options.output = out.file("m.fovea");
    options.maxima = {{"batch", 4}, {"tokens", 64}};
    options.quiet = true;
    options.keeps = {tools::parse_keep(row.keep)};
    tools::convert(options);
    Session session(options.output);
    const Outputs alone = run_alone(session, "forward", r, 64);
    CHECK(alone == run_packed(session, "forward", r));
    CHECK(worst_of(alone, r.outputs) < row.most);
    CHECK(worst_of(alone, r.outputs) > 1e-4);
  }
}

TEST_CASE("what an encoder made takes the room of the frames that a run may have") {
  const TemporaryFolder out;
  tools::ConvertOptions options;
  options.input = (fs::path(FOVEA_FAMILIES) / "whisper-1").string();
  options.output = out.file("m.fovea");
  options.quiet = true;
  tools::convert(options);
  const tools::ModelFile file(options.output);
  schema::ModelT model;
  file.tables().UnPackTo(&model);
  REQUIRE(model.caches[0]->name == "cross");
  CHECK(model.caches[0]->context == 9);  // of 18 frames
  tools::set_maxima(model, {{"frames", 7}});
  CHECK(model.caches[0]->context == 4);
  CHECK(tools::most_of(model, "frames") == 18);
}

}  // namespace fovea::test
