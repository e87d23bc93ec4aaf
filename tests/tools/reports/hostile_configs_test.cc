// Configs that ask for more than their checkpoints have: answered at once, with one line, whatever
// they say.

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <filesystem>
#include <string>

#include "tests/support/cpu_time.h"
#include "tests/tools/reports/reports.h"

namespace fovea::test {
namespace {

namespace fs = std::filesystem;

// Memory of its own that `convert` may have beside three times the largest tensor: 64 MB. A
// sanitizer takes more for itself.
#if defined(FOVEA_SANITIZED)
const char* const kLimits = "";
#else
const char* const kLimits = "prlimit --data=67108864";
#endif

// Seconds of CPU time that finished children took.
double children_seconds() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

// A checkpoint of a config and weights that are another's.
void assemble(const TemporaryFolder& folder, const std::string& config,
              const std::string& weights) {
  fs::copy_file(config, folder.file("config.json"));
  fs::copy_file(weights, folder.file("model.safetensors"));
}

// Refused with this line, in half a second of CPU time and bounded memory.
template <typename... Parts>
void check_refused_at_once(const TemporaryFolder& checkpoint, const Parts&... parts) {
  const TemporaryFolder work;
  const double before = children_seconds();
  const Outcome outcome =
      fovea("convert " + checkpoint.file("") + " -o " + work.file("m.fovea"), kLimits);
  for (const std::string& part : {std::string(parts)...}) check_refused(outcome, 1, part);
  CHECK(children_seconds() - before < 0.5 * kPatience);
  CHECK(work.count() == 0);
}

}  // namespace

TEST_CASE("hostile layers: more layers than tensors") {
  const std::string folder = hostile("layers");
  if (folder.empty()) return;
  const TemporaryFolder checkpoint;
  assemble(checkpoint, folder + "/config.json", FOVEA_STORIES "/hf_llama_layout/model.safetensors");
  check_refused_at_once(checkpoint, "num_hidden_layers is 1073741824", "tensors of 5 such layers");
}

TEST_CASE("hostile headdim: heads wider than any tensor") {
  const std::string folder = hostile("headdim");
  if (folder.empty()) return;
  const TemporaryFolder checkpoint;
  assemble(checkpoint, folder + "/config.json", FOVEA_STORIES "/hf_llama_layout/model.safetensors");
  check_refused_at_once(checkpoint, "8 heads of 1073741824 elements");
}

TEST_CASE("hostile maxsource: sinusoids without end") {
  const std::string folder = hostile("maxsource");
  if (folder.empty()) return;
  const TemporaryFolder checkpoint;
  assemble(checkpoint, folder + "/config.json", FOVEA_EXAMPLES "/dates/model.safetensors");
  check_refused_at_once(checkpoint, "sinusoids of 16777217 positions");
}

TEST_CASE("a conversion stays within its memory, long tables included") {
  const TemporaryFolder checkpoint, work;
  fs::copy_file(FOVEA_EXAMPLES "/dates/model.safetensors", checkpoint.file("model.safetensors"));
  std::string config = read_bytes(FOVEA_EXAMPLES "/dates/config.json");
  const std::string few = "\"max_source\": 48";
  REQUIRE(config.find(few) != std::string::npos);
  // 240,000 positions of 96 sines and cosines are 92 MB.
  config.replace(config.find(few), few.size(), "\"max_source\": 240000");
  write_bytes(checkpoint.file("config.json"), config);
  const Outcome outcome =
      fovea("convert " + checkpoint.file("") + " -o " + work.file("m.fovea --max source_tokens=48"),
            kLimits);
  CAPTURE(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(fs::file_size(work.file("m.fovea")) > 92'000'000);
}

TEST_CASE("JSON nested 100,000 deep is refused, in every file") {
  const std::string deep = "{\"width\": " + std::string(100000, '[');
  const TemporaryFolder checkpoint;
  fs::copy_file(FOVEA_EXAMPLES "/dates/model.safetensors", checkpoint.file("model.safetensors"));
  write_bytes(checkpoint.file("config.json"), deep);
  check_refused_at_once(checkpoint, "config.json: nested more than");
  write_bytes(checkpoint.file("config.json"), "{}");
  fs::remove(checkpoint.file("model.safetensors"));
  write_bytes(checkpoint.file("model.safetensors.index.json"), deep);
  check_refused_at_once(checkpoint, "index.json: nested more than");
}

}  // namespace fovea::test
