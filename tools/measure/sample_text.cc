#include <algorithm>
#include <cstring>
#include <sstream>

#include "tools/common/error.h"
#include "tools/measure/samples.h"
#include "tools/session/decoder.h"
#include "tools/session/text.h"
#include "tools/session/text_batch.h"
#include "tools/session/token_rules.h"

namespace fovea::tools {
namespace {

// Tokens of a piece of text, with what stands before it.
constexpr size_t kPiece = 512;

Npy int32s(const std::vector<int32_t>& numbers, std::vector<uint64_t> shape) {
  Npy npy = {FOVEA_INT32, std::move(shape), {}};
  npy.data.resize(numbers.size() * sizeof(int32_t));
  if (!numbers.empty()) std::memcpy(npy.data.data(), numbers.data(), npy.data.size());
  return npy;
}

std::vector<Sample> lines(const ModelFile& file, const std::string& text) {
  const TextEncoder encoder(file);
  std::vector<Sample> samples;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    const TokenSequence one = encoder.text().sequence(line, encoder.max_tokens());
    const auto method = static_cast<uint32_t>(file.model().find_method("encode"));
    SampleRun run = {method, {}};
    for (uint32_t i = 0; i < file.model().input_count(method); ++i) {
      const std::string name = file.check(file.model().input(method, i)).name;
      if (name == "tokens") run.inputs.push_back({name, int32s(one.ids, {one.ids.size()})});
      if (name == "token_types") run.inputs.push_back({name, int32s(one.types, {one.ids.size()})});
      if (name == "lengths") {
        run.inputs.push_back({name, int32s({static_cast<int32_t>(one.ids.size())}, {1})});
      }
    }
    samples.push_back({std::move(run)});
  }
  return samples;
}

// Method `forward` of a decoder, which gives the logits of every token.
class Pieces {
 public:
  Pieces(const ModelFile& file, const Text& text) : file_(file), text_(text) {
    const int32_t found = file.model().find_method("forward");
    if (found < 0) {
      fail("{}: has no method 'forward', so that it cannot read a text: give a .npz file",
           file.path());
    }
    method_ = static_cast<uint32_t>(found);
    for (uint32_t i = 0; i < file.model().input_count(method_); ++i) {
      const fovea_tensor input = file.check(file.model().input(method_, i));
      const bool is_lengths = input.name == std::string("lengths");
      if (is_lengths || input.type != FOVEA_INT32 || input.rank == 0) continue;
      ids_ = input;
      most_ = input.extents[input.rank - 1];
    }
    if (most_ == 0) fail("{}: method 'forward' takes no tokens", file.path());
    limit_ = std::min<size_t>(kPiece, prompt_limit(file));
  }

  std::vector<Sample> cut(const std::string& text) const {
    std::vector<int32_t> before = start_ids(file_);
    if (text_.says_around()) {
      before = text_.whole("").ids;
      before.resize(text_.before());
    }
    const std::vector<int32_t> ids = text_.encode(text);
    const size_t step = limit_ - std::min(limit_ - 1, before.size());
    std::vector<Sample> samples;
    for (size_t at = 0; at < ids.size(); at += step) {
      std::vector<int32_t> piece = before;
      const auto first = ids.begin() + static_cast<ptrdiff_t>(at);
      piece.insert(piece.end(), first,
                   first + static_cast<ptrdiff_t>(std::min(step, ids.size() - at)));
      samples.push_back(runs(piece));
    }
    return samples;
  }

 private:
  Sample runs(const std::vector<int32_t>& piece) const {
    Sample sample;
    for (size_t at = 0; at < piece.size(); at += most_) {
      const auto first = piece.begin() + static_cast<ptrdiff_t>(at);
      const size_t count = std::min<size_t>(most_, piece.size() - at);
      const std::vector<int32_t> ids(first, first + static_cast<ptrdiff_t>(count));
      std::vector<uint64_t> shape(ids_.rank, 1);
      shape.back() = count;
      SampleRun run = {method_, {{ids_.name, int32s(ids, shape)}}};
      for (uint32_t i = 0; i < file_.model().input_count(method_); ++i) {
        const std::string name = file_.check(file_.model().input(method_, i)).name;
        if (name != "lengths") continue;
        run.inputs.push_back({name, int32s({static_cast<int32_t>(count)}, {1})});
      }
      sample.push_back(std::move(run));
    }
    return sample;
  }

  const ModelFile& file_;
  const Text& text_;
  uint32_t method_ = 0, most_ = 0;
  size_t limit_ = 1;
  fovea_tensor ids_ = {};
};

}  // namespace

std::vector<Sample> text_samples(const ModelFile& file, const std::string& path,
                                 const std::string& text) {
  const auto tokenizer = Text::find(file, "text");
  if (!tokenizer) {
    fail("{}: is no .npz or .npy file, and the model has no tokenizer for a text", path);
  }
  const bool encodes = file.model().find_method("encode") >= 0;
  std::vector<Sample> samples = encodes ? lines(file, text) : Pieces(file, *tokenizer).cut(text);
  if (samples.empty()) fail("{}: has no text", path);
  return samples;
}

}  // namespace fovea::tools
