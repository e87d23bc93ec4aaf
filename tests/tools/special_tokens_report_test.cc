// The fault that users reported of tokens that begin and end a text (03): whichever file says them.

#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/tools/text_reports.h"

namespace fovea::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Ids = std::vector<int>;

// A folder with a model made of the stories' weights and of JSON files.
struct Checkpoint : TemporaryFolder {
  explicit Checkpoint(const Json& config, const Json& generation = nullptr) {
    fs::create_directory(file("in"));
    fs::create_symlink(fs::absolute(kStories + "/hf_llama_layout/model.safetensors"),
                       file("in/model.safetensors"));
    put("config.json", config);
    if (!generation.is_null()) put("generation_config.json", generation);
  }
  void put(const std::string& name, const Json& json) const {
    write_bytes(file("in/" + name), json.dump());
  }
  Outcome convert(bool tokenizer = true) const {
    const std::string with = tokenizer ? " --tokenizer " + kStories + "/tok512.bin" : "";
    return fovea("convert " + file("in") + with + " -o " + file("m.fovea"));
  }
  // What is generated after "Once upon a time": 432 383 286 261 376 ... where nothing ends it.
  Json story(const std::string& asked = "--prompt 'Once upon a time'") const {
    const Outcome made =
        fovea("generate " + file("m.fovea") + " " + asked + " --max-tokens 12 --json");
    REQUIRE_MESSAGE(made.code == 0, made.err);
    return Json::parse(made.out);
  }
};

Json stories_config() {
  return Json::parse(read_bytes(kStories + "/hf_llama_layout/config.json"));
}

const Ids kBeforeEnd = {432, 383, 286, 261};

void check_ends(const Checkpoint& checkpoint) {
  const Outcome made = checkpoint.convert();
  REQUIRE_MESSAGE(made.code == 0, made.err);
  const Json story = checkpoint.story();
  CHECK(story["tokens"] == kBeforeEnd);
  CHECK(story["stopped"] == "end of text");
}

}  // namespace

TEST_CASE("03: a list of end tokens in config.json") {
  if (!have_data()) return;
  check_ends(Checkpoint(Json::parse(read_bytes(kReports + "/03/config.json"))));
}

TEST_CASE("03: one end token, and a list in another order") {
  if (!have_data()) return;
  for (const Json& end : {Json(376), Json({376, 2})}) {
    Json config = stories_config();
    config["eos_token_id"] = end;
    check_ends(Checkpoint(config));
  }
}

TEST_CASE("03: a list in generation_config.json alone, which wins over config.json") {
  if (!have_data()) return;
  Json config = stories_config();
  check_ends(Checkpoint(config, {{"eos_token_id", {2, 376}}}));
  config["eos_token_id"] = 383;
  check_ends(Checkpoint(config, {{"eos_token_id", 376}, {"bos_token_id", nullptr}}));
  config.erase("eos_token_id");
  check_ends(Checkpoint(config, {{"eos_token_id", 376}}));
}

TEST_CASE("03: a generation_config.json without the key falls back to config.json") {
  if (!have_data()) return;
  check_ends(Checkpoint(Json::parse(read_bytes(kReports + "/03/config.json")),
                        {{"do_sample", true}, {"eos_token_id", nullptr}}));
}

TEST_CASE("03: the token that begins a text, from either file, its class or none") {
  if (!have_data()) return;
  const auto first = [](const Json& config, const Json& generation) {
    const Checkpoint checkpoint(config, generation);
    REQUIRE(checkpoint.convert().code == 0);
    return checkpoint.story()["prompt_tokens"].get<Ids>();
  };
  Json config = stories_config();
  const Ids text = {403, 407, 261, 378};
  const auto with = [&](int id) {
    Ids ids = text;
    ids.insert(ids.begin(), id);
    return ids;
  };
  config["bos_token_id"] = 7;
  CHECK(first(config, nullptr) == with(7));
  CHECK(first(config, {{"bos_token_id", 9}}) == with(9));
  config.erase("bos_token_id");
  CHECK(first(config, nullptr) == with(1));
  config["bos_token_id"] = nullptr;
  CHECK(first(config, nullptr) == text);
}

TEST_CASE("03: tokenizer_config.json is asked last, and says whether a token is put first") {
  if (!have_data()) return;
  Json config = stories_config();
  config.erase("eos_token_id");
  const Json tokens = {{"376", {{"content", "<end>"}}}, {"5", {{"content", "x"}}}};
  const Checkpoint checkpoint(config);
  checkpoint.put("tokenizer_config.json", {{"eos_token", {{"content", "<end>"}}},
                                           {"add_bos_token", false},
                                           {"added_tokens_decoder", tokens}});
  check_ends(checkpoint);
  CHECK(checkpoint.story()["prompt_tokens"] == Ids{403, 407, 261, 378});
}

TEST_CASE("03: a token that begins a text does not end it, but in llama2.c's own models") {
  if (!have_data()) return;
  Json config = stories_config();
  config["bos_token_id"] = 376;
  const Checkpoint checkpoint(config);
  REQUIRE(checkpoint.convert().code == 0);
  CHECK(checkpoint.story("--tokens 1,403,407,261,378")["tokens"].size() == 12);
  const TemporaryFolder folder;
  const std::string file = folder.file("m.fovea");
  REQUIRE(fovea("convert " + kStories + "/stories260K.bin -o " + file).code == 0);
  const Json special = Json::parse(fovea("inspect " + file + " --json").out)["special_tokens"];
  for (const auto& [kind, ids] : special.items()) {
    CHECK(ids == (kind == "begin" ? Json::array({1})
                  : kind == "end" ? Json::array({2, 1})
                                  : Json::array()));
  }
  CHECK(special.size() == 8);
}

TEST_CASE("03: without a tokenizer `generate --tokens` stops and prints ids") {
  if (!have_data()) return;
  const Checkpoint checkpoint(Json::parse(read_bytes(kReports + "/03/config.json")));
  REQUIRE(checkpoint.convert(/*tokenizer=*/false).code == 0);
  const std::string asked = "generate " + checkpoint.file("m.fovea") + " --max-tokens 12";
  const Outcome made = fovea(asked + " --tokens 1,403,407,261,378");
  CHECK(made.code == 0);
  CHECK(made.out == "432 383 286 261\n");
  CHECK(checkpoint.story("--tokens 1,403,407,261,378")["prompt_tokens"] ==
        Ids{1, 403, 407, 261, 378});
  check_refused(fovea(asked + " --prompt Once"), 1, "no tokenizer 'text'");
  check_refused(fovea(asked + " --tokens 1,600"), 1, "600");
  for (const char* wrong : {"1,,2", "1,", ",1", "x", "-1", "1;2", "99999999999"}) {
    check_refused(fovea(asked + " --tokens=" + std::string("'") + wrong + "'"), 2, "give ids as");
  }
  check_refused(fovea(asked + " --tokens 1 --prompt x"), 2, "--prompt");
}

TEST_CASE("03: ids that are none are refused by the file that says so") {
  if (!have_data()) return;
  const auto refused = [](const Json& id, bool generation, const char* part) {
    Json config = stories_config();
    if (!generation) config["eos_token_id"] = id;
    const Checkpoint checkpoint(config, generation ? Json({{"eos_token_id", id}}) : Json());
    check_refused(checkpoint.convert(), 1, part);
    CHECK(!fs::exists(checkpoint.file("m.fovea")));
  };
  refused(512, false, "eos_token_id is 512, the model has ids below 512");
  refused({2, 600}, true, "generation_config.json: eos_token_id is 600");
  refused("</s>", true, "generation_config.json: the config says eos_token_id is \"</s>\"");
  refused({2, 1.5}, false, "it must be a token id or a list of them");
  refused(true, false, "it must be a token id");
}

}  // namespace fovea::test
