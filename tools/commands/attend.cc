// `fovea attend`: what attention looked at, of any input.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/commands/commands.h"
#include "tools/commands/numbers.h"
#include "tools/commands/prompt.h"
#include "tools/commands/run_calls.h"
#include "tools/commands/run_task.h"
#include "tools/commands/show_reports.h"
#include "tools/common/error.h"
#include "tools/common/output_file.h"
#include "tools/session/decoder.h"
#include "tools/session/reports.h"
#include "tools/session/session.h"
#include "tools/session/text.h"

namespace fovea::tools {
namespace {

using Reports = std::vector<MethodReport>;

struct AttendArguments {
  std::string file;
  PromptOptions prompt;
  std::vector<Call> calls;
  std::string layers, heads, queries;
  std::string npz;
  uint32_t threads = 1;
  bool json = false;

  bool prompted() const { return prompt.text || prompt.file || prompt.tokens; }
};

IndexRange parse_range(const std::string& text, const char* option) {
  IndexRange range;
  if (text.empty()) return range;
  const char* const end = text.data() + text.size();
  std::from_chars_result parsed = std::from_chars(text.data(), end, range.first);
  range.last = range.first;
  if (parsed.ec == std::errc() && parsed.ptr != end && *parsed.ptr == '-') {
    parsed = std::from_chars(parsed.ptr + 1, end, range.last);
  }
  if (parsed.ec != std::errc() || parsed.ptr != end || range.last < range.first) {
    throw UsageError(fmt::format("{} {}: give a number or a range, as 3 or 0-3", option, text));
  }
  return range;
}

// Runs a language model on a prompt, method by method.
class Prompted {
 public:
  Prompted(const ModelFile& file, const Session& session, const Prompt& prompt)
      : file_(file), session_(session), prompt_(prompt) {}

  Reports run() {
    if (!has_encoder(file_)) {
      const int32_t forward = file_.model().find_method("forward");
      const int32_t next = file_.model().find_method("next");
      feed(static_cast<uint32_t>(forward >= 0 ? forward : next), prompt_.start, "text");
      return reports_;
    }
    const auto encode = static_cast<uint32_t>(file_.model().find_method("encode"));
    feed(encode, prompt_.source, "source");
    const int32_t decode = file_.model().find_method("decode");
    if (decode >= 0) translate(static_cast<uint32_t>(decode));
    return reports_;
  }

 private:
  // Runs a method on all ids, in pieces of what one run takes.
  void feed(uint32_t method, std::span<const int32_t> ids, const char* tokenizer) {
    const TokenMethod tokens(file_, session_, method);
    begin(method);
    for (size_t at = 0, count; at < ids.size(); at += count) {
      count = std::min<size_t>(ids.size() - at, tokens.max_tokens());
      step(tokens, method, ids.subspan(at, count), at);
    }
    name(ids, tokenizer, reports_.back().tokens);
  }

  // Greedily, until the text or the context ends.
  void translate(uint32_t method) {
    const TokenMethod tokens(file_, session_, method);
    begin(method);
    reports_.back().source = reports_.front().tokens;
    const uint32_t context = generation_context(file_);
    std::vector<int32_t> ids = prompt_.start;
    step(tokens, method, ids, 0);
    while (ids.size() < context) {
      const std::span<const float> logits = tokens.logits();
      const auto best = std::max_element(logits.begin(), logits.end());
      const auto id = static_cast<int32_t>(best - logits.begin());
      if (file_.model().is_end(id)) break;
      ids.push_back(id);
      step(tokens, method, {&id, 1}, ids.size() - 1);
    }
    name(ids, "target", reports_.back().tokens);
  }

  void begin(uint32_t method) { reports_.push_back({file_.method_name(method), {}, {}, {}}); }

  void step(const TokenMethod& tokens, uint32_t method, std::span<const int32_t> ids,
            size_t before) {
    tokens.run(ids);
    const RunTokens run = {before, ids.size()};
    append_reports(reports_.back(), read_reports(file_, session_, method, &run));
  }

  // Without a tokenizer, ids.
  void name(std::span<const int32_t> ids, const char* tokenizer,
            std::vector<std::string>& names) const {
    const std::optional<Text> text = Text::find(file_, tokenizer);
    int32_t previous = -1;
    for (const int32_t id : ids) {
      const std::string piece = text ? text->decode(previous, id) : "";
      names.push_back(piece.empty() ? std::to_string(id) : piece);
      previous = id;
    }
  }

  const ModelFile& file_;
  const Session& session_;
  const Prompt& prompt_;
  Reports reports_;
};

// Of calls as those of `fovea run`.
Reports run_calls(const ModelFile& file, const BoundSession& session,
                  const std::vector<Task>& tasks) {
  Reports reports;
  for (const Task& task : tasks) {
    run_task(file, session, task);
    reports.push_back(read_reports(file, *session, task.method));
  }
  return reports;
}

void check_reports(const ModelFile& file) {
  for (uint32_t i = 0; i < file.model().method_count(); ++i) {
    if (has_reports(file, i)) return;
  }
  fail("{}: reports nothing of its attention: convert the model with --attention KINDS",
       file.path());
}

void attend(const AttendArguments& arguments, const ReportSelection& selection) {
  const std::string row = chosen_row();
  const ModelFile file(arguments.file);
  check_reports(file);
  std::optional<Prompt> prompt;
  std::vector<Task> tasks;
  if (arguments.prompted()) {
    prompt = make_prompt(file, arguments.prompt);
  } else {
    tasks = read_tasks(file, arguments.calls);
  }
  std::optional<OutputFile> output;
  if (!arguments.npz.empty()) output.emplace(arguments.npz);
  const BoundSession session(file, arguments.threads, row);
  const Reports reports =
      prompt ? Prompted(file, *session, *prompt).run() : run_calls(file, session, tasks);
  if (output) {
    output->write(reports_npz(reports, selection));
    output->commit();
  }
  if (arguments.json) {
    fmt::print("{}\n", reports_json(reports, selection));
  } else if (!output) {
    fmt::print("{}", reports_text(reports, selection));
  }
}

}  // namespace

void add_attend(CLI::App& app) {
  const auto arguments = std::make_shared<AttendArguments>();
  CLI::App* command = app.add_subcommand("attend", "Shows what attention looked at");
  command->add_option("FILE", arguments->file, "A .fovea file of convert --attention")->required();
  add_prompt_options(*command, arguments->prompt);
  const auto options = std::make_shared<CallOptions>(command);
  command->add_option("--layers", arguments->layers, "Layers to show, as 3 or 0-3");
  command->add_option("--heads", arguments->heads, "Heads to show");
  command->add_option("--queries", arguments->queries, "Queries to show, counted from 0");
  command->add_flag("--json", arguments->json, "Prints JSON instead of a table");
  command->add_option(
      "--npz", arguments->npz,
      "Archive to write, of an array METHOD.LAYER.KIND each, rows of queries first");
  command->add_option("--threads", arguments->threads, "Threads")->check(thread_count());
  command->callback([arguments, options] {
    arguments->calls = options->calls();
    if (arguments->prompted() && options->given()) {
      throw UsageError(
          "--prompt, --prompt-file and --tokens run what a model does with a text; "
          "--method, --input, --inputs and --set say all of it: give one or the other");
    }
    attend(*arguments,
           {parse_range(arguments->layers, "--layers"), parse_range(arguments->heads, "--heads"),
            parse_range(arguments->queries, "--queries")});
  });
}

}  // namespace fovea::tools
