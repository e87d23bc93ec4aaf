#include "examples/dates/translator.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace dates {

void die(const std::string& line) {
  std::fprintf(stderr, "dates: %s\n", line.c_str());
  std::exit(1);
}

void must(const fovea::Status& status) {
  if (!status) die(status.error().message().c_str());
}

Translator::Translator(const fovea::Model& model, const fovea::Session& session)
    : model_(model),
      session_(session),
      source_(must(model.tokenizer("source"))),
      target_(must(model.tokenizer("target"))),
      encode_(must(session.method("encode"))),
      decode_(must(session.method("decode"))),
      special_(must(target_.info())) {
  const int32_t batch = model.find_dim("batch"), longest = model.find_dim("source_tokens");
  const int32_t self = model.find_cache("self");
  if (batch < 0 || longest < 0 || self < 0) die("convert the model with --max batch=N, N above 1");
  batch_ = must(model.dim(static_cast<uint32_t>(batch))).max;
  longest_source_ = must(model.dim(static_cast<uint32_t>(longest))).max;
  context_ = must(model.cache(static_cast<uint32_t>(self))).context;
}

std::vector<std::vector<int32_t>> Translator::encode_texts(
    const std::vector<std::string>& texts) const {
  std::vector<std::vector<int32_t>> result;
  for (const std::string& text : texts) {
    std::vector<int32_t> ids(FOVEA_ENCODE_ROOM(text.size()));
    ids.resize(must(source_.encode(text.data(), text.size(), ids.data(), ids.size())));
    if (ids.size() > longest_source_) {
      die("'" + text + "' has " + std::to_string(ids.size()) + " characters; the model reads " +
          std::to_string(longest_source_));
    }
    result.push_back(std::move(ids));
  }
  return result;
}

void Translator::write_lengths(const fovea::Method& method,
                               const std::vector<int32_t>& lengths) const {
  must(method.set_input("lengths", {static_cast<uint32_t>(lengths.size())}, lengths.data()));
}

void Translator::encode(const std::vector<std::vector<int32_t>>& ids) const {
  std::vector<int32_t> lengths;
  for (const auto& row : ids) lengths.push_back(static_cast<int32_t>(row.size()));
  const uint32_t width =
      static_cast<uint32_t>(std::max(1, *std::max_element(lengths.begin(), lengths.end())));
  must(session_.set_dim("batch", static_cast<uint32_t>(ids.size())));
  must(session_.set_dim("source_tokens", width));
  const auto source = must(encode_.input<int32_t>("source"));
  std::fill(source.begin(), source.end(), 0);
  for (size_t b = 0; b < ids.size(); ++b) {
    std::copy(ids[b].begin(), ids[b].end(), source.begin() + b * width);
  }
  write_lengths(encode_, lengths);
  must(encode_.run());
}

int32_t Translator::best_token(const fovea::Tensor<float>& logits, size_t sequence) const {
  const float* row = logits.row(sequence);
  return static_cast<int32_t>(std::max_element(row, row + logits.width()) - row);
}

// Adds the row of the step just made. The output is [batch, heads, 1, keys].
void Translator::see(size_t source_tokens, Look* look) const {
  int last = -1;
  while (decode_.output<float>(("cross_attention." + std::to_string(last + 1)).c_str())) ++last;
  if (last < 0) die("convert the model with --attention to see what it looks at");
  const auto weights =
      must(decode_.output<float>(("cross_attention." + std::to_string(last)).c_str()));
  const uint32_t heads = weights.extent(1);
  std::vector<float> row(source_tokens, 0.0f);
  for (uint32_t h = 0; h < heads; ++h) {
    for (size_t i = 0; i < source_tokens; ++i) row[i] += weights.row(h)[i] / heads;
  }
  look->rows.push_back(std::move(row));
}

std::string Translator::piece(const fovea::Tokenizer& tokenizer, int32_t id) const {
  char text[64];
  return std::string(text, must(tokenizer.decode(-1, id, text, sizeof text)));
}

std::vector<std::string> Translator::translate(const std::vector<std::string>& texts, Look* look) {
  const auto ids = encode_texts(texts);
  for (uint32_t b = 0; b < texts.size(); ++b) must(session_.reset(b));
  encode(ids);
  if (look != nullptr) look->source = ids[0];
  must(session_.set_dim("tokens", 1));
  std::vector<std::string> result(texts.size());
  std::vector<int32_t> next(texts.size(), special_.bos);
  std::vector<int32_t> active(texts.size(), 1);  // a sequence of length 0 rests
  for (uint32_t step = 0; step < context_; ++step) {
    const auto tokens = must(decode_.input<int32_t>("tokens"));
    std::copy(next.begin(), next.end(), tokens.begin());
    write_lengths(decode_, active);
    must(decode_.run());
    const auto logits = must(decode_.output<float>("logits"));
    for (size_t b = 0; b < texts.size(); ++b) {
      if (active[b] == 0) continue;
      next[b] = best_token(logits, b);
      if (model_.is_end(next[b])) {
        active[b] = 0;
        continue;
      }
      result[b] += piece(target_, next[b]);
      if (b == 0 && look != nullptr) {
        look->target.push_back(next[b]);
        see(ids[0].size(), look);
      }
    }
    if (std::count(active.begin(), active.end(), 0) == static_cast<ptrdiff_t>(active.size())) break;
  }
  return result;
}

}  // namespace dates
