/* Texts: special tokens, tokenizers, conversations. Part of fovea.h, whose rules hold here. */
#ifndef FOVEA_TEXT_H_
#define FOVEA_TEXT_H_

#include "fovea/fovea.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fovea_special_tokens {
  int32_t bos, eos, pad, unknown; /* the first of each kind; -1: none */
  uint32_t vocabulary;            /* pieces; a model may have more ids, which have no text */
} fovea_special_tokens;

typedef enum fovea_special {
  FOVEA_SPECIAL_BEGIN = 0, /* stand before a text, in this order */
  FOVEA_SPECIAL_END,       /* each of them ends a text */
  FOVEA_SPECIAL_PADDING,
  /* Of a decoder that writes what an encoder read: */
  FOVEA_SPECIAL_START,           /* it reads these before it gives its first token */
  FOVEA_SPECIAL_FORCED,          /* then it gives these, whatever its logits say */
  FOVEA_SPECIAL_FORCED_LAST,     /* the first of these comes last where it may not go on */
  FOVEA_SPECIAL_SUPPRESSED,      /* it never gives these */
  FOVEA_SPECIAL_SUPPRESSED_FIRST /* nor these as its first token */
} fovea_special;

/* All special ids of one kind, also where the file has no tokenizer. They lie in the file; null
 * where there are none. `count` may be null. */
FOVEA_API const int32_t* fovea_special_ids(const fovea_model* model, fovea_special kind,
                                           uint32_t* count);
/* Whether a text ends with this id. */
FOVEA_API bool fovea_is_end(const fovea_model* model, int32_t id);

typedef enum fovea_stopping {
  FOVEA_STOP_LIKELY =
      0,              /* where the best beam, as long as it is now, is worse than all texts found */
  FOVEA_STOP_AT_ONCE, /* as soon as there are as many texts as beams */
  FOVEA_STOP_NEVER    /* where no beam can become better than the worst text found */
} fovea_stopping;

/* How a decoder that writes what an encoder read looks for the likeliest text. A text's score is
 * the sum of its tokens' logarithms divided by how many it has ^ length_penalty. */
typedef struct fovea_search {
  uint32_t beams;
  float length_penalty;
  fovea_stopping stopping;
  uint32_t no_repeat; /* so many tokens in a row come only once; 0: they may come again */
  uint32_t least;     /* tokens that a text has before it ends, FOVEA_SPECIAL_START included */
  uint32_t most;      /* tokens at most, the same; 0: any */
  float repetition_penalty;
} fovea_search;

/* What the file says of it: one beam and nothing else where it says nothing. */
FOVEA_API fovea_search fovea_search_settings(const fovea_model* model);

/* The index of a tokenizer in the file ("text", "source", "target"), or -1. */
FOVEA_API int32_t fovea_find_tokenizer(const fovea_model* model, const char* name);
FOVEA_API FOVEA_NODISCARD fovea_code fovea_tokenizer_info(const fovea_model* model,
                                                          uint32_t tokenizer,
                                                          fovea_special_tokens* out);
/* Ids that fovea_encode needs room for, given a text of `size` bytes, with a tokenizer that takes
 * texts as they are: those of llama2.c, and those of single characters. */
#define FOVEA_ENCODE_ROOM(size) (4 * ((size_t)(size) + 1))
/* The same with any tokenizer, and what fovea_tokenize needs, given texts of `size` bytes together.
 * A text may get longer before it is split, and stray bytes do: the file says what the worst one
 * takes, of which most need little. SIZE_MAX where there is no such tokenizer or the number is too
 * large. */
FOVEA_API size_t fovea_encode_room(const fovea_model* model, uint32_t tokenizer, size_t size);
/* UTF-8 text to token ids: nothing is put around it, and special tokens that it spells are text.
 * The array is also where it works: with a `capacity` of fovea_encode_room it always suffices.
 * Takes time in proportion to n log n. */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_encode(const fovea_model* model, uint32_t tokenizer,
                                                  const char* text, size_t size, int32_t* ids,
                                                  size_t capacity, size_t* count,
                                                  fovea_error* error);

typedef enum fovea_text_flag {
  FOVEA_TEXT_SPECIAL = 1, /* special tokens that a text spells, such as [MASK], are these tokens: of
                             texts that nobody but the program wrote */
  FOVEA_TEXT_BARE = 2,    /* nothing is put around */
  FOVEA_TEXT_WHOLE = 4    /* nothing is cut off: it may be more than the model was made for */
} fovea_text_flag;

/* What fovea_tokenize is given, and what it gives. */
typedef struct fovea_tokens {
  int32_t* ids;          /* [capacity]: ids come out at the front, and it works here */
  size_t capacity;       /* fovea_encode_room always suffices */
  int32_t* types;        /* [types_capacity], or null: of which text each token is, 0 or 1 */
  size_t types_capacity; /* enough for as many as come out */
  size_t limit; /* ids at most; 0: as many as the model was made for, which is never exceeded */
  size_t count; /* out: how many there are */
  bool cut;     /* out: the texts had more */
} fovea_tokens;

/* What a model was trained to take of one text, or of two (`count`) that it compares: their tokens
 * with those that stand around them. Where they are too many, tokens are left out at a text's end,
 * of two texts the longer one's first. `flags`: of fovea_text_flag. FOVEA_BAD_ARGUMENT where the
 * limit does not leave room for what stands around; FOVEA_WRONG_SHAPE for two texts where the model
 * takes one. */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_tokenize(const fovea_model* model, uint32_t tokenizer,
                                                    const fovea_span* texts, uint32_t count,
                                                    uint32_t flags, fovea_tokens* tokens,
                                                    fovea_error* error);
/* The bytes of one token as they continue a text that ends with `previous` (-1, or the token that
 * begins a text: nothing is before it). `text` needs 64 bytes, or those of the longest piece and
 * one more. A token may end within a character. FOVEA_OUT_OF_RANGE for an id that has no piece. */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_decode(const fovea_model* model, uint32_t tokenizer,
                                                  int32_t previous, int32_t id, char* text,
                                                  size_t capacity, size_t* size,
                                                  fovea_error* error);

/* ---- Conversations --------------------------------------------------------------------- */

/* The role of what the model answers, such as "assistant"; null: the file does not say how the
 * model is talked to, and no role is allowed below. */
FOVEA_API const char* fovea_chat_role(const fovea_model* model);
/* Why it does not, in words; null where nobody has written that. */
FOVEA_API const char* fovea_chat_missing(const fovea_model* model);

/* What somebody says. Special tokens that a content spells are text. */
typedef struct fovea_message {
  const char* role; /* "system", "user", "assistant": as the model has them */
  fovea_span content;
} fovea_message;

/* The UTF-8 that stands between a content of the role `after` (null: nothing, the conversation
 * begins) and one of the role `before` (null: the answer). It lies in the file. FOVEA_NO_SUCH_TURN
 * where the model was not made for this order. */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_chat_join(const fovea_model* model, const char* after,
                                                     const char* before, fovea_span* text,
                                                     fovea_error* error);
/* Ids that fovea_chat_tokenize needs room for. SIZE_MAX where it would refuse the messages. */
FOVEA_API size_t fovea_chat_room(const fovea_model* model, const char* after,
                                 const fovea_message* messages, uint32_t count);
/* What a model is given of messages, up to where its answer begins: ids of the contents and of what
 * stands around them. `after` is the role of what its caches hold already: null where they are
 * empty, fovea_chat_role behind an answer. The token that ended the answer is among what is given
 * then, so that nobody feeds it before. The array is also where it works. FOVEA_NO_SUCH_TURN as
 * above; FOVEA_EMPTY_CONTENT where the model's template has no place for a message without a
 * content. */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_chat_tokenize(
    const fovea_model* model, const char* after, const fovea_message* messages, uint32_t count,
    int32_t* ids, size_t capacity, size_t* ids_count, fovea_error* error);
/* Whether an answer ends with this id: it ends a text, or it is the token that stands first behind
 * an answer. */
FOVEA_API bool fovea_chat_is_end(const fovea_model* model, int32_t id);

#ifdef __cplusplus
}
#endif

#endif /* FOVEA_TEXT_H_ */
