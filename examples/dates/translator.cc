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

// All sources, one after another. Where none has a character there is nothing to encode: the caches
// are empty already.
void Translator::encode(const std::vector<std::vector<int32_t>>& ids) const {
  std::vector<int32_t> source, lengths;
  for (const auto& text : ids) {
    source.insert(source.end(), text.begin(), text.end());
    lengths.push_back(static_cast<int32_t>(text.size()));
  }
  if (source.empty()) return;
  must(session_.set_dim("batch", static_cast<uint32_t>(ids.size())));
  must(session_.set_dim("source_tokens", static_cast<uint32_t>(source.size())));
  must(encode_.set_input("source", {static_cast<uint32_t>(source.size())}, source.data()));
  write_lengths(encode_, lengths);
  must(encode_.run());
}

int32_t Translator::best_token(const fovea::Tensor<float>& logits, size_t row) const {
  const float* first = logits.row(row);
  return static_cast<int32_t>(std::max_element(first, first + logits.width()) - first);
}

// Adds the row that the step just made for the first sequence, whose token comes first. The output
// is [heads, tokens, keys].
void Translator::see(size_t source_tokens, Look* look) const {
  int last = -1;
  const auto name = [](int layer) {
    return "cross_attention." + std::to_string(layer) + ".weights";
  };
  while (decode_.output<float>(name(last + 1).c_str())) ++last;
  if (last < 0) die("convert the model with --attention weights to see what it looks at");
  const auto weights = must(decode_.output<float>(name(last).c_str()));
  const uint32_t heads = weights.extent(0), tokens = weights.extent(1);
  std::vector<float> row(source_tokens, 0.0f);
  for (uint32_t h = 0; h < heads; ++h) {
    for (size_t i = 0; i < source_tokens; ++i) row[i] += weights.row(h * tokens)[i] / heads;
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
  must(session_.set_dim("batch", static_cast<uint32_t>(texts.size())));
  std::vector<std::string> result(texts.size());
  std::vector<int32_t> tokens(texts.size(), special_.bos);  // one of each sequence that goes on
  std::vector<int32_t> lengths(texts.size(), 1);            // the others have none
  for (uint32_t step = 0; step < context_ && !tokens.empty(); ++step) {
    must(session_.set_dim("tokens", static_cast<uint32_t>(tokens.size())));
    must(decode_.set_input("tokens", {static_cast<uint32_t>(tokens.size())}, tokens.data()));
    write_lengths(decode_, lengths);
    must(decode_.run());
    const auto logits = must(decode_.output<float>("logits"));
    tokens.clear();
    for (size_t b = 0, row = 0; b < texts.size(); ++b) {
      if (lengths[b] == 0) continue;
      const int32_t next = best_token(logits, row++);
      if (model_.is_end(next)) {
        lengths[b] = 0;
        continue;
      }
      tokens.push_back(next);
      result[b] += piece(target_, next);
      if (b == 0 && look != nullptr) {
        look->target.push_back(next);
        see(ids[0].size(), look);
      }
    }
  }
  return result;
}

}  // namespace dates
