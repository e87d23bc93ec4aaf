// `fovea classify` and `fovea embed` of pictures, against transformers' processors and models.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tools/commands/labels.h"
#include "tests/tools/families/reference.h"
#include "tests/tools/picture/pictures.h"
#include "tests/tools/program.h"
#include "tools/common/npy.h"

namespace fovea::test {
namespace {

using Json = nlohmann::json;

struct PictureFolder : TemporaryFolder {
  explicit PictureFolder(const std::string& family) {
    std::filesystem::copy(FOVEA_FAMILIES "/" + family, folder,
                          std::filesystem::copy_options::recursive);
  }
  void convert(const std::string& options = "") const {
    const Outcome made = fovea("convert --quiet " + options + " " + folder + " -o " + model);
    REQUIRE_MESSAGE(made.code == 0, made.err);
  }
  Json processor() const {
    std::ifstream file(folder + "/preprocessor_config.json");
    return Json::parse(file);
  }
  void set_processor(const Json& json) const {
    write_bytes(folder + "/preprocessor_config.json", json.dump());
  }
  // Ids 0 to 6: text ends with the second.
  void add_tokenizer() const {
    const Json end = {{"SpecialToken", {{"id", "</s>"}, {"type_id", 0}}}};
    const Json text = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
    const Json second = {{"Sequence", {{"id", "B"}, {"type_id", 0}}}};
    const Json vocabulary = {{"<unk>", 0}, {"</s>", 1}, {"a", 2},  {"cat", 3},
                             {"dog", 4},   {"on", 5},   {"mat", 6}};
    const Json json = {
        {"added_tokens", Json::array()},
        {"normalizer", nullptr},
        {"pre_tokenizer", {{"type", "Whitespace"}}},
        {"decoder", nullptr},
        {"post_processor",
         {{"type", "TemplateProcessing"},
          {"single", Json::array({text, end})},
          {"pair", Json::array({text, second, end})},
          {"special_tokens", {{"</s>", {{"id", "</s>"}, {"ids", {1}}, {"tokens", {"</s>"}}}}}}}},
        {"model", {{"type", "WordLevel"}, {"unk_token", "<unk>"}, {"vocab", vocabulary}}}};
    write_bytes(folder + "/tokenizer.json", json.dump());
  }

  std::string folder = file("folder");
  std::string model = file("model.fovea");
};

Json json_of(const std::string& arguments) {
  const Outcome outcome = fovea(arguments);
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  return Json::parse(outcome.out);
}

std::vector<double> embedding_of(const std::string& arguments) {
  return json_of("embed " + arguments)["embedding"];
}

double cosine(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// Of a model of both: what a logit is made with.
std::vector<float> scale_of(const PictureFolder& folder) {
  const std::string ids = folder.file("ids.npy"), out = folder.file("out");
  const int32_t two[] = {2, 1};
  tools::write_npy(ids, FOVEA_INT32, std::vector<uint64_t>{2},
                   {reinterpret_cast<const uint8_t*>(two), sizeof two});
  REQUIRE(fovea("run " + folder.model + " --method encode_text --input tokens=" + ids +
                " --output-dir " + out)
              .code == 0);
  const tools::Npy made = tools::read_npy(out + "/logit_scale.npy");
  const auto* numbers = reinterpret_cast<const float*>(made.data.data());
  return {numbers, numbers + 2};
}

}  // namespace

TEST_CASE("classify gives the scores of transformers' processors and models to pictures") {
  const PictureReference reference;
  const std::vector<std::string> labels = {"no", "yes", "perhaps"};
  for (const char* family : {"vit-2", "deit-3", "dinov2-2", "siglip-2"}) {
    const PictureFolder folder(family);
    folder.convert();
    const std::string files = picture_path("rgb.png") + " " + picture_path("fine.jpg");
    const Json json = json_of("classify --json " + folder.model + " " + files);
    REQUIRE(json.size() == 2);
    for (size_t i = 0; i < 2; ++i) {
      const char* file = i == 0 ? "rgb.png" : "fine.jpg";
      CHECK(json[i]["input"] == picture_path(file));
      const auto logits = reference.numbers(std::string(file) + " " + family + " logits");
      double sum = 0;
      for (const float logit : logits) sum += std::exp(double{logit});
      for (size_t k = 0; k < 3; ++k) {
        const double wanted = std::exp(double{logits[k]}) / sum;
        CHECK_MESSAGE(std::abs(score(json[i]["labels"], labels[k]) - wanted) < 2e-6, family, k);
      }
    }
    // One of a batch is the same.
    folder.convert("--max batch=2");
    CHECK(json_of("classify --json " + folder.model + " " + files) == json);
  }
}

TEST_CASE("embed makes vectors of pictures, and of texts beside them") {
  const PictureReference reference;
  const auto near = [&](const std::vector<double>& made, const std::string& name) {
    const std::vector<float> wanted = reference.numbers(name);
    REQUIRE(made.size() == wanted.size());
    for (size_t i = 0; i < wanted.size(); ++i) {
      CHECK(made[i] == doctest::Approx(double{wanted[i]}).epsilon(1e-5));
    }
  };
  const PictureFolder registers("dinov2_with_registers-2"), grey("vit-3"), clip("clip-2");
  registers.convert();
  near(embedding_of("--raw " + registers.model + " " + picture_path("fine.jpg")),
       "fine.jpg dinov2_with_registers-2 pooled");
  grey.convert();
  near(embedding_of("--raw " + grey.model + " " + picture_path("grey.jpg")),
       "grey.jpg vit-3 pooled");
  clip.convert();
  near(embedding_of(clip.model + " " + picture_path("rgb.png")), "rgb.png clip-2 embedding");
  check_refused(fovea("embed " + clip.model + " 'a cat'"), 1, "no tokenizer");
  clip.add_tokenizer();
  clip.convert();
  const std::string both = " 'a cat' " + picture_path("rgb.png");
  const Outcome lines = fovea("embed " + clip.model + both);
  std::istringstream text(lines.out);
  std::string first, second;
  REQUIRE(std::getline(text, first));
  REQUIRE(std::getline(text, second));
  CHECK(Json::parse(first)["text"] == "a cat");
  const std::vector<double> a = Json::parse(first)["embedding"],
                            b = Json::parse(second)["embedding"];
  const Json json = json_of("similar --json " + clip.model + both);
  CHECK(json["similar"][0]["cosine"] == doctest::Approx(cosine(a, b)));
}

TEST_CASE("texts as labels have the softmax of CLIP's logits") {
  const PictureFolder folder("clip-2");
  folder.add_tokenizer();
  folder.convert();
  const std::string picture = picture_path("fine.jpg");
  const Json json =
      json_of("classify --json " + folder.model + " --labels 'a cat, a dog on a mat' " + picture);
  const Json& labels = json[0]["labels"];
  const std::vector<double> image = embedding_of(folder.model + " " + picture);
  const double cat = cosine(image, embedding_of(folder.model + " 'a cat'"));
  const double dog = cosine(image, embedding_of(folder.model + " 'a dog on a mat'"));
  const double wanted = std::exp(double{scale_of(folder)[0]} * (cat - dog));
  CHECK(score(labels, "a cat") / score(labels, "a dog on a mat") ==
        doctest::Approx(wanted).epsilon(1e-4));
  CHECK(score(labels, "a cat") + score(labels, "a dog on a mat") == doctest::Approx(1));
  // Each between its commas, without the spaces around it.
  const Json three = json_of("classify --json " + folder.model +
                             " --labels '  a cat,dog , a dog on a mat ' " + picture)[0]["labels"];
  REQUIRE(three.size() == 3);
  for (const char* label : {"a cat", "dog", "a dog on a mat"}) {
    CHECK_MESSAGE(!std::isnan(score(three, label)), label);
  }
  CHECK(score(three, "a cat") / score(three, "a dog on a mat") ==
        doctest::Approx(wanted).epsilon(1e-4));
  check_refused(fovea("classify " + folder.model + " " + picture), 1, "--labels");
  check_refused(fovea("classify " + folder.model + " --labels 'a,,b' " + picture), 2, "--labels");
  check_refused(fovea("classify " + folder.model + " --labels a"), 2, "picture");
}

TEST_CASE("texts as labels have the sigmoid of SigLIP's logits, filled up with padding") {
  const PictureFolder folder("siglip-1"), other("siglip-2");
  folder.add_tokenizer();
  check_refused(fovea("convert " + folder.folder + " -o " + folder.model), 1, "pad_token");
  write_bytes(folder.folder + "/generation_config.json", R"({"pad_token_id": 1})");
  Json processor = other.processor();
  processor["size"] = {{"height", 11}, {"width", 11}};
  folder.set_processor(processor);
  folder.convert();
  const std::string picture = picture_path("rgb.png");
  const Json labels =
      json_of("classify --json " + folder.model + " --labels 'a cat,dog' " + picture)[0]["labels"];
  const std::vector<double> image = embedding_of(folder.model + " " + picture);
  // "a cat" and padding up to 14 tokens.
  const std::string ids = folder.file("text.npy"), out = folder.file("text");
  const int32_t padded[] = {2, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  tools::write_npy(ids, FOVEA_INT32, std::vector<uint64_t>{14},
                   {reinterpret_cast<const uint8_t*>(padded), sizeof padded});
  REQUIRE(fovea("run " + folder.model + " --method encode_text --input tokens=" + ids +
                " --output-dir " + out)
              .code == 0);
  const tools::Npy made = tools::read_npy(out + "/embedding.npy");
  const auto* numbers = reinterpret_cast<const float*>(made.data.data());
  const double cat = cosine(image, {numbers, numbers + image.size()});
  CHECK(cat == doctest::Approx(cosine(image, embedding_of(folder.model + " 'a cat'"))));
  const std::vector<float> scale = scale_of(folder);
  const double logit = double{scale[0]} * cat + double{scale[1]};
  CHECK(score(labels, "a cat") == doctest::Approx(1 / (1 + std::exp(-logit))).epsilon(1e-4));
}

TEST_CASE("what becomes of a picture is what the folder's processor says, or has its size") {
  const PictureFolder folder("vit-2");
  const std::string picture = picture_path("rgb.png");
  Json processor = folder.processor();
  const auto scores = [&]() {
    folder.set_processor(processor);
    folder.convert();
    return json_of("classify --json " + folder.model + " " + picture);
  };
  const Json bilinear = scores();
  processor["resample"] = 3;
  const Json bicubic = scores();
  CHECK(bilinear != bicubic);
  processor.erase("resample");
  CHECK(scores() == bilinear);
  processor["image_processor_type"] = "DeiTImageProcessorFast";
  processor["do_center_crop"] = false;
  CHECK(scores() == bicubic);
  processor.erase("image_processor_type");
  processor["feature_extractor_type"] = "ViTFeatureExtractor";
  CHECK(scores() == bilinear);
  CHECK(fovea("inspect " + folder.model).out.find("8 x 8, bilinear") != std::string::npos);
  processor["feature_extractor_type"] = "OtherFeatureExtractor";
  folder.set_processor(processor);
  folder.convert();
  check_refused(fovea("classify " + folder.model + " " + picture), 1,
                "does not say how pictures are resized");
  CHECK(fovea("classify " + folder.model + " " + picture_path("grey.png")).code == 1);
}

TEST_CASE("what a processor's config leaves out is what its class has in transformers 5.24") {
  const PictureFolder folder("vit-2");
  Json processor = folder.processor();
  processor.erase("resample");
  processor["size"] = 8;  // as older ones wrote it: of both sides, or of the shorter one
  processor["crop_size"] = 8;
  const struct {
    const char *name, *resize, *filter;
    bool crops;
  } classes[] = {
      {"ViT", "Exact", "Bilinear", false},       {"DeiT", "Exact", "Bicubic", true},
      {"Beit", "Exact", "Bicubic", false},       {"CLIP", "ShortestEdge", "Bicubic", true},
      {"Bit", "ShortestEdge", "Bicubic", true},  {"Siglip", "ShortestEdge", "Bicubic", false},
      {"DINOv3ViT", "Exact", "Bilinear", false}, {"Segformer", "Exact", "Bilinear", false}};
  for (const auto& expected : classes) {
    CAPTURE(expected.name);
    processor["image_processor_type"] = std::string(expected.name) + "ImageProcessor";
    folder.set_processor(processor);
    folder.convert();
    const Json picture = json_of("inspect --json " + folder.model)["picture"];
    CHECK(picture["resize"] == expected.resize);
    CHECK(picture["filter"] == expected.filter);
    CHECK(picture["crops"] == expected.crops);
  }
}

TEST_CASE("classify says of which labels a picture's places are") {
  const PictureFolder folder("segformer-4");
  folder.convert("--max batch=3");
  const Reference r = read_reference(folder.folder);
  const auto* const pixels = reinterpret_cast<const uint8_t*>(r.pixels.data());
  const std::string array = folder.file("pixels.npy");
  tools::write_npy(array, FOVEA_FLOAT32, std::vector<uint64_t>{r.images, 24, 28, 3},
                   {pixels, r.pixels.size() * sizeof(float)});
  const Json all = json_of("classify --json --top 3 " + folder.model + " " + array + " " +
                           picture_path("rgb.png"));
  REQUIRE(all.size() == r.images + 1);
  CHECK(all[r.images]["places"] == 42);
  const Numbers& logits = r.outputs.at("logits");
  constexpr size_t kPlaces = 42, kLabels = 3;
  const char* const kNames[kLabels] = {"no", "yes", "perhaps"};
  REQUIRE(logits.size() == r.images * kPlaces * kLabels);
  for (size_t image = 0; image < r.images; ++image) {
    CAPTURE(image);
    std::map<std::string, double> shares;
    for (size_t place = 0; place < kPlaces; ++place) {
      const auto row =
          logits.begin() + static_cast<std::ptrdiff_t>((image * kPlaces + place) * kLabels);
      const auto label = std::max_element(row, row + kLabels) - row;
      shares[kNames[label]] += 1.0 / kPlaces;
    }
    CHECK(all[image]["input"] == array + " [" + std::to_string(image) + "]");
    CHECK(all[image]["places"] == kPlaces);
    CHECK(all[image]["labels"].size() == shares.size());
    double last = 1;
    for (const Json& label : all[image]["labels"]) {
      CHECK(label["score"].get<double>() == doctest::Approx(shares[label["label"]]));
      CHECK(label["score"].get<double>() <= last);
      last = label["score"];
    }
  }
  const Outcome table = fovea("classify --top 1 " + folder.model + " " + picture_path("rgb.png"));
  CHECK(table.code == 0);
  CHECK(table.out.find(" % of 42 places") != table.out.npos);
}

TEST_CASE("pictures for models that take none are refused") {
  const PictureFolder plain("vit-1"), bert("bert-3");
  const std::string picture = picture_path("rgb.png");
  plain.convert();
  check_refused(fovea("embed " + plain.model + " " + picture), 1, "preprocessor_config.json");
  check_refused(fovea("embed " + plain.model + " 'a text'"), 1, "takes no texts");
  bert.convert();
  check_refused(fovea("classify " + bert.model + " --labels a,b " + picture), 1, "CLIP");
  const TemporaryFolder digits;
  const std::string model = digits.file("digits.fovea");
  REQUIRE(fovea("convert --quiet examples/digits -o " + model).code == 0);
  check_refused(fovea("classify " + model + " " + picture), 1, "is a picture");
  check_refused(fovea("classify " + model + " nothing.png"), 1, "nothing.png");
}

}  // namespace fovea::test
