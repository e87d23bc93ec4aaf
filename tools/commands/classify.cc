// `fovea classify`: which labels a text, a picture or an array has.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/commands/commands.h"
#include "tools/commands/numbers.h"
#include "tools/commands/run_task.h"
#include "tools/commands/texts.h"
#include "tools/commands/zero_shot.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/common/table.h"
#include "tools/session/image_encoder.h"
#include "tools/session/text_batch.h"

namespace fovea::tools {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kLogits = "logits";

struct ClassifyArguments {
  std::string file;
  std::vector<std::string> inputs;
  std::optional<std::string> pair, labels;
  uint32_t top = 5;
  uint32_t threads = 1;
  bool json = false;
};

struct Guess {
  std::string label;
  double score;  // a probability, or what is measured
};

// Labels of a row of logits, the likeliest first: those of the file, or given ones.
class Labels {
 public:
  Labels(const ModelFile& file, std::vector<std::string> given, uint32_t top)
      : file_(file), names_(std::move(given)), top_(top) {
    if (!names_.empty()) return;
    for (uint32_t i = 0; i < file.model().label_count(); ++i) {
      names_.emplace_back(file.model().label(i));
    }
    if (!names_.empty()) return;
    const bool compares = file.model().find_method("encode_text") >= 0;
    fail("{}: has no labels, so it is no classifier: {}", file.path(),
         compares ? "give them with --labels" : "use `fovea run`");
  }

  void check_width(uint32_t width) const {
    if (width == names_.size()) return;
    fail("{}: its logits are {} numbers, its labels {}: it does not say what a number means",
         file_.path(), width, names_.size());
  }

  std::vector<Guess> guesses(std::span<const float> logits) const {
    const float most = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (const float logit : logits) sum += std::exp(double{logit} - double{most});
    std::vector<Guess> all;
    for (size_t i = 0; i < logits.size(); ++i) {
      if (!std::isfinite(logits[i])) {
        fail("{}: the logit of label {} is {}, no finite number: the weights are damaged",
             file_.path(), i, logits[i]);
      }
      const double share = std::exp(double{logits[i]} - double{most}) / sum;
      const double alone = 1 / (1 + std::exp(-double{logits[i]}));
      const double scores[] = {share, alone, double{logits[i]}};
      all.push_back({names_[i], scores[file_.model().label_probability()]});
    }
    return best(std::move(all));
  }

  // Those of the largest scores, in this order.
  std::vector<Guess> best(std::vector<Guess> all) const {
    std::stable_sort(all.begin(), all.end(),
                     [](const Guess& a, const Guess& b) { return a.score > b.score; });
    if (top_ < all.size()) all.resize(top_);
    return all;
  }

 private:
  const ModelFile& file_;
  std::vector<std::string> names_;
  uint32_t top_;
};

// Prints what is said of each input.
class Answers {
 public:
  Answers(const Labels& labels, bool json) : labels_(labels), json_(json) {}

  // One row for the whole input.
  void whole(const std::string& name, std::span<const float> logits) {
    if (json_) {
      list_.push_back({{"input", name}, {"labels", json_of(labels_.guesses(logits))}});
      return;
    }
    Table table("lr");
    for (const Guess& guess : labels_.guesses(logits)) {
      table.row({guess.label, fmt::format("{:.4f}", guess.score)});
    }
    fmt::print("{}\n{}", printable(name), table.text());
  }

  // A row for each of its tokens, of which the likeliest label is shown.
  void tokens(const std::string& name, const std::vector<std::string>& pieces,
              std::span<const float> logits) {
    const size_t width = logits.size() / pieces.size();
    Json tokens = Json::array();
    Table table("llr");
    for (size_t i = 0; i < pieces.size(); ++i) {
      const auto row = logits.subspan(i * width, width);
      const Guess best = labels_.guesses(row).front();
      table.row({pieces[i], best.label, fmt::format("{:.4f}", best.score)});
      if (json_)
        tokens.push_back({{"token", pieces[i]}, {"labels", json_of(labels_.guesses(row))}});
    }
    if (json_) {
      list_.push_back({{"input", name}, {"tokens", tokens}});
    } else {
      fmt::print("{}\n{}", printable(name), table.text());
    }
  }

  // A row for each place of a picture: of each label the share of places of which it is the
  // likeliest.
  void places(const std::string& name, std::span<const float> logits, size_t width) {
    const size_t count = logits.size() / width;
    std::map<std::string, size_t> places;
    for (size_t i = 0; i < count; ++i) {
      ++places[labels_.guesses(logits.subspan(i * width, width)).front().label];
    }
    std::vector<Guess> all;
    for (const auto& [label, of] : places) {
      all.push_back({label, static_cast<double>(of) / static_cast<double>(count)});
    }
    const std::vector<Guess> shown = labels_.best(std::move(all));
    if (json_) {
      list_.push_back({{"input", name}, {"places", count}, {"labels", json_of(shown)}});
      return;
    }
    Table table("lr");
    for (const Guess& guess : shown) {
      table.row({guess.label, fmt::format("{:.1f} % of {} places", 100 * guess.score, count)});
    }
    fmt::print("{}\n{}", printable(name), table.text());
  }

  void finish() const {
    if (json_) fmt::print("{}\n", json_text(list_));
  }

 private:
  static Json json_of(const std::vector<Guess>& guesses) {
    Json result = Json::array();
    for (const Guess& guess : guesses) {
      result.push_back({{"label", guess.label}, {"score", guess.score}});
    }
    return result;
  }

  const Labels& labels_;
  bool json_;
  Json list_ = Json::array();
};

void classify_texts(const ClassifyArguments& arguments, const ModelFile& file, const Labels& labels,
                    Answers& answers) {
  const std::string row = chosen_row();
  const TextEncoder encoder(file);
  labels.check_width(encoder.width(kLogits));
  const BoundSession session(file, arguments.threads, row);
  std::vector<std::string> texts;
  TextBatch batch(encoder, *session, kLogits,
                  [&](size_t number, const TokenSequence& sequence, std::span<const float> rows) {
                    if (!encoder.by_token(kLogits)) return answers.whole(texts[number], rows);
                    std::vector<std::string> pieces;
                    for (const int32_t id : sequence.ids) {
                      pieces.push_back(encoder.text().decode(-1, id));
                    }
                    answers.tokens(texts[number], pieces, rows);
                  });
  for_each_text(arguments.inputs, [&](const std::string& text) {
    texts.push_back(text);
    TokenSequence sequence = arguments.pair
                                 ? encoder.text().pair(text, *arguments.pair, encoder.max_tokens())
                                 : encoder.text().sequence(text, encoder.max_tokens());
    if (sequence.cut) {
      fmt::print(stderr, "text {} is longer than the {} tokens that the model takes, and was cut\n",
                 texts.size(), sequence.ids.size());
    }
    batch.add(std::move(sequence));
  });
  batch.finish();
}

// Logits of inputs, one after another: a row for each, or one for each place of a picture.
void answer(const std::string& path, const Tensor<float>& logits, Answers& answers) {
  const bool by_input = logits.raw().rank == 2 && logits.raw().dims[0] >= 0;
  const size_t each = logits.rank() == 3 ? logits.extent(1) : by_input ? 1 : logits.rows();
  const size_t inputs = logits.rows() / each, width = logits.width();
  for (size_t i = 0; i < inputs; ++i) {
    const std::string name = inputs == 1 ? path : fmt::format("{} [{}]", path, i);
    const std::span<const float> rows = {logits.row(i * each), each * width};
    each == 1 ? answers.whole(name, rows) : answers.places(name, rows, width);
  }
}

// Those of an array, features or pixels; of several images one after another.
void classify_array(const std::string& path, const ModelFile& file, const BoundSession& session,
                    const Labels& labels, Answers& answers) {
  const uint32_t method = file.method(file.model().find_method("encode") < 0 ? "" : "encode");
  const std::string input = file.check(file.model().input(method, 0)).name;
  const Call call = {file.method_name(method), {input + "=" + path}, {}, {}};
  for (const Task& task : read_tasks(file, {call})) {
    run_task(file, session, task);
    const Tensor<float> logits = file.check(session->method(method).output<float>(kLogits));
    labels.check_width(static_cast<uint32_t>(logits.width()));
    answer(path, logits, answers);
  }
}

void classify_picture(const std::string& path, const ModelFile& file, const BoundSession& session,
                      const Labels& labels, Answers& answers) {
  const auto images = ImageEncoder::find(file);
  if (!images) fail("{}: is a picture; {} takes none", path, file.path());
  labels.check_width(images->width(kLogits));
  images->run(*session, path);
  answer(path, images->output(*session, kLogits), answers);
}

void classify_files(const ClassifyArguments& arguments, const ModelFile& file, const Labels& labels,
                    Answers& answers) {
  const BoundSession session(file, arguments.threads, chosen_row());
  for (const std::string& path : arguments.inputs) {
    (is_picture(path) ? classify_picture : classify_array)(path, file, session, labels, answers);
  }
}

// By texts as labels.
void classify_by_texts(const ClassifyArguments& arguments, const ModelFile& file,
                       const Labels& labels, Answers& answers) {
  const BoundSession session(file, arguments.threads, chosen_row());
  const ZeroShot model(file, *session, split_labels(*arguments.labels));
  for (const std::string& path : arguments.inputs) {
    const std::vector<float> logits = model.logits(path);
    labels.check_width(static_cast<uint32_t>(logits.size()));
    answers.whole(path, logits);
  }
}

bool takes_texts(const ModelFile& file) {
  const int32_t method = file.model().find_method("encode");
  if (method < 0) return false;
  return file.check(file.model().input(static_cast<uint32_t>(method), 0)).type == FOVEA_INT32;
}

void classify(const ClassifyArguments& arguments) {
  const ModelFile file(arguments.file);
  const Labels labels(
      file, arguments.labels ? split_labels(*arguments.labels) : std::vector<std::string>{},
      arguments.top);
  Answers answers(labels, arguments.json);
  const bool text = takes_texts(file) && !arguments.labels;
  if (!text && arguments.inputs.empty()) {
    throw UsageError("give the picture or the .npy file to classify");
  }
  if (!text && arguments.pair) {
    throw UsageError("--pair is a text, and the model takes arrays");
  }
  const auto how = arguments.labels ? classify_by_texts : text ? classify_texts : classify_files;
  how(arguments, file, labels, answers);
  answers.finish();
}

}  // namespace

void add_classify(CLI::App& app) {
  const auto arguments = std::make_shared<ClassifyArguments>();
  CLI::App* command = app.add_subcommand("classify", "Labels of texts, pictures or arrays");
  command->add_option("FILE", arguments->file, "A .fovea file with labels")->required();
  command->add_option("INPUT", arguments->inputs,
                      "Of a text encoder texts, or - for the lines of standard input; otherwise "
                      "PNG and JPEG files, or .npy files");
  command->add_option("--pair", arguments->pair, "The second text, where two are compared");
  command->add_option("--labels", arguments->labels,
                      "Texts, with commas between them, that a model of images and texts compares "
                      "pictures with");
  command->add_option("--top", arguments->top, "Labels shown of each")
      ->capture_default_str()
      ->check(whole_between(1, 1 << 20));
  command->add_option("--threads", arguments->threads, "Threads")->check(thread_count());
  command->add_flag("--json", arguments->json, "Prints JSON");
  command->callback([arguments] { classify(*arguments); });
}

}  // namespace fovea::tools
