// What `fovea inspect` prints, section by section.

#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/tools/tiny_folder.h"
#include "tools/common/table.h"

namespace fovea::test {
namespace {

using Json = nlohmann::json;

// Sections by their titles; "" is what stands before the first.
std::map<std::string, std::string> sections_of(const std::string& text) {
  std::map<std::string, std::string> sections;
  std::istringstream lines(text);
  std::string title;
  bool begins = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) {
      begins = true;
    } else if (begins) {
      title = line;
      begins = false;
    } else {
      sections[title] += line + "\n";
    }
  }
  return sections;
}

struct Inspected : TemporaryFolder {
  explicit Inspected(const std::string& folder, const std::string& options = "") {
    check_done(fovea("convert --quiet " + folder + " -o " + path + options));
    sections = sections_of(fovea("inspect " + path).out);
    json = Json::parse(fovea("inspect --json " + path).out);
  }
  std::string path = file("model.fovea");
  std::map<std::string, std::string> sections;
  Json json;
};

std::string bytes(const Json& json, const char* key) {
  return tools::grouped(json.at(key).get<uint64_t>());
}

}  // namespace

TEST_CASE("inspect prints dims, methods, operators, work, caches and weights") {
  Inspected dates(FOVEA_EXAMPLES "/dates", " --max batch=2");
  auto& sections = dates.sections;
  CHECK(sections["Dims"] == R"(  source_tokens                              1 to 96
  tokens                                     1 to 12
  batch                                       1 to 2
  source_tokens_blocks  follows from others, up to 7
)");
  CHECK(sections["Methods"] == R"(  encode
          in   source   int32 [source_tokens]
          in   lengths  int32 [batch]          rows of each sequence, one after another
  decode
          in   tokens   int32 [tokens]
          in   lengths  int32 [batch]          rows of each sequence, one after another
          out  logits   float32 [tokens, 15]
)");
  CHECK(sections["Operators"] == R"(                 encode  decode
  AddPositions        1       1
  Attention           2       4
  Embedding           1       1
  LayerNorm           5       7
  Linear             10      13
  StoreKeyValue       4       2
)");
  CHECK(
      sections["Work of one run at the maxima"] ==
      R"(  encode  21,961,728  multiply-adds,  1,068,032  bytes of weights and caches,  110,592  in the longest task of a sliced run
  decode   2,817,792  multiply-adds,    962,112  bytes of weights and caches,   49,152  in the longest task of a sliced run
)");
  CHECK(sections["Caches"] ==
        R"(  cross  147,456  bytes, 48 tokens, 2 sequences, 4 states of float32
  self    49,152  bytes, 12 tokens, 2 sequences, 4 states of float32
)");
  CHECK(sections["Weights"] == R"(  layout            count      bytes
  Plain float32         4     74,880
  Row16 float32        47     24,128
  Panels16 float32     23  1,677,312
  total                74  1,776,320
)");
  CHECK(sections["Tokenizers"] == R"(  source  Characters, 120 pieces, bos 1, eos 2
  target  Characters, 15 pieces, bos 1, eos 2
)");
  CHECK(sections["Special tokens"] == R"(  begin    [1]
  end      [2]
  padding  [0]
)");
  CHECK(sections["Fingerprint"] == "  2 runs: see `fovea verify`\n");
  CHECK(sections.count("Search") + sections.count("Audio") + sections.count("Labels") == 0);
}

TEST_CASE("inspect prints where a model comes from and what memory it takes") {
  Inspected digits(FOVEA_EXAMPLES "/digits");
  auto& sections = digits.sections;
  const Json &origin = digits.json.at("origin"), &arena = digits.json.at("arena");
  const auto text = [&](const char* key) { return origin.at(key).get<std::string>(); };
  CHECK(text("source") == "safetensors model.safetensors");
  CHECK(sections[""] == digits.path + ": " + bytes(digits.json, "bytes") + " bytes\n  source     " +
                            text("source") + " (CRC-32 " + text("source_crc") + ")\n  converter  " +
                            text("converter") + "\n  format     1, arithmetic revision " +
                            origin.at("arithmetic_revision").dump() + "\n");
  const std::string memory = sections["Memory of a session with one thread, in bytes"];
  for (const auto& [key, meaning] : {std::pair("state", "caches and the session itself"),
                                     {"planned", "inputs, outputs, activations"},
                                     {"scratch", "operators' own, for each thread"}}) {
    CHECK_MESSAGE(contains(memory, bytes(arena, key) + "  " + meaning + "\n"), memory);
  }
  CHECK(contains(memory, bytes(arena, "total") + "  each further thread adds " +
                             bytes(arena, "per_thread") + "\n"));
  CHECK(arena.at("total") == arena.at("state").get<uint64_t>() +
                                 arena.at("planned").get<uint64_t>() +
                                 arena.at("scratch").get<uint64_t>());
  CHECK(sections["Labels"] == "  0, 1, 2, 3, 4, 5, 6, 7, 8, 9\n");
  CHECK(sections["Fingerprint"] == "  1 run: see `fovea verify`\n");
}

TEST_CASE("inspect prints what a model of speech hears, and how its texts are looked for") {
  auto sections = Inspected(FOVEA_SPEECH "/whisper").sections;
  CHECK(sections["Tokenizers"] == R"(  text  RankedMerges, 58 pieces, bos 40, eos 40
        a text is (text)
        a pair is (text) (text)
)");
  CHECK(sections["Special tokens"] == R"(  begin             [40]
  end               [40]
  padding           [40]
  start             [41]
  suppressed        [3,4]
  suppressed_first  [0,40]
)");
  CHECK(sections["Search"] == "  1 beam, 24 at most\n");
  CHECK(sections["Audio"] == R"(  1,200 samples a second, 1,200 in a run
  languages ["en","fr"]
  tasks ["transcribe","translate"]
)");
  sections = Inspected(FOVEA_SPEECH "/ctc").sections;
  CHECK(contains(sections["Audio"], " samples a second, CTC without id 0\n"));
}

}  // namespace fovea::test
