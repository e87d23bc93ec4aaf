#include "tools/session/text_batch.h"

#include <algorithm>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

uint32_t encode_method(const ModelFile& file) {
  for (const char* name : {"encode_text", "encode"}) {
    const int32_t method = file.model().find_method(name);
    if (method >= 0) return static_cast<uint32_t>(method);
  }
  fail("{}: is no text encoder: it has no method 'encode', only: {}", file.path(),
       file.method_names());
}

Text tokenizer_of(const ModelFile& file) {
  if (const auto text = Text::find(file, "text")) return *text;
  fail(
      "{}: has no tokenizer 'text': convert it from a folder with tokenizer.json, or with "
      "--tokenizer FILE",
      file.path());
}

}  // namespace

TextEncoder::TextEncoder(const ModelFile& file)
    : file_(file), method_(encode_method(file)), text_(tokenizer_of(file)) {
  for (uint32_t i = 0; i < file.model().input_count(method_); ++i) {
    const fovea_tensor input = file.check(file.model().input(method_, i));
    const std::string name = input.name;
    if (name == "tokens" && input.rank == 1 && input.dims[0] >= 0) {
      tokens_dim_ = static_cast<uint32_t>(input.dims[0]);
      max_tokens_ = input.extents[0];
    } else if (name == "token_types") {
      has_types_ = true;
    } else if (name == "lengths" && input.rank == 1 && input.dims[0] >= 0) {
      has_lengths_ = true;
      max_sequences_ = input.extents[0];
    } else {
      fail("{}: method '{}' has an input '{}', which text cannot fill: use `fovea run`",
           file.path(), this->name(), name);
    }
  }
  if (max_tokens_ > 0) return;
  fail("{}: method '{}' has no input 'tokens' [tokens]", file.path(), name());
}

bool TextEncoder::has_output(const char* name) const {
  for (uint32_t i = 0; i < file_.model().output_count(method_); ++i) {
    if (file_.check(file_.model().output(method_, i)).name == std::string(name)) return true;
  }
  return false;
}

fovea_tensor TextEncoder::output_info(const char* name) const {
  for (uint32_t i = 0; i < file_.model().output_count(method_); ++i) {
    const fovea_tensor output = file_.check(file_.model().output(method_, i));
    if (output.name == std::string(name) && output.rank == 2) return output;
  }
  fail("{}: method '{}' has no output '{}' of rows", file_.path(), this->name(), name);
}

uint32_t TextEncoder::width(const char* name) const {
  return output_info(name).extents[1];
}

bool TextEncoder::by_token(const char* name) const {
  return output_info(name).dims[0] == static_cast<int32_t>(tokens_dim_);
}

size_t TextEncoder::fitting(std::span<const TokenSequence> sequences) const {
  size_t count = 0, tokens = 0;
  while (count < sequences.size() && count < max_sequences_) {
    tokens += sequences[count].ids.size();
    if (tokens > max_tokens_) break;
    ++count;
  }
  return std::max<size_t>(count, 1);
}

void TextEncoder::run(const Session& session, std::span<const TokenSequence> sequences) const {
  std::vector<int32_t> ids, types, lengths;
  for (const TokenSequence& one : sequences) {
    ids.insert(ids.end(), one.ids.begin(), one.ids.end());
    types.insert(types.end(), one.types.begin(), one.types.end());
    lengths.push_back(static_cast<int32_t>(one.ids.size()));
  }
  const Method method = session.method(method_);
  const auto set = [&](const char* name, const std::vector<int32_t>& list) {
    file_.check(method.set_list(name, list.data(), list.size()));
  };
  set("tokens", ids);
  if (has_types_) set("token_types", types);
  if (has_lengths_) set("lengths", lengths);
  file_.check(method.run());
}

Tensor<float> TextEncoder::output(const Session& session, const char* name) const {
  return file_.check(session.method(method_).output<float>(name));
}

void TextBatch::add(TokenSequence sequence) {
  waiting_.push_back(std::move(sequence));
  // Full where the last one has to wait for the next run.
  if (encoder_.fitting(waiting_) < waiting_.size() || waiting_.size() == encoder_.max_sequences()) {
    run();
  }
}

void TextBatch::finish() {
  while (!waiting_.empty()) run();
}

void TextBatch::run() {
  const size_t count = encoder_.fitting(waiting_);
  encoder_.run(session_, std::span(waiting_).first(count));
  const Tensor<float> rows = encoder_.output(session_, output_);
  const bool by_token = encoder_.by_token(output_);
  size_t first = 0;
  for (size_t i = 0; i < count; ++i) {
    const size_t size = by_token ? waiting_[i].ids.size() : 1;
    done_(number_ + i, waiting_[i], {rows.row(first), size * rows.width()});
    first += size;
  }
  number_ += count;
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(count));
}

}  // namespace fovea::tools
