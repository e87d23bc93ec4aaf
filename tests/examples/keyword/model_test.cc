// The whole program but its command line: WAV file, converted model, labels.

#include "examples/keyword/model.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "examples/keyword/keyword.h"
#include "tests/examples/keyword/converted.h"
#include "tests/examples/keyword/reference.h"
#include "tests/examples/keyword/wav_bytes.h"
#include "tests/support/same_bits.h"

namespace keyword::test {
namespace {

alignas(FOVEA_ALIGNMENT) unsigned char arena[512 * 1024];  // as in main.cc

void open_model(KeywordModel& model, const char* path) {
  Line error;
  std::memset(arena, 0xFF, sizeof arena);  // NaN wherever nothing was written
  REQUIRE_MESSAGE(model.open(path, arena, &error), error.text);
}

// What the program prints about audio in a descriptor.
std::string lines_of(const KeywordModel& model, int descriptor, const Settings& settings) {
  Line error;
  AudioReader audio(descriptor, "audio");
  REQUIRE_MESSAGE(audio.open(/*raw=*/true, &error), error.text);
  char* text = nullptr;
  size_t size = 0;
  FILE* out = open_memstream(&text, &size);
  Listener listener(model, settings);
  const bool done = listener.listen(audio, "audio", out, &error);
  std::fclose(out);
  const std::string result(text, size);
  std::free(text);
  REQUIRE_MESSAGE(done, error.text);
  return result;
}

std::string lines_of(const KeywordModel& model, const std::vector<int16_t>& samples,
                     const Settings& settings = {}) {
  const Bytes stream(sample_bytes(samples));
  return lines_of(model, stream.descriptor(), settings);
}

size_t count(const std::string& text, const std::string& part) {
  size_t result = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++result;
  return result;
}

TEST_CASE("from WAV files: the labels, and the reference's logits") {
  if (!have_reference()) return;
  const Converted converted;
  KeywordModel model;
  open_model(model, converted.path());
  Settings settings;
  settings.all = true;
  for (const Clip& clip : kClips) {
    CAPTURE(clip.name);
    const int descriptor = open(wav_path(clip).c_str(), O_RDONLY);
    REQUIRE(descriptor >= 0);
    const std::string line = lines_of(model, descriptor, settings);
    close(descriptor);
    CAPTURE(line);
    CHECK(line.starts_with("     1.00  " + std::string(clip.label) + " "));
    CHECK(count(line, "\n") == 1);
    CHECK(model.verdict().label == clip.index);
    const std::vector<double> expected = reference_logits(clip);
    REQUIRE(model.logits().size() == expected.size());
    double worst = 0.0;
    for (size_t i = 0; i < expected.size(); ++i) {
      worst = std::max(worst, std::abs(static_cast<double>(model.logits()[i]) - expected[i]));
    }
    std::printf("%s: logits differ by at most %.2g\n", clip.name, worst);
    CHECK(worst < 1e-3);
  }
}

TEST_CASE("the labels stay in every format of weights") {
  if (!have_reference()) return;
  for (const char* format : {"f16", "bf16", "int8", "int4"}) {
    const Converted converted(format);
    KeywordModel model;
    open_model(model, converted.path());
    Settings settings;
    settings.all = true;
    for (const Clip& clip : kClips) {
      CAPTURE(std::string(format));
      CAPTURE(clip.name);
      const std::string line = lines_of(model, reference_samples(clip), settings);
      CHECK(line.find(clip.label) != std::string::npos);
      CHECK(model.verdict().label == clip.index);
      const std::vector<double> expected = reference_logits(clip);
      double worst = 0.0;
      for (size_t i = 0; i < expected.size(); ++i) {
        worst = std::max(worst, std::abs(static_cast<double>(model.logits()[i]) - expected[i]));
      }
      std::printf("%s, %s: logits differ by at most %.2g\n", format, clip.name, worst);
    }
  }
}

TEST_CASE("each keyword of a stream gets one line, silence none") {
  if (!have_reference()) return;
  const Converted converted;
  KeywordModel model;
  open_model(model, converted.path());
  std::vector<int16_t> stream;
  for (const int i : {2, 0, 2, 1, 2}) {
    const std::vector<int16_t> samples = reference_samples(kClips[i]);
    stream.insert(stream.end(), samples.begin(), samples.end());
  }
  const std::string text = lines_of(model, stream);
  CAPTURE(text);
  CHECK(count(text, "\n") == 2);
  CHECK(count(text, "  yes ") == 1);
  CHECK(count(text, "  no ") == 1);
  CHECK(text.find("  yes ") < text.find("  no "));
  Settings every;
  every.all = true;
  every.every = 250;
  CHECK(count(lines_of(model, stream, every), "\n") == 17);  // at 1, 1.25, ..., 5 s
}

// Logits after the samples [first, end), in runs of so many hops.
std::vector<float> logits_of(const KeywordModel& model, const std::vector<int16_t>& samples,
                             size_t first, size_t end, uint32_t hops) {
  Line error;
  while (first < end) {
    std::span<float> next;
    const auto left = static_cast<uint32_t>((end - first) / kHop);
    REQUIRE_MESSAGE(model.next(std::min(hops, left), &next, &error), error.text);
    for (float& x : next) x = static_cast<float>(samples[first++]) / 32768.0f;
    REQUIRE_MESSAGE(model.run(&error), error.text);
  }
  return {model.logits().begin(), model.logits().end()};
}

TEST_CASE("a window of a stream has the bits of a clip") {
  if (!have_reference()) return;
  const Converted converted;
  KeywordModel model;
  open_model(model, converted.path());
  std::vector<int16_t> stream;
  for (const int i : {0, 1, 2, 0}) {
    const std::vector<int16_t> samples = reference_samples(kClips[i]);
    stream.insert(stream.end(), samples.begin(), samples.end());
  }
  Line error;
  for (const size_t first : {size_t{0}, 100 * kHop, 137 * kHop, stream.size() - kWindow}) {
    CAPTURE(first);
    REQUIRE(model.reset(&error));
    const std::vector<float> whole = logits_of(model, stream, first, first + kWindow, 100);
    for (const uint32_t hops : {1u, 7u, 50u}) {
      REQUIRE(model.reset(&error));
      if (hops > 1) logits_of(model, stream, 0, first, hops);
      CHECK(fovea::test::same_bits(logits_of(model, stream, first, first + kWindow, hops), whole));
    }
  }
}

// A write that fails is not told by fflush, for the lines' buffer was given up before.
TEST_CASE("lines that cannot be written end the program") {
  if (!have_reference()) return;
  FILE* full = std::fopen("/dev/full", "w");
  if (full == nullptr) return;
  std::setvbuf(full, nullptr, _IOLBF, BUFSIZ);
  const Converted converted;
  KeywordModel model;
  open_model(model, converted.path());
  const Bytes stream(sample_bytes(reference_samples(kClips[0])));
  AudioReader audio(stream.descriptor(), "audio");
  Listener listener(model, Settings{});
  Line error;
  REQUIRE_MESSAGE(audio.open(/*raw=*/true, &error), error.text);
  CHECK(!listener.listen(audio, "audio", full, &error));
  CHECK(std::string(error.text) == "standard output: cannot be written");
  std::fclose(full);
}

TEST_CASE("a short clip is followed by silence") {
  if (!have_reference()) return;
  const Converted converted;
  KeywordModel model;
  open_model(model, converted.path());
  std::vector<int16_t> samples = reference_samples(kClips[0]);
  samples.resize(14000);
  CHECK(lines_of(model, samples).starts_with("     1.00  yes "));
}

TEST_CASE("a model that cannot be used is refused with a line") {
  if (!have_reference()) return;
  const Converted converted;
  const Converted windows("f32", "");
  const std::string bytes = converted.bytes();
  std::string broken = bytes;
  broken[broken.size() - 200] ^= 1;
  struct {
    std::string path;
    size_t arena;
    const char* part;
  } cases[] = {
      {converted.path(), 1000, "takes an arena of "},
      {windows.path(), sizeof arena, "takes no streams"},
      {"no-such-file", sizeof arena, "No such file"},
      {"..", sizeof arena, "is empty or no file"},
      {converted.put("empty", ""), sizeof arena, "is empty or no file"},
      {converted.put("text", "something else, long enough to have a preamble of its own"),
       sizeof arena, ""},
      {converted.put("cut", bytes.substr(0, bytes.size() / 2)), sizeof arena, ""},
      {converted.put("broken", broken), sizeof arena, ""},
  };
  for (const auto& c : cases) {
    KeywordModel model;
    Line error;
    CHECK(!model.open(c.path.c_str(), std::span(arena).first(c.arena), &error));
    const std::string text = error.text;
    CAPTURE(text);
    CHECK(text.starts_with(c.path + ": "));
    CHECK(text.find(c.part) != std::string::npos);
    CHECK(text.find('\n') == std::string::npos);
  }
}

}  // namespace
}  // namespace keyword::test
