// What the runtime calls of its features: parts that only some models need, so that firmware of
// other models does not link them. needs() has been asked, and no more than it says may be called.

#ifndef FOVEA_RUNTIME_FEATURES_H_
#define FOVEA_RUNTIME_FEATURES_H_

#include "fovea/fovea.h"
#include "runtime/schema.h"

namespace fovea {

class Frame;
class Steps;
class Vocabulary;
struct Encoding;
struct KeyValueShape;
struct MethodCheck;
struct Text;
struct TextOutput;
struct Where;

// A kind of tokenizer that makes pieces of words.
struct PieceMaker {
  // Its own tables. Pieces and `sorted` have been looked at.
  fovea_code (*verify)(const schema::Tokenizer& t, const Where& where, fovea_error* error);
  // The pieces of a word, which is UTF-8 and not empty: ids at the front of the room, at most one
  // for each byte. Returns how many, or -1 where the room does not do: `room` int32 for each byte
  // do.
  int32_t (*pieces)(const Vocabulary& v, Text word, int32_t* room, int32_t capacity);
  uint32_t room;
};

// A kind of step from the text that is given to the text that is split.
struct TextStep {
  fovea_code (*verify)(const schema::Normalization& n, const Where& where, fovea_error* error);
  // Adds a text after the step to `out`, which may be in front of the text itself. FOVEA_OK,
  // FOVEA_ARENA_TOO_SMALL or FOVEA_TOO_COMPLEX.
  fovea_code (*run)(const schema::Normalization& n, Text text, TextOutput* out);
};

}  // namespace fovea

struct fovea_caches {
  // The model's caches and states, and the bytes of these.
  fovea_code (*verify)(const fovea::schema::Model& model, fovea_error* error);
  uint64_t (*bytes)(const fovea::schema::Model& model);
  // Cache updates: their tables, and that a run at the maxima fits the context.
  fovea_code (*verify_updates)(const fovea::MethodCheck& c);
  // What an operator that attends to states reads was stored; what updates count was, too.
  fovea_code (*verify_attention)(const fovea::MethodCheck& c, uint32_t op);
  fovea_code (*verify_stored)(const fovea::MethodCheck& c);
  // The operator's states fit; what it stores to them counts.
  fovea_code (*check_states)(const fovea::Frame& f, const fovea::KeyValueShape& shape,
                             fovea_error* error);
  fovea_code (*check_update)(const fovea::Frame& f, const fovea::KeyValueShape& shape,
                             fovea_error* error);
  // Before a run: there is room. After it: lengths grow. Where it ended early, after `started`
  // operators had begun: what was replaced is gone.
  fovea_code (*start)(const fovea_session& s, const fovea::Frame& f, fovea_error* error);
  void (*commit)(const fovea_session& s, const fovea::Frame& f);
  void (*forget)(const fovea_session& s, const fovea::Frame& f, uint32_t started);
};

struct fovea_derived_dims {
  // A derived dim refers to earlier ones alone, and its maximum is what theirs make.
  fovea_code (*verify)(const fovea::schema::Model& model, uint32_t dim, fovea_error* error);
  // After the others were set. Fails where one would be 0.
  fovea_code (*derive)(const fovea::schema::Model& model, uint32_t* dims, fovea_error* error);
  // Whether extent `axis` of tensor `keys`, which follows a dim, is at least
  // floor((rows + 15 * batch) / 16) of the rows of tensor `x`, whatever the dims are.
  bool (*suffices)(const fovea::Frame& f, int32_t x, int32_t keys, uint32_t axis);
  // Whether the rows of tensor `y` are of a derived dim, which is floor((those of `x` + c) / d), or
  // as many of the dim that those of `x` are derived from.
  bool (*follows)(const fovea::Frame& f, int32_t y, int32_t x, int64_t c, uint32_t d);
  // Gives dims that are a constant this value.
  void (*set_constants)(const fovea::schema::Model& model, uint32_t* dims);
};

struct fovea_packed_rows {
  // The lengths are an input of as many numbers as there may be sequences.
  fovea_code (*verify)(const fovea::MethodCheck& c);
  // Where each sequence begins, once for a whole run.
  fovea_code (*start)(const fovea_session& s, const fovea::Frame& f, fovea_error* error);
};

struct fovea_texts {
  // Which features of texts the model's tokenizers need, as needs() says it.
  uint32_t (*needs)(const fovea::schema::Model& model);
  // What tokenizers and special tokens refer to exists.
  fovea_code (*verify)(const fovea::schema::Model& model, const fovea_operators& operators,
                       fovea::Steps* steps, fovea_error* error);
};

struct fovea_scored_merges {
  // Merges the `count` pieces in front of a room of kMergingRoom times as many. Returns how many
  // are left there.
  int32_t (*merge)(const fovea::Vocabulary& v, int32_t* room, int32_t count);
};

struct fovea_words {
  // What kinds of words have in common, then the kind's own. `rows`: ids that the model takes.
  fovea_code (*verify)(const fovea::schema::Tokenizer& t, const fovea_features& features,
                       uint32_t rows, fovea::Steps* steps, const fovea::Where& where,
                       fovea_error* error);
  // Numbers of 32 bits that encoding a text of `size` bytes takes at most; UINT64_MAX: too many.
  uint64_t (*room)(const fovea::schema::Tokenizer& t, uint64_t size);
  fovea_code (*encode)(const fovea::Encoding& job, fovea::Text text);
};

struct fovea_normalization : fovea::TextStep {};
struct fovea_text_matches : fovea::TextStep {};

struct fovea_escaped_spaces {
  fovea_code (*verify)(const fovea::schema::WordTables& words, const fovea::Where& where,
                       fovea_error* error);
  // Writes a word with its spaces as pieces have them; `first`: it is that which the text begins
  // with. False where it does not fit.
  bool (*write)(const fovea::schema::WordTables& words, fovea::Text word, bool first,
                fovea::TextOutput* out);
  // The bytes of a piece in a text. False where they do not fit.
  bool (*decode)(const fovea::schema::WordTables& words, fovea::Text piece, bool first,
                 fovea::TextOutput* out);
};

struct fovea_chat {
  // The joins of conversations.
  fovea_code (*verify)(const fovea::schema::Model& model, fovea_error* error);
};

struct fovea_word_piece : fovea::PieceMaker {};
struct fovea_ranked_merges : fovea::PieceMaker {};
struct fovea_unigram : fovea::PieceMaker {};
struct fovea_character_merges : fovea::PieceMaker {};

extern "C" {
#define FOVEA_FEATURE(name, words) extern const fovea_##name fovea_feature_##name;
#include "runtime/features.inc"
#undef FOVEA_FEATURE
}

namespace fovea {

// The features in the order of the list.
enum class Feature : uint32_t {
#define FOVEA_FEATURE(name, words) name,
#include "runtime/features.inc"
#undef FOVEA_FEATURE
};

inline uint32_t needed_if(bool needed, Feature feature) {
  return static_cast<uint32_t>(needed) << static_cast<uint32_t>(feature);
}

// Bit i: the model needs feature i of the list. Of any model whose FlatBuffer is well formed. What
// its texts need besides, fovea_texts.needs says, so that programs without texts have no code for
// it.
uint32_t needs(const schema::Model& model);

}  // namespace fovea

#endif  // FOVEA_RUNTIME_FEATURES_H_
