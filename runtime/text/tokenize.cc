// One text or two, with what stands around them, cut to a length.

#include "runtime/text/encoding.h"

namespace fovea {
namespace {

constexpr uint32_t kMostTexts = 2;

class Sequence {
 public:
  Sequence(const Encoding& job, uint32_t texts, fovea_tokens* out)
      : job_(job), texts_(texts), out_(out) {}

  fovea_code make(const fovea_span* texts, uint32_t flags) {
    if (texts_ == kMostTexts && size_of(words_of(job_.table).pair()) == 0) {
      return fail(job_.error, FOVEA_WRONG_SHAPE, job_.where.at(FOVEA_FIELD_COUNT), texts_, 1);
    }
    if ((flags & FOVEA_TEXT_BARE) == 0) {
      around_ = texts_ == kMostTexts ? words_of(job_.table).pair() : words_of(job_.table).single();
    }
    const size_t limit = limit_of(flags);
    if (limit < added()) {
      return fail(job_.error, FOVEA_BAD_ARGUMENT, job_.where, uint64_t{added()}, uint64_t{limit});
    }
    for (uint32_t i = 0; i < texts_; ++i) {
      const size_t begin = job_.ids->count;
      FOVEA_TRY(encode_text(job_, {static_cast<const char*>(texts[i].data), texts[i].size}));
      counts_[i] = job_.ids->count - begin;
    }
    cut(limit - added());
    FOVEA_TRY(place());
    return say_types();
  }

 private:
  size_t limit_of(uint32_t flags) const {
    if ((flags & FOVEA_TEXT_WHOLE) != 0) return SIZE_MAX;
    const size_t model =
        words_of(job_.table).truncate() == 0 ? SIZE_MAX : words_of(job_.table).truncate();
    return out_->limit == 0 || out_->limit > model ? model : out_->limit;
  }

  // Ids that stand around the texts.
  size_t added() const { return size_of(around_) == 0 ? 0 : size_of(around_) - texts_; }
  size_t all() const { return added() + counts_[0] + counts_[1]; }

  // Tokens are left out at the end of the longer text until the other is as long, then of both in
  // turn.
  void cut(size_t limit) {
    const size_t first = counts_[0], second = counts_[1];
    out_->cut = first + second > limit;
    if (!out_->cut) return;
    const uint32_t longer = first > second ? 0 : texts_ - 1;
    const size_t shorter = texts_ == 1 ? 0 : longer == 0 ? second : first;
    const size_t kept = shorter > limit / 2 ? limit / 2 : shorter;
    if (texts_ == kMostTexts) counts_[1 - longer] = kept;
    counts_[longer] = limit - kept;
    int32_t* ids = job_.ids->data;
    std::memmove(ids + counts_[0], ids + first, counts_[1] * sizeof(int32_t));
  }

  // What stands around goes between the texts' ids, which lie one after the other at the front.
  fovea_code place() {
    const size_t count = all();
    if (count > job_.ids->capacity) {
      return fail(job_.error, FOVEA_ARENA_TOO_SMALL, job_.where,
                  uint64_t{job_.ids->capacity} * sizeof(int32_t),
                  uint64_t{count} * sizeof(int32_t));
    }
    size_t to = count, from = counts_[0] + counts_[1];
    for (uint32_t i = size_of(around_); i-- > 0;) {
      const int32_t id = around_->Get(i);
      const size_t size = id >= 0 ? 1 : counts_[-1 - id];
      to -= size;
      if (id >= 0) {
        job_.ids->data[to] = id;
      } else {
        from -= size;
        std::memmove(job_.ids->data + to, job_.ids->data + from, size * sizeof(int32_t));
      }
    }
    job_.ids->count = count;
    return FOVEA_OK;
  }

  fovea_code say_types() {
    out_->count = all();
    if (out_->types == nullptr) return FOVEA_OK;
    if (out_->count > out_->types_capacity) {
      return fail(job_.error, FOVEA_ARENA_TOO_SMALL, job_.where,
                  uint64_t{out_->types_capacity} * sizeof(int32_t),
                  uint64_t{out_->count} * sizeof(int32_t));
    }
    int32_t* type = out_->types;
    if (size_of(around_) == 0) {
      for (size_t i = 0; i < out_->count; ++i) type[i] = i < counts_[0] ? 0 : 1;
    }
    for (uint32_t i = 0; i < size_of(around_); ++i) {
      const int32_t id = around_->Get(i);
      const size_t size = id >= 0 ? 1 : counts_[-1 - id];
      const int32_t value = texts_ == 1 ? 0 : words_of(job_.table).pair_types()->Get(i);
      for (size_t k = 0; k < size; ++k) *type++ = value;
    }
    return FOVEA_OK;
  }

  const Encoding& job_;
  uint32_t texts_;
  fovea_tokens* out_;
  // Ids, and -1 and -2 where the first and the second text go, in this order.
  const flatbuffers::Vector<int32_t>* around_ = nullptr;
  size_t counts_[kMostTexts] = {};  // tokens of each text
};

bool all_there(const fovea_span* texts, uint32_t count, const fovea_tokens* tokens) {
  if (texts == nullptr || count == 0 || count > kMostTexts || tokens == nullptr) return false;
  for (uint32_t i = 0; i < count; ++i) {
    if (texts[i].data == nullptr && texts[i].size > 0) return false;
  }
  return tokens->ids != nullptr || tokens->capacity == 0;
}

}  // namespace
}  // namespace fovea

extern "C" fovea_code fovea_tokenize(const fovea_model* model, uint32_t tokenizer,
                                     const fovea_span* texts, uint32_t count, uint32_t flags,
                                     fovea_tokens* tokens, fovea_error* error) {
  using namespace fovea;
  const auto* t = tokenizer_at(model, tokenizer);
  const Where where = {FOVEA_TABLE_TOKENIZER, tokenizer};
  if (t == nullptr || !all_there(texts, count, tokens)) {
    return fail(error, FOVEA_BAD_ARGUMENT, where);
  }
  tokens->count = 0;
  tokens->cut = false;
  Ids list = {tokens->ids, tokens->capacity};
  const fovea_features& features = view(model).operators->features;
  Specials specials;
  specials.counted = (flags & FOVEA_TEXT_SPECIAL) != 0;
  const Encoding job = {*t, features, specials, where, &list, error};
  FOVEA_TRY(Sequence(job, count, tokens).make(texts, flags));
  return succeed(error);
}
