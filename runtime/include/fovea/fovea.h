/* fovea: attention models in fixed memory, with the same bits on every machine.
 *
 * The whole life of a model on a device:
 *
 *   fovea_open     checks the bytes of a .fovea file and refers to them in place
 *   fovea_arena    says how much memory a session takes, to the byte
 *   fovea_bind     makes a session inside memory that the caller owns
 *   fovea_input    where to put inputs
 *   fovea_run      computes
 *   fovea_output   where the outputs are
 *
 * Nothing here allocates, prints, aborts or throws. Every function that can fail returns a
 * fovea_code and, where `error` is not null, says more there; fovea_describe makes a sentence
 * of it. Null pointers and numbers out of range are refused, never followed: a null model has no
 * parts, a null session no row, dims or tokens. A session may be used by one thread at a time;
 * models are read-only and may be shared.
 */
#ifndef FOVEA_FOVEA_H_
#define FOVEA_FOVEA_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define FOVEA_NODISCARD __attribute__((warn_unused_result))
#define FOVEA_API __attribute__((visibility("default")))
#else
#define FOVEA_NODISCARD
#define FOVEA_API
#endif

/* ---- Errors ---------------------------------------------------------------------------- */

typedef enum fovea_code {
  FOVEA_OK = 0,

  /* The file is at fault. */
  FOVEA_NOT_A_MODEL = 1,        /* it does not begin as a .fovea file does */
  FOVEA_UNKNOWN_VERSION = 2,    /* its format (a) is newer than this library's (b) */
  FOVEA_TRUNCATED = 3,          /* it has fewer bytes (a) than it says (b) */
  FOVEA_BAD_CHECKSUM = 4,       /* its bytes have CRC a, it says b */
  FOVEA_BAD_STRUCTURE = 5,      /* its header is not a well-formed FlatBuffer */
  FOVEA_UNKNOWN_FEATURE = 6,    /* it needs a feature (index) that this library lacks, or (a not 0)
                                   member a of fovea_features, counted from 1 */
  FOVEA_BAD_VALUE = 7,          /* a field has the value a, allowed is up to b */
  FOVEA_BAD_SHAPE = 8,          /* a shape has the extent a where b is needed */
  FOVEA_BAD_PLAN = 9,           /* memory or lifetimes of tensors a and b collide */
  FOVEA_UNKNOWN_OPERATOR = 10,  /* operator kind a, or its weights' type b, is not linked in */
  FOVEA_UNKNOWN_REVISION = 11,  /* its arithmetic is revision a, this library computes revision b */
  FOVEA_NOT_STORED = 12,        /* keys or values may be read that no run has stored */
  FOVEA_CONTEXT_TOO_SMALL = 13, /* one run may store a tokens, the cache holds b */
  FOVEA_TOO_COMPLEX = 14,       /* its parts are shared or entangled more than its bytes explain */

  /* The caller is at fault. */
  FOVEA_BAD_ARGUMENT = 32,    /* a number a that may be b at most, an index a of b (count), or a
                                 null pointer (a and b are 0) */
  FOVEA_MISALIGNED = 33,      /* memory at an address that is a modulo the needed b */
  FOVEA_ARENA_TOO_SMALL = 34, /* a bytes given, b needed */
  FOVEA_NO_SUCH_NAME = 35,    /* the model has no method, input, output, dim or cache `name` */
  FOVEA_NO_SUCH_ROW = 36,     /* the build or the CPU lacks the instruction set `name` */
  FOVEA_WRONG_TYPE = 37,      /* element type a given, b needed */
  FOVEA_WRONG_SHAPE = 38,     /* extent a given, b needed */
  FOVEA_OUT_OF_RANGE = 39,    /* a value a in the data, allowed is below b */
  FOVEA_CONTEXT_FULL = 40,    /* a tokens would be stored, the context holds b */
  FOVEA_BAD_SAVED_STATE = 41, /* the bytes are not a saved state of this model, or (a not b) are
                                 damaged: they have CRC a and say b */
  FOVEA_BUSY = 42,            /* a sliced run is not finished */
  FOVEA_NO_PIECE = 43,        /* the character a (above 0x10FFFF: the byte a - 0x110000, which is
                                 no UTF-8) at byte b of a text has no piece */
  FOVEA_WRONG_LENGTHS = 44,   /* the lengths of packed sequences add up to a, their rows are b */
  FOVEA_NO_SUCH_TURN = 45,  /* a conversation's message a cannot be of the role `name` (without one:
                               the answer cannot stand there); b: join of what stands before */
  FOVEA_EMPTY_CONTENT = 46, /* a conversation's message a has nothing but white space */

  /* The machine is at fault. */
  FOVEA_WRONG_RESULT = 64 /* the fingerprint is a here and b where the model was made */
} fovea_code;

/* What an error concerns. */
typedef enum fovea_table {
  FOVEA_TABLE_FILE = 0,
  FOVEA_TABLE_MODEL,
  FOVEA_TABLE_DIM,
  FOVEA_TABLE_WEIGHT,
  FOVEA_TABLE_CACHE,
  FOVEA_TABLE_STATE,
  FOVEA_TABLE_METHOD,
  FOVEA_TABLE_TENSOR,   /* parent: the method */
  FOVEA_TABLE_OPERATOR, /* parent: the method */
  FOVEA_TABLE_UPDATE,   /* parent: the method */
  FOVEA_TABLE_TOKENIZER,
  FOVEA_TABLE_FINGERPRINT,
  FOVEA_TABLE_ARENA,
  FOVEA_TABLE_SESSION,
  FOVEA_TABLE_CHAT
} fovea_table;

typedef enum fovea_field {
  FOVEA_FIELD_NONE = 0,
  FOVEA_FIELD_PREAMBLE,
  FOVEA_FIELD_HEADER,
  FOVEA_FIELD_WEIGHTS,
  FOVEA_FIELD_NAME,
  FOVEA_FIELD_TYPE,
  FOVEA_FIELD_LAYOUT,
  FOVEA_FIELD_EXTENTS,
  FOVEA_FIELD_OFFSET,
  FOVEA_FIELD_SIZE,
  FOVEA_FIELD_INPUT,
  FOVEA_FIELD_OUTPUT,
  FOVEA_FIELD_WEIGHT,
  FOVEA_FIELD_STATE,
  FOVEA_FIELD_ATTRIBUTE,
  FOVEA_FIELD_LIFETIME,
  FOVEA_FIELD_COUNT,
  FOVEA_FIELD_STATE_MEMORY,
  FOVEA_FIELD_PLANNED_MEMORY,
  FOVEA_FIELD_SCRATCH_MEMORY,
  FOVEA_FIELD_SEQUENCE,
  FOVEA_FIELD_RING,
  FOVEA_FIELD_WINDOW,
  FOVEA_FIELD_KEPT
} fovea_field;

#define FOVEA_NAME_SIZE 32 /* with the zero that ends it */

typedef struct fovea_error {
  uint32_t code;              /* fovea_code */
  uint32_t table;             /* fovea_table */
  uint32_t parent;            /* the method that the item is part of, where it is part of one */
  uint32_t index;             /* of the item in its table */
  uint32_t field;             /* fovea_field */
  uint32_t slot;              /* which input, output, weight, extent or attribute of an operator */
  uint64_t a, b;              /* what was found, what is allowed: see fovea_code */
  char name[FOVEA_NAME_SIZE]; /* the wrong name that the caller gave, cut where it is longer */
} fovea_error;

/* ---- Models ---------------------------------------------------------------------------- */

typedef struct fovea_span {
  const void* data;
  size_t size;
} fovea_span;

/* Refers to the caller's bytes, which must stay as they are while it is in use. */
typedef struct fovea_model {
  uint64_t opaque[8];
} fovea_model;

/* What only some models need besides operators. Null: a build does without, and refuses models that
 * need it (FOVEA_UNKNOWN_FEATURE). */
typedef struct fovea_caches fovea_caches;               /* of keys and values */
typedef struct fovea_derived_dims fovea_derived_dims;   /* that follow from others */
typedef struct fovea_packed_rows fovea_packed_rows;     /* of several sequences */
typedef struct fovea_texts fovea_texts;                 /* tokenizers, special tokens */
typedef struct fovea_scored_merges fovea_scored_merges; /* a kind of tokenizer */
typedef struct fovea_words fovea_words;                 /* tokenizers that split texts into words */
typedef struct fovea_normalization fovea_normalization; /* of texts before that */
typedef struct fovea_word_piece fovea_word_piece;       /* a kind of tokenizer of words */
typedef struct fovea_ranked_merges fovea_ranked_merges; /* another */
typedef struct fovea_unigram fovea_unigram;             /* another */
typedef struct fovea_character_merges fovea_character_merges; /* another */
typedef struct fovea_text_matches fovea_text_matches;         /* patterns in normalisation */
typedef struct fovea_escaped_spaces fovea_escaped_spaces; /* spaces that pieces write otherwise */
typedef struct fovea_chat fovea_chat;                     /* conversations */
typedef struct fovea_features {
  const fovea_caches* caches;
  const fovea_derived_dims* derived_dims;
  const fovea_packed_rows* packed_rows;
  const fovea_texts* texts;
  const fovea_scored_merges* scored_merges;
  const fovea_words* words;
  const fovea_normalization* normalization;
  const fovea_word_piece* word_piece;
  const fovea_ranked_merges* ranked_merges;
  const fovea_unigram* unigram;
  const fovea_character_merges* character_merges;
  const fovea_text_matches* text_matches;
  const fovea_escaped_spaces* escaped_spaces;
  const fovea_chat* chat;
} fovea_features;

/* The operators and features that a build contains. `fovea firmware` writes what a model needs. */
typedef struct fovea_operator fovea_operator;
typedef struct fovea_operators {
  const fovea_operator* const* items;
  uint32_t count;
  fovea_features features;
} fovea_operators;
FOVEA_API extern const fovea_operators fovea_all_operators;

/* Checks a model completely, its weights' checksum apart. `header` is the file up to its
 * weights; `weights` the rest, in memory of its own. With `weights.data` null, `header` is the
 * whole file. Both must be aligned to 16 bytes (64 is faster). */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_open(fovea_span header, fovea_span weights,
                                                fovea_model* model, fovea_error* error);

/* The same with a choice of operators and features, so that a linker can drop all others. */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_open_with(const fovea_operators* operators,
                                                     fovea_span header, fovea_span weights,
                                                     fovea_model* model, fovea_error* error);

/* The length of a whole file from its first 64 bytes, in memory of any alignment; 0 where these are
 * not the beginning of a file that this library reads, or where `size` is below 64. fovea_open
 * wants a file's length exactly. Where a model lies in a flash partition that is longer than the
 * file and padded (with 0xff, say):
 *
 *   const uint64_t size = fovea_file_size(partition, partition_size);
 *   if (size == 0 || size > partition_size) return no_model();
 *   const fovea_span file = {partition, (size_t)size}, none = {NULL, 0};
 *   code = fovea_open(file, none, &model, &error);
 *
 * The number is what the bytes say; whether they are right is what fovea_open checks. */
FOVEA_API uint64_t fovea_file_size(const void* first64, size_t size);

/* Compares the weights with their checksum. Reads all of them. */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_check_weights(const fovea_model* model,
                                                         fovea_error* error);

/* Pixels are uint8. */
typedef enum fovea_type { FOVEA_FLOAT32 = 0, FOVEA_INT32 = 1, FOVEA_UINT8 = 7 } fovea_type;

#define FOVEA_MAX_RANK 8

/* An input or output: at maxima from fovea_input_info, at the present dims from fovea_input. */
typedef struct fovea_tensor {
  const char* name;
  void* data; /* null from the _info functions */
  uint64_t bytes;
  uint32_t type; /* fovea_type */
  uint32_t rank;
  uint32_t extents[FOVEA_MAX_RANK];
  int32_t dims[FOVEA_MAX_RANK]; /* which dim an extent follows, or -1 */
} fovea_tensor;

typedef struct fovea_dim {
  const char* name;
  uint32_t max;
  bool derived; /* it follows from other dims, and is not set */
} fovea_dim;

typedef struct fovea_cache {
  const char* name;
  uint32_t context;   /* tokens that a sequence may have, be it more than the cache has slots for */
  uint32_t sequences; /* sequences held side by side */
} fovea_cache;

/* Each counts or describes the parts of a model; an index past the end is FOVEA_BAD_ARGUMENT. */
FOVEA_API uint32_t fovea_method_count(const fovea_model* model);
FOVEA_API uint32_t fovea_dim_count(const fovea_model* model);
FOVEA_API uint32_t fovea_cache_count(const fovea_model* model);
FOVEA_API uint32_t fovea_input_count(const fovea_model* model, uint32_t method);
FOVEA_API uint32_t fovea_output_count(const fovea_model* model, uint32_t method);
FOVEA_API const char* fovea_method_name(const fovea_model* model, uint32_t method);
FOVEA_API FOVEA_NODISCARD fovea_code fovea_dim_info(const fovea_model* model, uint32_t index,
                                                    fovea_dim* out);
FOVEA_API FOVEA_NODISCARD fovea_code fovea_cache_info(const fovea_model* model, uint32_t index,
                                                      fovea_cache* out);
FOVEA_API FOVEA_NODISCARD fovea_code fovea_input_info(const fovea_model* model, uint32_t method,
                                                      uint32_t index, fovea_tensor* out);
FOVEA_API FOVEA_NODISCARD fovea_code fovea_output_info(const fovea_model* model, uint32_t method,
                                                       uint32_t index, fovea_tensor* out);
/* The index of a name, or -1. */
FOVEA_API int32_t fovea_find_method(const fovea_model* model, const char* name);
FOVEA_API int32_t fovea_find_dim(const fovea_model* model, const char* name);
FOVEA_API int32_t fovea_find_cache(const fovea_model* model, const char* name);
FOVEA_API uint32_t fovea_label_count(const fovea_model* model);
FOVEA_API const char* fovea_label(const fovea_model* model, uint32_t index); /* null past the end */

/* What makes a probability of a classifier's logits. */
typedef enum fovea_label_function {
  FOVEA_LABEL_SOFTMAX = 0, /* of all labels: just one is right */
  FOVEA_LABEL_SIGMOID,     /* of each: several may be right, or none */
  FOVEA_LABEL_IDENTITY     /* nothing does: the numbers are measures */
} fovea_label_function;
FOVEA_API fovea_label_function fovea_label_probability(const fovea_model* model);

/* ---- Memory ---------------------------------------------------------------------------- */

#define FOVEA_ALIGNMENT 64

/* Bytes by lifetime, multiples of 64. They depend on the file and the number of threads only. What
 * does not fit into 64 bits is UINT64_MAX. */
typedef struct fovea_memory {
  uint64_t state;   /* outlives runs: the session itself and its key-value caches */
  uint64_t planned; /* inputs, outputs and activations of one run */
  uint64_t scratch; /* each operator's own, for all threads */
  uint64_t total;
} fovea_memory;

FOVEA_API fovea_memory fovea_arena(const fovea_model* model, uint32_t threads);

typedef struct fovea_block {
  void* data;
  size_t size;
} fovea_block;

/* Where a session lives. Blocks are aligned to 64 bytes. With planned.data and scratch.data
 * null, `state` holds all three. */
typedef struct fovea_spans {
  fovea_block state;
  fovea_block planned;
  fovea_block scratch;
} fovea_spans;

/* ---- Sessions -------------------------------------------------------------------------- */

typedef struct fovea_session fovea_session;

typedef void (*fovea_task)(void* argument, uint32_t task, uint32_t worker);

/* How to run tasks side by side. `run` calls task(argument, i, worker) for every i in
 * [0, tasks), with worker in [0, workers) different for calls that overlap, and returns when all
 * have returned. All zeros: one thread. fovea/threads.h has one ready for hosted programs. Without
 * `run` there is one worker, with it at most FOVEA_MAX_WORKERS. */
#define FOVEA_MAX_WORKERS 1024

typedef struct fovea_executor {
  void* context;
  void (*run)(void* context, fovea_task task, void* argument, uint32_t tasks);
  uint32_t workers;
} fovea_executor;

typedef struct fovea_options {
  fovea_executor executor;
  const char* row; /* instruction set by name; null: the best that this CPU has */
} fovea_options;

/* Makes a session in the caller's memory. `options` may be null. The model's struct is copied;
 * the bytes it refers to, and the executor's context, must outlive the session. */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_bind(const fovea_model* model, fovea_spans memory,
                                                const fovea_options* options,
                                                fovea_session** session, fovea_error* error);

/* The name of the instruction set's kernels that the session runs; "" without a session. */
FOVEA_API const char* fovea_row(const fovea_session* session);

/* Dims begin at their maxima; a value is from 1 to the maximum. Derived dims follow, and refuse to
 * be set, and a value that would leave nothing of one. */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_set_dim(fovea_session* session, uint32_t dim,
                                                   uint32_t value, fovea_error* error);
/* 0 where there is no such dim. */
FOVEA_API uint32_t fovea_get_dim(const fovea_session* session, uint32_t dim);

/* An input or output of a method, at the present dims. Its data is row-major and contiguous.
 * Methods share memory: fill a method's inputs after any other method has run; outputs last until
 * the next run. Inputs are left as they are by a run of their own method. */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_input(fovea_session* session, uint32_t method,
                                                 const char* name, fovea_tensor* out,
                                                 fovea_error* error);
FOVEA_API FOVEA_NODISCARD fovea_code fovea_output(fovea_session* session, uint32_t method,
                                                  const char* name, fovea_tensor* out,
                                                  fovea_error* error);

/* Copies data into an input after comparing type and shape with what the present dims ask. */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_set_input(fovea_session* session, uint32_t method,
                                                     const char* name, uint32_t type, uint32_t rank,
                                                     const uint32_t* extents, const void* data,
                                                     fovea_error* error);

/* What a run has to do at least. */
typedef struct fovea_cost {
  uint64_t multiply_adds; /* of matrices and attention; other operators: 1 for each element made */
  uint64_t bytes;         /* of weights, cached keys and cached values to read */
} fovea_cost;

/* The cost of a run of a method at the present dims and positions, so that a caller can refuse it
 * (a file may ask for days). Of the inputs it looks at the lengths of packed sequences alone; until
 * they add up to the rows, all rows count as one sequence's. UINT64_MAX where a number does not
 * fit.
 */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_work(const fovea_session* session, uint32_t method,
                                                fovea_cost* out, fovea_error* error);

/* Runs a method. After an error the caches' lengths are as before the run, except that a cache
 * which the method replaces, and which it had begun to overwrite, is empty for the sequences that
 * the method concerns. */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_run(fovea_session* session, uint32_t method,
                                               fovea_error* error);

/* Runs at most `budget` tasks of a method and says whether it is finished; the next call goes on
 * where this one stopped. Tasks are pieces of an operator: at most 4 rows and 48 outputs of a
 * matrix, some 24 queries of the heads that share keys, and of anything else 4,096 elements or one
 * row. So the time of a task is bounded by the model's widths and the context, however many rows
 * and sequences a run has; a call looks at the ids or lengths of the operator that it goes on with
 * as well. Until it is finished only this function, for the same method, fovea_cancel, and what
 * only looks (positions, dims, fovea_work) are allowed; inputs, and all of the session's memory,
 * stay as they are. One thread. Same bits. fovea_cancel and an error end the run and leave the
 * caches as an error of fovea_run does.
 */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_run_for(fovea_session* session, uint32_t method,
                                                   uint32_t budget, bool* finished,
                                                   fovea_error* error);
FOVEA_API void fovea_cancel(fovea_session* session);

/* ---- Sequences in caches --------------------------------------------------------------- */

/* Tokens that a cache holds for a sequence; 0 where there is no such cache or sequence. */
FOVEA_API uint32_t fovea_position(const fovea_session* session, uint32_t cache, uint32_t sequence);
/* Forgets all tokens from `length` on. FOVEA_BAD_ARGUMENT where new tokens may have taken the slots
 * of those that the sequence would end with (a cache that is a ring): only 0 goes then. */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_truncate(fovea_session* session, uint32_t cache,
                                                    uint32_t sequence, uint32_t length,
                                                    fovea_error* error);
/* Empties all caches for a sequence. */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_reset(fovea_session* session, uint32_t sequence,
                                                 fovea_error* error);

/* Sequence i of a cache, i below `count` (64 at most), gets the tokens that sequence from[i] has;
 * several may have the same one. In place: nothing is kept of what nobody asks for. */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_arrange(fovea_session* session, uint32_t cache,
                                                   const uint32_t* from, uint32_t count,
                                                   fovea_error* error);

/* One sequence's caches as bytes, the same on every machine; only a session of the same model
 * takes them back, and only undamaged. Any sequence may be restored into any other. */
FOVEA_API uint64_t fovea_saved_size(const fovea_session* session, uint32_t sequence);
FOVEA_API FOVEA_NODISCARD fovea_code fovea_save(const fovea_session* session, uint32_t sequence,
                                                void* data, size_t size, fovea_error* error);
FOVEA_API FOVEA_NODISCARD fovea_code fovea_restore(fovea_session* session, uint32_t sequence,
                                                   const void* data, size_t size,
                                                   fovea_error* error);

/* ---- Proof and profile ----------------------------------------------------------------- */

typedef struct fovea_record {
  uint32_t method;
  uint32_t operator_index;
  const char* kind; /* "Linear", "Attention", ... */
  uint32_t crc;     /* CRC-32 of the outputs; 0 without checksums, and for StoreKeyValue */
  uint64_t start;   /* the clock before and after, 0 without one */
  uint64_t stop;
} fovea_record;

typedef struct fovea_trace {
  void* context;
  void (*record)(void* context, const fovea_record* record);
  uint64_t (*clock)(void* context); /* may be null */
  bool checksums;
} fovea_trace;

/* Calls back after every operator of fovea_run; null ends it. The struct must outlive its use. */
FOVEA_API void fovea_set_trace(fovea_session* session, const fovea_trace* trace);

/* Runs the inputs that the file carries and compares the outputs' checksums with those of the
 * machine that made the file. Empties all caches. FOVEA_OK where the file carries none. */
FOVEA_API FOVEA_NODISCARD fovea_code fovea_check_fingerprint(fovea_session* session,
                                                             fovea_error* error);

/* CRC-32 (IEEE 802.3) of bytes, continuing from `crc`; begin with 0. Null: no bytes. */
FOVEA_API uint32_t fovea_crc32(uint32_t crc, const void* data, size_t size);

/* Writes one line, ended by a zero, that says what is wrong, where and what to do; what does not
 * fit into `size` bytes is left out. `model` may be null; with one, names replace indices, and the
 * names that there are stand beside one that there is not. Bytes of names that a terminal would
 * obey are written as \x1B and the like. Returns the length of the whole line. */
FOVEA_API size_t fovea_describe(const fovea_model* model, const fovea_error* error, char* text,
                                size_t size);

#ifdef __cplusplus
}
#endif

#include "fovea/text.h"

#endif /* FOVEA_FOVEA_H_ */
