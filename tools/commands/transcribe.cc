// `fovea transcribe`: what is said in a recording.

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
#include "tools/session/transcriber.h"

namespace fovea::tools {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string file;
  std::vector<std::string> recordings;
  SpeechOptions options;
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

void transcribe(const Arguments& arguments) {
  Transcriber transcriber(arguments.file, arguments.options, arguments.threads);
  for (const std::string& path : arguments.recordings) {
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

}  // namespace

void add_transcribe(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("transcribe", "What is said in recordings");
  command->add_option("FILE", arguments->file, "A .fovea file of a model that takes samples")
      ->required();
  command->add_option("RECORDING", arguments->recordings, "WAV files, - for standard input")
      ->required();
  command->add_option("--language", arguments->options.language,
                      "What is spoken, such as en; without it the model says which one it hears");
  command->add_option("--task", arguments->options.task,
                      "Such as transcribe, or translate: into English");
  command->add_flag("--timestamps", arguments->options.times, "When each segment is said");
  command->add_option("--max-tokens", arguments->options.max_tokens, "Tokens of a window at most")
      ->check(whole_between(1, 1 << 30));
  command->add_option("--threads", arguments->threads, "Threads")->check(thread_count());
  command->add_flag("--json", arguments->json, "A line of JSON for each recording, with the ids");
  command->callback([arguments] { transcribe(*arguments); });
}

}  // namespace fovea::tools
