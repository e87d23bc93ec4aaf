// `fovea embed` and `fovea similar`: sentences and pictures as vectors.

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/commands/commands.h"
#include "tools/commands/numbers.h"
#include "tools/commands/texts.h"
#include "tools/common/error.h"
#include "tools/common/npy_header.h"
#include "tools/common/output_file.h"
#include "tools/common/printable.h"
#include "tools/common/progress.h"
#include "tools/session/image_encoder.h"
#include "tools/session/text_batch.h"

namespace fovea::tools {
namespace {

using Json = nlohmann::ordered_json;
using Vector = std::vector<float>;

struct EmbedArguments {
  std::string file;
  std::vector<std::string> texts;
  std::string output;
  uint32_t threads = 1;
  bool raw = false;
  bool json = false;
};

// The vector divided by its Euclidean length; zeros stay.
Vector normalized(std::span<const float> row) {
  double square = 0;
  for (const float x : row) square += double{x} * double{x};
  const double length = std::sqrt(square);
  Vector result;
  for (const float x : row) result.push_back(static_cast<float>(length > 0 ? x / length : 0));
  return result;
}

// Texts to vectors, in full runs, and pictures, where the model takes these.
class Embedder {
 public:
  // In the order of the texts.
  using Each = std::function<void(const std::string& text, const Vector& vector)>;

  Embedder(const EmbedArguments& arguments, Each each)
      : raw_(arguments.raw),
        row_(chosen_row()),
        file_(arguments.file),
        images_(ImageEncoder::find(file_)),
        each_(std::move(each)) {
    const bool texts = compares() && Text::find(file_, "text");
    if (!images_ || texts) encoder_.emplace(file_);
    if (images_) output_ = images_->has_output(kEmbedding) || encoder_ ? kEmbedding : "pooled";
    if (encoder_ ? !encoder_->has_output(output_) : !images_->has_output(output_)) {
      fail("{}: has no output '{}'{}", file_.path(), kEmbedding,
           images_
               ? ""
               : ": convert a folder that has modules.json, as sentence-transformers writes it");
    }
    session_.emplace(file_, arguments.threads, row_);
    if (!encoder_) return;
    batch_.emplace(*encoder_, **session_, output_,
                   [this](size_t, const TokenSequence&, std::span<const float> row) { done(row); });
  }

  uint32_t width() const { return encoder_ ? encoder_->width(output_) : images_->width(output_); }

  void add(const std::string& text) {
    if (images_ && is_picture(text)) return add_picture(text);
    if (!encoder_ && compares()) encoder_.emplace(file_);  // says that there is no tokenizer
    if (!encoder_) fail("{}: is no PNG or JPEG file, and {} takes no texts", text, file_.path());
    TokenSequence sequence = encoder_->text().sequence(text, encoder_->max_tokens());
    cut_ += sequence.cut ? 1 : 0;
    texts_.push_back(text);
    batch_->add(std::move(sequence));
  }

  // Runs what waits, and says how many texts did not fit.
  void finish() {
    if (batch_) batch_->finish();
    if (cut_ == 0) return;
    fmt::print(stderr, "{} of {} texts longer than the model takes were cut\n", cut_,
               batch_->count());
  }

 private:
  // Whether it has both towers.
  bool compares() const { return images_ && file_.model().find_method("encode_text") >= 0; }

  void add_picture(const std::string& path) {
    if (batch_) batch_->finish();  // in the order in which they came
    texts_.push_back(path);
    images_->run(**session_, path);
    const Tensor<float> vector = images_->output(**session_, output_);
    done({vector.row(0), vector.width()});
  }

  void done(std::span<const float> row) {
    const std::string text = std::move(texts_.front());
    texts_.pop_front();
    for (const float x : row) {
      if (std::isfinite(x)) continue;
      fail("{}: the vector of text {} holds {}, no finite number: the weights are damaged",
           file_.path(), number_ + 1, x);
    }
    ++number_;
    each_(text, raw_ ? Vector(row.begin(), row.end()) : normalized(row));
  }

  bool raw_;
  std::string row_;
  ModelFile file_;
  std::optional<ImageEncoder> images_;
  std::optional<TextEncoder> encoder_;
  const char* output_ = kEmbedding;
  Each each_;
  std::optional<BoundSession> session_;
  std::optional<TextBatch> batch_;
  std::deque<std::string> texts_;  // that wait for their vectors
  size_t cut_ = 0, number_ = 0;
};

// One object in a line.
void print_line(const std::string& text, const Vector& vector) {
  const std::string name = Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
  fmt::print("{{\"text\":{},\"embedding\":[{}]}}\n", name, fmt::join(vector, ","));
}

// float32 [texts, width]. The header, whose length does not depend on how many there are, is
// written last.
class VectorFile {
 public:
  explicit VectorFile(const std::string& path) : file_(path) {}

  void add(const Vector& vector) {
    if (file_.size() == 0) file_.zeros(header(vector.size()).size());
    file_.write({reinterpret_cast<const uint8_t*>(vector.data()), vector.size() * sizeof(float)});
    ++count_;
  }

  void commit(size_t width) {
    const std::vector<uint8_t> bytes = header(width);
    file_.write_at(0, bytes);
    file_.commit();
  }

 private:
  std::vector<uint8_t> header(size_t width) const {
    return npy_header_bytes("<f4", std::vector<uint64_t>{count_, width});
  }

  OutputFile file_;
  uint64_t count_ = 0;
};

void embed(const EmbedArguments& arguments) {
  std::optional<VectorFile> file;
  if (!arguments.output.empty()) file.emplace(arguments.output);
  Progress progress("embedding", is_standard_input(arguments.texts) ? 0 : arguments.texts.size());
  size_t count = 0;
  Embedder embedder(arguments, [&](const std::string& text, const Vector& vector) {
    if (file) {
      file->add(vector);
    } else {
      print_line(text, vector);
    }
    progress.update(++count);
  });
  for_each_text(arguments.texts, [&](const std::string& text) { embedder.add(text); });
  embedder.finish();
  if (file) file->commit(embedder.width());
}

double cosine(const Vector& a, const Vector& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

void similar(const EmbedArguments& arguments) {
  std::optional<Vector> first;
  Json list = Json::array();
  Embedder embedder(arguments, [&](const std::string& text, const Vector& vector) {
    if (!first) {
      first = vector;
    } else if (arguments.json) {
      list.push_back({{"text", text}, {"cosine", cosine(*first, vector)}});
    } else {
      fmt::print("{:7.4f}  {}\n", cosine(*first, vector), printable(text));
    }
  });
  for (const std::string& text : arguments.texts) embedder.add(text);
  embedder.finish();
  if (!arguments.json) return;
  const Json json = {{"text", arguments.texts.front()}, {"similar", list}};
  fmt::print("{}\n", json_text(json));
}

void add_common(CLI::App& command, EmbedArguments& arguments) {
  command
      .add_option("FILE", arguments.file,
                  "A .fovea file of an encoder of sentences, of images, or of both")
      ->required();
  command.add_option("--threads", arguments.threads, "Threads")->check(thread_count());
}

}  // namespace

void add_embed(CLI::App& app) {
  const auto arguments = std::make_shared<EmbedArguments>();
  CLI::App* command =
      app.add_subcommand("embed", "Turns texts and pictures into vectors of length 1");
  add_common(*command, *arguments);
  command->add_option(
      "TEXT", arguments->texts,
      "Texts, or PNG and JPEG files where the model takes pictures; without one, or "
      "with -, the lines of standard input");
  command->add_option("-o,--output", arguments->output,
                      "A .npy file float32 [texts, width]; otherwise lines of JSON are printed");
  command->add_flag("--raw", arguments->raw,
                    "Vectors as the model gives them, whatever their length");
  command->callback([arguments] { embed(*arguments); });
}

void add_similar(CLI::App& app) {
  const auto arguments = std::make_shared<EmbedArguments>();
  CLI::App* command =
      app.add_subcommand("similar", "Cosines between a text and others, from -1 to 1");
  add_common(*command, *arguments);
  command->add_option("TEXT", arguments->texts, "The text, then the others")
      ->required()
      ->expected(2, 1 << 20);
  command->add_flag("--json", arguments->json, "Prints JSON");
  command->callback([arguments] { similar(*arguments); });
}

}  // namespace fovea::tools
