// `fovea transcribe`: what is said in a recording, or written in a picture.

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/commands/commands.h"
#include "tools/commands/numbers.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/common/wav.h"
#include "tools/picture/bitmap.h"
#include "tools/session/picture_reader.h"
#include "tools/session/transcriber.h"

namespace fovea::tools {
namespace {

using Json = nlohmann::ordered_json;

struct TranscribeArguments {
  std::string file;
  std::vector<std::string> inputs;  // recordings or pictures
  SpeechOptions options;
  uint32_t beams = 0;
  uint32_t threads = 1;
  bool json = false;
};

std::string clock(double seconds) {
  const auto hundredths = static_cast<uint64_t>(seconds * 100 + 0.5);
  return fmt::format("{}:{:02}.{:02}", hundredths / 6000, hundredths / 100 % 60, hundredths % 100);
}

Json as_json(const std::string& path, const Speech& speech) {
  Json segments = Json::array();
  for (const Segment& s : speech.segments) {
    segments.push_back({{"start", s.start}, {"end", s.end}, {"text", s.text}});
  }
  Json made = {{"recording", path}, {"text", speech.text()}, {"tokens", speech.tokens}};
  if (!speech.language.empty()) made["language"] = speech.language;
  made["segments"] = segments;
  return made;
}

void transcribe_recordings(const TranscribeArguments& arguments) {
  if (arguments.beams > 0) {
    throw UsageError("--beams: for pictures; of recordings the likeliest token is taken each time");
  }
  Transcriber transcriber(arguments.file, arguments.options, arguments.threads);
  for (const std::string& path : arguments.inputs) {
    if (is_picture(path)) fail("{}: is a picture; {} takes recordings", path, arguments.file);
    const Speech speech = transcriber.transcribe(samples_of(path, transcriber.rate()));
    if (arguments.json) {
      const Json json = as_json(path, speech);
      fmt::print("{}\n", json.dump(-1, ' ', true, Json::error_handler_t::replace));
    } else if (arguments.options.times) {
      for (const Segment& s : speech.segments) {
        fmt::print("{} {} {}\n", clock(s.start), clock(s.end), printable(s.text));
      }
    } else {
      fmt::print("{}\n", printable(speech.text()));
    }
    std::fflush(stdout);
  }
}

void transcribe_pictures(const TranscribeArguments& arguments) {
  const SpeechOptions& options = arguments.options;
  const bool language = !options.language.empty(), task = !options.task.empty();
  if (language || task || options.times) {
    throw UsageError(fmt::format("{}: for recordings; {} takes pictures",
                                 language ? "--language"
                                 : task   ? "--task"
                                          : "--timestamps",
                                 arguments.file));
  }
  PictureReader reader(arguments.file, {arguments.beams, options.max_tokens}, arguments.threads);
  for (const std::string& path : arguments.inputs) {
    const Written made = reader.read(path);
    if (arguments.json) {
      const Json json = {{"picture", path},
                         {"text", made.text},
                         {"tokens", made.tokens},
                         {"stopped", made.ended ? "end of text" : "max-tokens"}};
      fmt::print("{}\n", json.dump(-1, ' ', true, Json::error_handler_t::replace));
    } else {
      fmt::print("{}\n", printable(made.text));
    }
    std::fflush(stdout);
  }
}

void transcribe(const TranscribeArguments& arguments) {
  const bool pictures = takes_pictures(ModelFile(arguments.file));
  (pictures ? transcribe_pictures : transcribe_recordings)(arguments);
}

}  // namespace

void add_transcribe(CLI::App& app) {
  const auto arguments = std::make_shared<TranscribeArguments>();
  CLI::App* command =
      app.add_subcommand("transcribe", "What is said in recordings, or written in pictures");
  command
      ->add_option("FILE", arguments->file,
                   "A .fovea file of a model that takes samples, or pixels and has a decoder")
      ->required();
  command
      ->add_option("INPUT", arguments->inputs,
                   "WAV files, - for standard input; or PNG and JPEG files, as the model takes")
      ->required();
  command->add_option("--language", arguments->options.language,
                      "What is spoken, such as en; without it the model says which one it hears");
  command->add_option("--task", arguments->options.task,
                      "Such as transcribe, or translate: into English");
  command->add_flag("--timestamps", arguments->options.times, "When each segment is said");
  command
      ->add_option(
          "--beams", arguments->beams,
          "Of pictures: texts that are looked at side by side; 1: the likeliest token each "
          "time")
      ->check(whole_between(1, static_cast<int64_t>(BeamSearch::kMostBeams)));
  command
      ->add_option("--max-tokens", arguments->options.max_tokens,
                   "Tokens of a window or a picture's text at most")
      ->check(whole_between(1, 1 << 30));
  command->add_option("--threads", arguments->threads, "Threads")->check(thread_count());
  command->add_flag("--json", arguments->json, "A line of JSON for each input, with the ids");
  command->callback([arguments] { transcribe(*arguments); });
}

}  // namespace fovea::tools
