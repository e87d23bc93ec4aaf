// `fovea transcribe`, against the ids and texts that transformers gives of the same folders and
// recordings in double precision (tests/speech/make.py).

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/commands/convert.h"
#include "tools/commands/describe_model.h"
#include "tools/common/wav.h"
#include "tools/session/transcriber.h"

namespace fovea::test {
namespace {

using Json = nlohmann::json;
using Ids = std::vector<int32_t>;

std::string speech(const std::string& name) {
  return std::string(FOVEA_SPEECH) + "/" + name;
}

class Model {
 public:
  explicit Model(const std::string& folder, const tools::Maxima& maxima = {}) {
    tools::ConvertOptions options;
    options.maxima = maxima;
    options.input = speech(folder);
    options.output = path();
    options.quiet = true;
    tools::convert(options);
  }
  std::string path() const { return out_.file("m.fovea"); }
  tools::Speech hear(const std::string& recording, const tools::SpeechOptions& options) const {
    tools::Transcriber transcriber(path(), options, 1);
    return transcriber.transcribe(tools::samples_of(recording, transcriber.rate()));
  }

 private:
  TemporaryFolder out_;
};

Json expected(const std::string& folder) {
  return Json::parse(read_bytes(speech(folder) + "/expected.json"));
}

tools::SpeechOptions options_of(const Json& call) {
  const Json& said = call.at("options");
  tools::SpeechOptions options;
  options.language = said.value("language", "");
  options.task = said.value("task", "");
  options.times = said.value("return_timestamps", false);
  options.max_tokens = call.value("max_tokens", UINT32_MAX);
  return options;
}

// Without what ends the windows, which transformers leaves out.
Ids without(Ids ids, int32_t end) {
  std::erase(ids, end);
  return ids;
}

}  // namespace

TEST_CASE("an encoder-decoder writes the tokens of transformers, by language, task and time") {
  const Model model("whisper");
  size_t timed = 0;
  for (const Json& call : expected("whisper")) {
    CAPTURE(call.dump());
    const tools::Speech said =
        model.hear(speech("whisper/" + call.at("recording").get<std::string>()), options_of(call));
    CHECK(without(said.tokens, 40) == without(call.at("tokens"), 40));
    if (options_of(call).times) {
      ++timed;
      continue;
    }
    REQUIRE(said.segments.size() == call.at("texts").size());
    for (size_t i = 0; i < said.segments.size(); ++i) {
      CHECK(said.segments[i].text == call.at("texts")[i]);
    }
  }
  CHECK(timed > 0);
}

TEST_CASE("segments lie where transformers has them, and windows begin where the last one ends") {
  const Model model("timed");
  size_t segments = 0;
  for (const Json& call : expected("timed")) {
    CAPTURE(call.dump());
    const tools::Speech said =
        model.hear(speech("timed/" + call.at("recording").get<std::string>()), options_of(call));
    CHECK(without(said.tokens, 40) == without(call.at("tokens"), 40));
    const Json& wanted = call.at("segments");
    REQUIRE(said.segments.size() == wanted.size());
    for (size_t i = 0; i < wanted.size(); ++i, ++segments) {
      CHECK(std::abs(said.segments[i].start - wanted[i].at("start").get<double>()) < 1e-9);
      CHECK(std::abs(said.segments[i].end - wanted[i].at("end").get<double>()) < 1e-9);
      CHECK(said.segments[i].text == wanted[i].at("text"));
    }
  }
  CHECK(segments > 4);
}

TEST_CASE("CTC gives the letters of transformers: of neighbours one, of blanks none") {
  const Model model("ctc");
  for (const Json& call : expected("ctc")) {
    CAPTURE(call.dump());
    const tools::Speech said =
        model.hear(speech("ctc/" + call.at("recording").get<std::string>()), {});
    CHECK(said.tokens == call.at("tokens"));
    CHECK(said.text() == call.at("texts")[0]);
  }
  tools::SpeechOptions times;
  times.times = true;
  CHECK_THROWS_AS(tools::Transcriber(model.path(), times, 1), tools::UsageError);
  tools::SpeechOptions language;
  language.language = "en";
  CHECK_THROWS_AS(tools::Transcriber(model.path(), language, 1), tools::UsageError);
}

TEST_CASE("a language that was not given is heard, and named") {
  const Model model("whisper");
  const std::string recording = speech("whisper/short.wav");
  const tools::Speech heard = model.hear(recording, {.task = "transcribe"});
  CHECK((heard.language == "en" || heard.language == "fr"));
  for (const std::string language : {"en", "fr"}) {
    const tools::Speech told = model.hear(recording, {.language = language});
    CHECK(told.language == language);
    CHECK((told.tokens == heard.tokens) == (language == heard.language));
  }
}

TEST_CASE("a model of a batch hears one recording as a model of one does") {
  for (const std::string folder : {"whisper", "ctc"}) {
    CAPTURE(folder);
    const std::string recording = speech(folder + "/long.wav");
    const tools::Speech one = Model(folder).hear(recording, {});
    const tools::Speech three = Model(folder, {{"batch", 3}}).hear(recording, {});
    CHECK(!one.tokens.empty());
    CHECK(three.tokens == one.tokens);
    CHECK(three.text() == one.text());
  }
}

TEST_CASE("inspect tells what recordings a model takes") {
  const Model model("whisper"), ctc("ctc");
  const auto audio = tools::describe_model(tools::ModelFile(model.path())).at("audio");
  CHECK(audio.at("rate") == 1200);
  CHECK(audio.at("window") == 1200);
  CHECK(audio.at("first_time") == 47);
  CHECK(audio.at("time_step") == 100);
  CHECK(audio.at("languages").dump() == R"(["en","fr"])");
  const auto other = tools::describe_model(tools::ModelFile(ctc.path())).at("audio");
  CHECK(other.at("window") == 0);
  CHECK(other.at("ctc_blank") == 0);
  CHECK(other.at("first_time") == -1);
}

TEST_CASE("options that a model of speech lacks are refused") {
  const Model model("whisper");
  const auto refused = [&](const tools::SpeechOptions& options) {
    try {
      tools::Transcriber transcriber(model.path(), options, 1);
    } catch (const tools::UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refused({.language = "de"}) == "--language de: the model has only en, fr");
  CHECK(refused({.task = "sing"}) == "--task sing: the model has only transcribe, translate");
}

}  // namespace fovea::test
