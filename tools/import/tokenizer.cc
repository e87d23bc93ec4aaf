#include "tools/import/tokenizer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <span>
#include <utility>

#include "tools/common/error.h"
#include "tools/common/mapped_file.h"
#include "tools/import/special_tokens.h"

namespace fovea::tools {
namespace {

// Ids in ascending byte order of their pieces; equal pieces by id.
std::vector<uint32_t> sorted_ids(const std::vector<std::string>& pieces) {
  std::vector<uint32_t> ids(pieces.size());
  std::iota(ids.begin(), ids.end(), 0u);
  std::stable_sort(ids.begin(), ids.end(),
                   [&](uint32_t a, uint32_t b) { return pieces[a] < pieces[b]; });
  return ids;
}

// Takes values off the front of a file.
class Reader {
 public:
  Reader(std::span<const uint8_t> bytes, const std::string& path)
      : path_(path), whole_(bytes), left_(bytes) {}

  bool done() const { return left_.empty(); }

  template <typename T>
  T value() {
    T result;
    std::memcpy(&result, take(sizeof(T)).data(), sizeof(T));
    return result;
  }

  std::string text(int32_t size) {
    if (size < 0) damaged();
    const auto bytes = take(static_cast<size_t>(size));
    return {bytes.begin(), bytes.end()};
  }

  [[noreturn]] void damaged() const {
    if (!whole_.empty() && whole_[0] == '{') {
      fail("{}: looks like JSON, which is read from files alone: name tokenizer.json itself",
           path_);
    }
    fail("{}: not a llama2.c tokenizer, or a damaged one: it makes no sense at byte {}", path_,
         whole_.size() - left_.size());
  }

 private:
  std::span<const uint8_t> take(size_t size) {
    if (size > left_.size()) damaged();
    const auto bytes = left_.first(size);
    left_ = left_.subspan(size);
    return bytes;
  }

  const std::string& path_;
  std::span<const uint8_t> whole_, left_;
};

int32_t first(const std::vector<int32_t>& ids) {
  return ids.empty() ? -1 : ids[0];
}

int32_t within(int32_t id, size_t pieces, const char* name, const Config& config) {
  if (id >= static_cast<int32_t>(pieces)) {
    fail("{}: the config's {} of {} lies outside its vocabulary of {}", config.path(), name, id,
         pieces);
  }
  return id;
}

}  // namespace

std::unique_ptr<schema::TokenizerT> parse_llama2c_tokenizer(std::span<const uint8_t> bytes,
                                                            const std::string& path) {
  Reader reader(bytes, path);
  auto tokenizer = std::make_unique<schema::TokenizerT>();
  tokenizer->name = "text";
  tokenizer->kind = schema::TokenizerKind::ScoredMerges;
  reader.value<int32_t>();  // the longest piece
  while (!reader.done()) {
    tokenizer->scores.push_back(reader.value<float>());
    if (!std::isfinite(tokenizer->scores.back())) reader.damaged();
    tokenizer->pieces.push_back(reader.text(reader.value<int32_t>()));
  }
  const std::vector<std::string>& pieces = tokenizer->pieces;
  if (pieces.empty()) reader.damaged();
  tokenizer->sorted = sorted_ids(pieces);
  const auto unknown = std::find(pieces.begin(), pieces.end(), "<unk>");
  if (unknown != pieces.end()) {
    tokenizer->unknown = static_cast<int32_t>(unknown - pieces.begin());
  }
  return tokenizer;
}

std::unique_ptr<schema::TokenizerT> read_llama2c_tokenizer(const std::string& path,
                                                           const schema::ModelT& model) {
  const MappedFile file(path);
  auto tokenizer = parse_llama2c_tokenizer(file.bytes(), path);
  const uint32_t rows = embedding_rows(model);
  if (tokenizer->pieces.size() > rows) {
    fail("{}: a tokenizer of {} pieces, the model has only {} ids; name the model's own", path,
         tokenizer->pieces.size(), rows);
  }
  if (model.special != nullptr) {
    tokenizer->bos = first(model.special->begin);
    tokenizer->eos = first(model.special->end);
    tokenizer->pad = first(model.special->padding);
  }
  return tokenizer;
}

std::unique_ptr<schema::TokenizerT> character_tokenizer(const std::string& name,
                                                        std::vector<std::string> pieces,
                                                        const Config& config) {
  auto tokenizer = std::make_unique<schema::TokenizerT>();
  tokenizer->name = name;
  tokenizer->kind = schema::TokenizerKind::Characters;
  const size_t count = pieces.size();
  tokenizer->bos = within(config.token("bos_token_id"), count, "bos_token_id", config);
  tokenizer->eos = within(config.token("eos_token_id"), count, "eos_token_id", config);
  tokenizer->pad = within(config.token("pad_token_id"), count, "pad_token_id", config);
  tokenizer->unknown = within(config.token("unk_token_id"), count, "unk_token_id", config);
  tokenizer->sorted = sorted_ids(pieces);
  tokenizer->pieces = std::move(pieces);
  return tokenizer;
}

}  // namespace fovea::tools
