// Texts of words: added tokens are cut out, the rest is normalised, split, and made pieces of.

#include "runtime/checked.h"
#include "runtime/text/added.h"
#include "runtime/text/encoding.h"
#include "runtime/text/split.h"
#include "runtime/text/utf8.h"
#include "runtime/verify.h"

namespace fovea {
namespace {

constexpr uint32_t kMaxNormalizations = 16;
constexpr uint32_t kMaxSplitters = 8;
constexpr uint32_t kLongestPrefix = 64;  // bytes
constexpr uint32_t kLeastRoom = 4;       // bytes: each byte of a text may be a token

const PieceMaker& maker(const fovea_features& features, schema::TokenizerKind kind) {
  switch (kind) {
    case schema::TokenizerKind::RankedMerges:
      return *features.ranked_merges;
    case schema::TokenizerKind::Unigram:
      return *features.unigram;
    case schema::TokenizerKind::CharacterMerges:
      return *features.character_merges;
    default:
      return *features.word_piece;
  }
}

bool looks_for_matches(const schema::Normalization& n) {
  return n.kind() > schema::NormalizationKind::Strip;
}

const TextStep& step_of(const fovea_features& features, const schema::Normalization& n) {
  if (looks_for_matches(n)) return *features.text_matches;
  return *features.normalization;
}

// Copies a text, with U+FFFD for what is no UTF-8.
bool mend(Text text, TextOutput* out) {
  while (text.size > 0) {
    const CodePoint point = first_point(text);
    if (!out->add(point.value)) return false;
    text = {text.data + point.size, text.size - point.size};
  }
  return true;
}

// Numbers of 32 bits for ids and for texts, as the file says it.
uint64_t room_of(const schema::Tokenizer& t, uint64_t size) {
  const Checked bytes = Checked(size) * words_of(t).room() + words_of(t).room_once();
  return (Checked(bytes.value() / sizeof(int32_t)) + 1).value();
}

// Works in what the caller's array has behind the ids: texts that had to be written lie at its end,
// the last one in front.
class Pipeline {
 public:
  Pipeline(const Encoding& job, size_t size)
      : job_(job),
        size_(size),
        vocabulary_(&job.table),
        maker_(maker(job.features, job.table.kind())),
        end_(job.ids->capacity * sizeof(int32_t)) {}

  fovea_code encode(Text text) {
    AddedTokens parts(job_.table, /*normalized=*/false, job_.specials, text);
    for (TextPart part; parts.next(&part);) {
      const size_t end = end_;
      const bool first = part.text.data == text.data;
      FOVEA_TRY(part.id >= 0 ? add(part.id) : encode_part(part.text, first));
      end_ = end;
    }
    return FOVEA_OK;
  }

 private:
  // A text may begin with a piece of its own, such as the language that it is to become.
  fovea_code take_code(Text* text) {
    const flatbuffers::String* begin = words_of(job_.table).code_begin();
    const flatbuffers::String* end = words_of(job_.table).code_end();
    if (size_of(begin) == 0 || size_of(end) == 0 ||
        !begins_with(*text, {begin->c_str(), begin->size()})) {
      return FOVEA_OK;
    }
    for (size_t size = begin->size(); size + end->size() <= text->size; ++size) {
      const Text rest = {text->data + size, text->size - size};
      if (!begins_with(rest, {end->c_str(), end->size()})) continue;
      const Text code = {text->data, size + end->size()};
      *text = {text->data + code.size, text->size - code.size};
      const int32_t id = vocabulary_.find(code);
      return add(id < 0 ? job_.table.unknown() : id);
    }
    return FOVEA_OK;
  }

  fovea_code encode_part(Text text, bool first) {
    const bool goes_on = first && job_.goes_on;
    if (!goes_on) FOVEA_TRY(take_code(&text));
    FOVEA_TRY(normalize(&text, goes_on));
    begin_ = first && !goes_on ? text.data : nullptr;
    middle_ = goes_on ? text.data : nullptr;
    AddedTokens parts(job_.table, /*normalized=*/true, job_.specials, text);
    for (TextPart part; parts.next(&part);) {
      const size_t end = end_;
      FOVEA_TRY(part.id >= 0 ? add(part.id) : encode_words(part.text));
      end_ = end;
    }
    return FOVEA_OK;
  }

  // Nothing is put before what `goes_on`.
  fovea_code normalize(Text* text, bool goes_on) {
    if (!is_utf8(*text)) {
      TextOutput out = room();
      if (!mend(*text, &out)) return no_room();
      *text = keep(out);
    }
    const auto* steps = words_of(job_.table).normalization();
    for (uint32_t i = 0; i < size_of(steps); ++i) {
      const schema::Normalization& step = *steps->Get(i);
      if (goes_on && step.kind() == schema::NormalizationKind::Prepend) continue;
      TextOutput out = room();
      const fovea_code code = step_of(job_.features, step).run(step, *text, &out);
      if (code == FOVEA_TOO_COMPLEX) return fail(job_.error, code, job_.where);
      if (code != FOVEA_OK) return no_room();
      drop(*text);
      *text = keep(out);
    }
    return FOVEA_OK;
  }

  fovea_code encode_words(Text text) {
    const flatbuffers::String* prefix = words_of(job_.table).prefix();
    const Text before = {text_of(prefix), size_of(prefix)};
    const bool begins = text.data != middle_ && !job_.table.escapes();
    if (before.size > 0 && begins && !begins_with(text, before)) {
      TextOutput out = room();
      if (!out.add(before) || !out.add(text)) return no_room();
      text = keep(out);
    }
    return split(text, 0);
  }

  // By the splitters from `level` on.
  fovea_code split(Text text, uint32_t level) {
    if (!job_.table.escapes() || level != words_of(job_.table).prefix_level()) {
      return split_further(text, level);
    }
    const size_t end = end_;
    TextOutput out = room();
    if (!job_.features.escaped_spaces->write(words_of(job_.table), text, text.data == begin_,
                                             &out)) {
      return no_room();
    }
    FOVEA_TRY(split_further(keep(out), level));
    end_ = end;
    return FOVEA_OK;
  }

  fovea_code split_further(Text text, uint32_t level) {
    if (level == size_of(words_of(job_.table).splitters())) return add_pieces(text);
    Words words(*words_of(job_.table).splitters()->Get(level), text);
    for (Text word; words.next(&word);) FOVEA_TRY(split(word, level + 1));
    return words.too_complex() ? fail(job_.error, FOVEA_TOO_COMPLEX, job_.where) : FOVEA_OK;
  }

  fovea_code add_pieces(Text word) {
    Ids& ids = *job_.ids;
    const size_t room = end_ / sizeof(int32_t) - ids.count;
    const int32_t capacity = room > INT32_MAX ? INT32_MAX : static_cast<int32_t>(room);
    const int32_t count = maker_.pieces(vocabulary_, word, ids.data + ids.count, capacity);
    if (count < 0) return no_room();
    ids.count += static_cast<size_t>(count);
    return FOVEA_OK;
  }

  fovea_code add(int32_t id) {
    if (job_.ids->count >= end_ / sizeof(int32_t)) return no_room();
    job_.ids->data[job_.ids->count++] = id;
    return FOVEA_OK;
  }

  static bool begins_with(Text text, Text before) {
    return text.size >= before.size && std::memcmp(text.data, before.data, before.size) == 0;
  }

  // What is left between the ids and the texts.
  TextOutput room() const {
    const size_t begin = job_.ids->count * sizeof(int32_t);
    return {bytes() + begin, end_ - begin};
  }
  // Moves what was written there to its end.
  Text keep(const TextOutput& out) {
    end_ -= out.size;
    std::memmove(bytes() + end_, out.data, out.size);
    return {bytes() + end_, out.size};
  }
  // Gives back the room of the last text that was kept, if this is it. What was written in front of
  // it stays where it is.
  void drop(Text text) {
    if (text.data == bytes() + end_) end_ += text.size;
  }

  char* bytes() const { return reinterpret_cast<char*>(job_.ids->data); }

  fovea_code no_room() const {
    const Checked needed = Checked(room_of(job_.table, size_)) * sizeof(int32_t);
    return fail(job_.error, FOVEA_ARENA_TOO_SMALL, job_.where,
                uint64_t{job_.ids->capacity} * sizeof(int32_t), needed.value());
  }

  const Encoding& job_;
  size_t size_;  // bytes of the whole text
  Vocabulary vocabulary_;
  const PieceMaker& maker_;
  size_t end_;                    // bytes of the array before the texts at its end
  const char* begin_ = nullptr;   // of the text that is given, where this part begins with it
  const char* middle_ = nullptr;  // the same of a text that goes on
};

fovea_code encode(const Encoding& job, Text text) {
  return Pipeline(job, text.size).encode(text);
}

fovea_code verify_around(const flatbuffers::Vector<int32_t>* around, int32_t texts, uint32_t rows,
                         const Where& where, fovea_error* error) {
  int32_t found = 0;
  for (uint32_t i = 0; i < size_of(around); ++i) {
    const int32_t id = around->Get(i);
    if (id < 0 && found < texts && id == -1 - found) {
      ++found;
    } else if (id < 0 || static_cast<uint32_t>(id) >= rows) {
      return fail(error, FOVEA_BAD_VALUE, where, static_cast<uint64_t>(int64_t{id}),
                  rows == 0 ? 0u : rows - 1);
    }
  }
  const int32_t wanted = size_of(around) == 0 ? 0 : texts;
  return found == wanted ? FOVEA_OK
                         : fail(error, FOVEA_BAD_VALUE, where, static_cast<uint32_t>(found),
                                static_cast<uint32_t>(wanted));
}

// What fovea_tokenize puts around texts.
fovea_code verify_arounds(const schema::Tokenizer& t, uint32_t rows, const Where& where,
                          fovea_error* error) {
  FOVEA_TRY(verify_around(words_of(t).single(), 1, rows, where, error));
  FOVEA_TRY(verify_around(words_of(t).pair(), 2, rows, where, error));
  if (size_of(words_of(t).pair_types()) != size_of(words_of(t).pair())) {
    return fail(error, FOVEA_BAD_SHAPE, where, size_of(words_of(t).pair_types()),
                size_of(words_of(t).pair()));
  }
  for (uint32_t i = 0; i < size_of(words_of(t).pair_types()); ++i) {
    FOVEA_TRY(check_at_most(words_of(t).pair_types()->Get(i), 1u, where, error));
  }
  return FOVEA_OK;
}

// What looking at a table takes, in elements of its vectors: tables may share these.
uint32_t elements(const schema::Splitter& s) {
  return size_of(s.starts()) + size_of(s.next());
}
uint32_t elements(const schema::Normalization& n) {
  return size_of(n.key_ends()) + size_of(n.values()) + size_of(n.value_ends()) +
         size_of(n.compositions()) + (n.words() == nullptr ? 0 : elements(*n.words()));
}

fovea_code verify_steps(const schema::Tokenizer& t, const fovea_features& features, Steps* steps,
                        const Where& where, fovea_error* error) {
  const uint32_t normalizations = size_of(words_of(t).normalization()),
                 splitters = size_of(words_of(t).splitters());
  FOVEA_TRY(check_at_most(normalizations, kMaxNormalizations, where, FOVEA_FIELD_COUNT, error));
  FOVEA_TRY(check_at_most(splitters, kMaxSplitters, where, FOVEA_FIELD_COUNT, error));
  FOVEA_TRY(check_at_most(size_of(words_of(t).prefix()), kLongestPrefix, where,
                          FOVEA_FIELD_ATTRIBUTE, error));
  for (uint32_t i = 0; i < normalizations; ++i) {
    const schema::Normalization& n = *words_of(t).normalization()->Get(i);
    if (!steps->take(elements(n))) return fail(error, FOVEA_TOO_COMPLEX, where);
    if (!(looks_for_matches(n) ? t.matches() : t.normalizes())) {
      return fail_at(error, FOVEA_BAD_VALUE, where, FOVEA_FIELD_COUNT, 0u, 1u);
    }
    FOVEA_TRY(step_of(features, n).verify(n, where.at(FOVEA_FIELD_ATTRIBUTE, i), error));
  }
  for (uint32_t i = 0; i < splitters; ++i) {
    const schema::Splitter& s = *words_of(t).splitters()->Get(i);
    if (!steps->take(elements(s))) return fail(error, FOVEA_TOO_COMPLEX, where);
    FOVEA_TRY(verify_splitter(s, where, error));
  }
  return FOVEA_OK;
}

// The tables of words are a FlatBuffer that the model's own does not look into. As there, a table
// takes 16 bytes on the average.
fovea_code verify_words(const schema::Tokenizer& t, const Where& where, fovea_error* error) {
  constexpr size_t kTableBytes = 16;
  constexpr flatbuffers::uoffset_t kDepth = 4;
  const auto* words = t.words();
  if (size_of(words) == 0) return fail(error, FOVEA_BAD_STRUCTURE, where.at(FOVEA_FIELD_HEADER));
  const auto tables = static_cast<flatbuffers::uoffset_t>(words->size() / kTableBytes + 1);
  flatbuffers::Verifier verifier(words->data(), words->size(), kDepth, tables);
  if (!verifier.VerifyBuffer<schema::WordTables>(nullptr)) {
    return fail(error, FOVEA_BAD_STRUCTURE, where.at(FOVEA_FIELD_HEADER));
  }
  return FOVEA_OK;
}

fovea_code verify(const schema::Tokenizer& t, const fovea_features& features, uint32_t rows,
                  Steps* steps, const Where& where, fovea_error* error) {
  FOVEA_TRY(verify_words(t, where, error));
  if (words_of(t).room() < kLeastRoom) {
    return fail_at(error, FOVEA_BAD_VALUE, where, FOVEA_FIELD_ATTRIBUTE, words_of(t).room(),
                   kLeastRoom);
  }
  FOVEA_TRY(verify_steps(t, features, steps, where, error));
  FOVEA_TRY(verify_added(t, where, error));
  if (size_of(words_of(t).code_begin()) != 0 && t.unknown() < 0) {
    return fail_at(error, FOVEA_BAD_VALUE, where, FOVEA_FIELD_ATTRIBUTE, 0u, 1u);
  }
  FOVEA_TRY(verify_arounds(t, rows, where.at(FOVEA_FIELD_ATTRIBUTE), error));
  if (t.escapes()) FOVEA_TRY(features.escaped_spaces->verify(words_of(t), where, error));
  return maker(features, t.kind()).verify(t, where, error);
}

}  // namespace
}  // namespace fovea

extern "C" constexpr fovea_words fovea_feature_words = {fovea::verify, fovea::room_of,
                                                        fovea::encode};
