// `fovea transcribe` of pictures, against the ids and texts that transformers gives of the same
// folder and pictures in double precision (tests/reading/make.py), and what it refuses.

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/tools/program.h"

namespace fovea::test {
namespace {

using Json = nlohmann::json;

std::string reading(const std::string& name) {
  return FOVEA_READING "/trocr/" + name;
}

struct Converted : TemporaryFolder {
  explicit Converted(const std::string& folder, const std::string& options = "") {
    const Outcome made = fovea("convert --quiet " + options + " " + folder + " -o " + model);
    REQUIRE_MESSAGE(made.code == 0, made.err);
  }
  Outcome transcribe(const std::string& arguments) const {
    return fovea("transcribe " + model + " " + arguments);
  }
  std::string model = file("m.fovea");
};

}  // namespace

TEST_CASE("transcribe reads in pictures what transformers reads, with beams and without") {
  const Converted reader(reading(""), "--max batch=3");
  size_t calls = 0, ended = 0;
  for (const Json& call : Json::parse(read_bytes(reading("expected.json")))) {
    CAPTURE(call.dump());
    const std::string picture = reading(call.at("picture")), options = [&] {
      std::string all;
      for (const auto& [key, value] : call.at("options").items()) {
        all += (key == "beams" ? " --beams " : " --max-tokens ") + value.dump();
      }
      return all;
    }();
    const Outcome made = reader.transcribe(picture + options + " --json");
    REQUIRE_MESSAGE(made.code == 0, made.err);
    const Json json = Json::parse(made.out);
    CHECK(json.at("picture") == picture);
    CHECK(json.at("tokens") == call.at("tokens"));
    CHECK(json.at("text") == call.at("text"));
    const bool ends = call.at("tokens").back() == 2;
    CHECK(json.at("stopped") == (ends ? "end of text" : "max-tokens"));
    const Outcome plain = reader.transcribe(picture + options);
    CHECK(plain.out == call.at("text").get<std::string>() + "\n");
    ++calls;
    ended += ends ? 1 : 0;
  }
  CHECK(calls == 9);
  CHECK(ended > 0);
}

TEST_CASE("transcribe takes several pictures, one line for each") {
  const Converted reader(reading(""));
  const Json calls = Json::parse(read_bytes(reading("expected.json")));
  const Outcome made =
      reader.transcribe(reading("photo.jpg") + " " + reading("exact.png") + " --threads 2");
  CHECK(made.out == calls[6].at("text").get<std::string>() + "\n" +
                        calls[0].at("text").get<std::string>() + "\n");
}

TEST_CASE("transcribe says in one line what is no input of the model") {
  const Converted reader(reading("")), listener(FOVEA_SPEECH "/whisper"),
      writer(FOVEA_FAMILIES "/bart-1"), labels(FOVEA_FAMILIES "/vit-2");
  const std::string wav = FOVEA_SPEECH "/whisper/short.wav", png = reading("exact.png");
  check_refused(reader.transcribe(wav), 1, "short.wav: is no picture; ");
  check_refused(listener.transcribe(png), 1, "exact.png: is a picture; ");
  check_refused(reader.transcribe("nowhere.png"), 1, "nowhere.png");
  check_refused(writer.transcribe(png), 1, "takes tokens, no recordings and no pictures");
  check_refused(labels.transcribe(png), 1, "gives no text: it has no method 'decode'");
  check_refused(reader.transcribe(png + " --beams 2"), 1, "convert it with --max batch=2");
  check_refused(reader.transcribe(png + " --language en"), 2, "--language: for recordings");
  check_refused(reader.transcribe(png + " --task translate"), 2, "--task: for recordings");
  check_refused(reader.transcribe(png + " --timestamps"), 2, "--timestamps: for recordings");
  check_refused(listener.transcribe(wav + " --beams 2"), 2, "--beams: for pictures");
}

TEST_CASE(
    "transcribe needs the folder's image processor, and pictures of the size without resizing") {
  const TemporaryFolder copy;
  const std::string folder = copy.file("folder"), model = copy.file("m.fovea");
  REQUIRE(shell("cp -r " + reading("") + " " + folder).code == 0);
  const auto convert = [&] { return fovea("convert --quiet " + folder + " -o " + model).code; };
  Json processor = Json::parse(read_bytes(folder + "/preprocessor_config.json"));
  processor["do_resize"] = false;
  write_bytes(folder + "/preprocessor_config.json", processor.dump());
  REQUIRE(convert() == 0);
  CHECK(fovea("transcribe " + model + " " + reading("exact.png")).code == 0);
  check_refused(fovea("transcribe " + model + " " + reading("grey.png")), 1,
                "has 17 x 51 pixels (height, width), the model takes 12 x 24");
  REQUIRE(shell("rm " + folder + "/preprocessor_config.json").code == 0);
  REQUIRE(convert() == 0);
  check_refused(fovea("transcribe " + model + " " + reading("exact.png")), 1,
                "convert a folder that has preprocessor_config.json");
}

}  // namespace fovea::test
