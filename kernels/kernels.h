// The arithmetic of fovea on raw pointers. Kernels know nothing of models, allocate nothing,
// keep no state and may work on any sub-range. Every rounding is defined in ARITHMETIC.md,
// so all rows (instruction sets) give the same bits.
//
// Unless a field says otherwise: pointers are to f32 and need the alignment of f32 only, weights
// (w, table, bias, gain) are aligned to 16 bytes, strides count elements, outputs do not alias
// inputs, nothing past the last element named by a shape is read or written. Pointers to void are
// to elements of the format (formats.inc) that the kernel's name ends with.

#ifndef FOVEA_KERNELS_KERNELS_H_
#define FOVEA_KERNELS_KERNELS_H_

#include <cstddef>
#include <cstdint>

#include "kernels/floats.h"
#include "kernels/layout.h"

namespace fovea {
namespace kernels {

inline constexpr uint32_t kArithmeticRevision = 2;
inline constexpr size_t kKeyBlock = 128;   // keys in a block of attention
inline constexpr size_t kQueryBlock = 24;  // query rows that attention works on at a time

enum class Function : uint8_t { kNone, kRelu, kSilu, kGeluErf, kGeluTanh, kTanh, kSigmoid };

// y[r] = the codes of x[r] (kernels/layout.h). A row with a NaN or an infinity is a NaN times
// zeros.
struct QuantizeF32 {
  const float* x;  // [rows, k], rows x_stride apart
  size_t x_stride;
  uint32_t*
      y;  // [rows, code_row_words(k)], or of groups [rows, group_row_words(k)], rows y_stride apart
  size_t y_stride;
  uint32_t rows, k;
};

struct FunctionF32;

// y[r, n] = function(bias[n] + sum over k of x[r, k] * w[n, k]) + residual[r, n]. Where w is codes,
// so is x: rows of code_row_words(k) words, those of groups of group_row_words(k), of which
// x_stride counts any, and k is at most kMostCodes.
struct Linear {
  const float* x;  // [rows, k], rows x_stride apart
  size_t x_stride;
  const void* w;          // panels [ceil(outputs / 16)][k][16], or of codes
  const float* bias;      // [outputs rounded up to 16], or null for zeros
  const float* residual;  // [rows, outputs], rows residual_stride apart, or null; may be y
  size_t residual_stride;
  float* y;  // [rows, outputs], rows y_stride apart
  size_t y_stride;
  uint32_t rows, k, outputs;
  Function function;
  float* scratch;  // linear_scratch(rows, k) bytes, aligned to 64
  // The kernel function_f32, by which a build for a single instruction set applies functions
  // besides none and ReLU: called through here, so that firmware links it only where it is used.
  // (Without an initializer here, the compiler warns of a list that forgets it.)
  void (*apply)(const FunctionF32& args);
};

// y[r, n] = function(gate bias[n] + x[r] . gate[n]) * (up bias[n] + x[r] . up[n]). Codes as in
// Linear.
struct GatedLinear {
  const float* x;  // [rows, k], rows x_stride apart
  size_t x_stride;
  const void* w;      // panels [ceil(outputs / 16)][gate, up][k][16]
  const float* bias;  // [ceil(outputs / 16)][gate, up][16], or null for zeros
  float* y;           // [rows, outputs], rows y_stride apart
  size_t y_stride;
  uint32_t rows, k, outputs;
  Function function;
};

// y[r] = table[ids[r]] * scale.
struct Embedding {
  const void*
      table;  // [ids, width], or panels [ceil(ids / 16)][width][16], or rows or panels of codes
  const int32_t* ids;  // [rows], rows of the table
  float* y;            // [rows, width], rows y_stride apart
  size_t y_stride;
  uint32_t rows, width;
  bool in_panels;
  float scale;
};

// Layer norm: y = (x - mean) / sqrt(variance + epsilon) * gain + bias (Ba et al. 2016).
// RMS norm: y = x / sqrt(mean of squares + epsilon) * gain (Zhang and Sennrich 2019); no bias.
struct NormF32 {
  const float* x;  // [rows, width], rows x_stride apart
  size_t x_stride;
  const float* gain;  // [width]
  const float* bias;  // [width]; null for RMS norm
  float* y;           // [rows, width], rows y_stride apart; may be x
  size_t y_stride;
  uint32_t rows, width;
  float epsilon;
};

// table[r] = the cosines, then the sines of position * inverse_frequencies[i], times `factor`. Row
// r has position first_position + r. Accurate for angles up to 2^24.
struct RotaryTableF32 {
  const float* inverse_frequencies;  // [pairs]
  float* table;                      // [rows, 2, pairs], rows table_stride apart
  size_t table_stride;
  uint32_t rows, pairs;
  uint32_t first_position;
  float factor;
};

// Rotates pairs of every head by the angles of such a table (Su et al. 2021), in place.
struct RotaryF32 {
  float* x;  // [rows, heads, head_width], rows x_stride apart
  size_t x_stride;
  const float* table;  // [rows, 2, pairs], rows table_stride apart; 2 * pairs <= head_width
  size_t table_stride;
  uint32_t rows, heads, head_width, pairs;
  bool interleaved;  // pairs are (2i, 2i + 1), otherwise (i, i + pairs)
};

// Writes rows of keys into dim-major blocks: keys[h][slot / 16][d][slot % 16] = x[r][h][d] with
// slot = first_slot + r. Other lanes of a block are left alone. Codes become those of the row of a
// head, and their number goes behind the block (C8 in formats.h); head_stride counts elements.
struct StoreKeys {
  const float* x;  // [rows, heads, width], rows x_stride apart
  size_t x_stride;
  void* keys;  // [heads][capacity / 16][width][16], heads head_stride apart
  size_t head_stride;
  uint32_t rows, heads, width;
  uint32_t first_slot;
};

// values[h][slot][j] = x[r][h][j], likewise. Those of f32 are copied without a kernel.
struct StoreValues {
  const float* x;  // [rows, heads, width], rows x_stride apart
  size_t x_stride;
  void* values;  // [heads][capacity][width], heads head_stride apart
  size_t head_stride;
  uint32_t rows, heads, width;
  uint32_t first_slot;
};

// What all items of an attention have in common.
struct AttentionShape {
  uint32_t heads;  // of the query, that share a key-value head
  uint32_t key_width, value_width;
  size_t query_stride, value_stride, y_stride;  // from row to row
};

// Keys and values of consecutive positions.
struct KeyRun {
  const void* keys;    // [ceil(count / 16)][key_width][16]; lanes past count change nothing
  const void* values;  // [count][value_width], rows value_stride apart
  uint32_t position;   // of the first key, a multiple of 16
  uint32_t count;      // a multiple of 16 but in the last run
};

// Where the keys of an item lie: in up to three runs, of ascending positions. Two are what a ring
// of slots holds after its end, and one before them what it keeps of the beginning.
struct KeySegments {
  KeyRun runs[3];
  uint32_t count;

  // The position after the last key.
  size_t end() const { return size_t{runs[count - 1].position} + runs[count - 1].count; }
  // Whether these are the keys from position 0 on.
  bool whole() const { return count == 1 && runs[0].position == 0; }
};

// Which keys a query at position p sees: those from p - before to p + after, and of the first
// `kept` those up to p + after (the attention sinks of Xiao et al. 2023). Causal: `after` is 0. A
// query that sees none gives zeros.
struct Visibility {
  static constexpr uint32_t kAll = UINT32_MAX;
  uint32_t before = kAll, after = kAll;
  uint32_t kept = 0;
};

enum class Mask : uint8_t {
  kNone,
  kAdded,   // f32, added to the scores
  kHidden,  // int32: keys that are 0 are not seen
};

// What a mask does to the scores of some rows and keys: most blocks of most masks are of one value.
enum class Masking : uint8_t { kLeaves, kHides, kDiffers };

struct AdjustF32;
struct AttentionF32;
struct RelateF32;
struct ScoresF32;

// How scores are made of scale * query . key: soft_cap * tanh(score / soft_cap) of that where it is
// > 0 (Gemma Team 2024), then what is added to it. Heads are those of the whole operator.
struct Scoring {
  // The kernel adjust_f32: called through here, so that firmware links it only where it is used.
  void (*adjust)(const AdjustF32& args);
  float soft_cap;
  // [heads], or null: slopes[head] * (key position - query position) (ALiBi, Press et al. 2022).
  const float* slopes;
  // [heads][2 * reach + 1], or null: what is added by the distance of a key from its query, -reach
  // to reach; keys farther away get the first or the last (Raffel et al. 2020).
  const float* distances;
  uint32_t reach;
  // The kernel relate of the keys' format, or meet_kept of it, called likewise before all of this;
  // null where there is nothing for them.
  void (*relate)(const RelateF32& args);
  // [heads][key_width][2 * position_reach + 1], or null: a key, and a query, for every distance of
  // a key from its query as above. Query times position key, and key times position query, are
  // added to query times key before these are scaled (DeBERTa, He et al. 2021).
  const float *position_keys, *position_queries;
  uint32_t position_reach;
  // From row to row of AttentionItem::kept_query.
  size_t kept_query_stride;
  // [heads], or null: the score of no key, which takes its share of the weights (OpenAI 2025).
  const float* sinks;
  Mask mask;
  size_t mask_row_stride, mask_head_stride;  // elements; 0: one for all

  // Whether scores change by more than what a mask or a window hides.
  bool moves() const { return soft_cap > 0 || slopes != nullptr || distances != nullptr; }
  // Whether they change besides those that a window hides.
  bool changes() const { return moves() || mask != Mask::kNone; }
};

// What attention tells of its weights, whose rounding ARITHMETIC.md defines: each null or of some
// heads, and of the rows that report_row counts. A key that a query does not see weighs 0.
struct Report {
  uint32_t first_head;  // of the whole operator: what it tells of
  uint32_t heads;       // and how many
  uint32_t plane_rows;  // of `weights` and the scores
  size_t keys;          // positions that a row has room for
  // [rows / plane_rows][heads][plane_rows][keys], written for keys that some row of a block sees.
  float* weights;
  float *entropy, *effective;  // [rows][heads], in nats; exp of it, 0 where there is nothing to see
  float *maximum, *position;   // [rows][heads]: of the largest score, the first of several; 0, -1
  // [rows][keys], the average over heads: first zeros, to which items add in the order of heads.
  // Whoever asks for the others asks for it.
  float* average;
  float *average_entropy, *average_effective;  // [rows]
  float* scratch;                              // attention_report_scratch() bytes, aligned to 64
  // The kernel scores_f32, called through here, as Scoring's: null where the next are. They are as
  // `weights`, and keys that a query's position does not show it are -inf: scores that are only
  // scaled, those after the soft cap, and those that weights are made of.
  void (*tell_scores)(const ScoresF32& args);
  float *scaled, *capped, *scores;
};

// Weights that become 0, after what Report tells; the others are multiplied by `factor`. A key's
// number is that of a generator by `seed`, `pass`, `layer`, the head of the whole operator, and the
// positions of query and key (ARITHMETIC.md): it goes where this is below `cut`, both signed.
struct Dropout {
  uint32_t seed, pass, layer;
  int32_t cut;
  float factor;
};

// Query heads that share one key-value head, of one sequence.
struct AttentionItem {
  const float* query;  // [rows][heads][key_width]: rows query_stride, heads key_width apart
  float* y;            // [rows][heads][value_width]: rows y_stride, heads value_width apart
  uint32_t rows, first_position;
  uint32_t first_head;  // in the lists of Scoring
  const void* mask;     // of the first row and head: an element for each position of keys
  size_t report_row;    // of the first row, in what Report tells
  KeySegments keys;
  const float* kept_query;  // as `query`, rows Scoring::kept_query_stride apart
};

// Scores of some query rows against keys of consecutive positions, times log2(e): what Scoring
// says, and -inf for those before a query that it does not see. Without scores it only looks at the
// mask.
struct AdjustF32 {
  const AttentionF32* of;
  const AttentionItem* item;
  uint32_t first, count;    // of the item's rows * heads
  uint32_t key, key_count;  // position of the first key; 128 keys at most
  float* scores;            // [count][key_count], in whole panels, rows score_stride apart; or null
  size_t score_stride;
  Masking* masking;  // set without scores, read with them
};

// What the distances between some query rows and keys of consecutive positions add to their scores,
// times log2(e): of Scoring's position keys and position queries. meet_kept_f32 instead makes the
// scores of kept keys those of the item's kept query.
struct RelateF32 {
  const AttentionF32* of;
  const AttentionItem* item;
  uint32_t first, count;    // of the item's rows * heads
  const float* query;       // [count][key_width], multiplied by scale * log2(e)
  const void* keys;         // [ceil(key_count / 16)][key_width][16]
  uint32_t key, key_count;  // position of the first key
  float* scores;            // [count][key_count], in whole panels: rows score_stride apart
  size_t score_stride;
};

// Scores of some query rows and keys of consecutive positions, times log2(e), to be told: when they
// are scaled only, and when they are what weights are made of.
struct ScoresF32 {
  const AttentionF32* of;
  const AttentionItem* item;
  uint32_t first, count;    // of the item's rows * heads
  uint32_t key, key_count;  // position of the first key
  const float* scores;      // [count][key_count], rows score_stride apart
  size_t score_stride;
  bool complete;
};

// Scaled dot-product attention (Vaswani et al. 2017), in blocks of kKeyBlock keys by position. Keys
// and values are of the format that the kernel's name ends with (caches.inc).
struct AttentionF32 {
  const AttentionItem* items;  // [count]
  uint32_t count;
  AttentionShape shape;
  Visibility visibility;
  float scale;  // of scores, usually 1 / sqrt(key_width)
  // Null where scores are scaled only and queries see all keys up to their position + after.
  const Scoring* scoring;
  // Null, or what attention leaves all to, of its format: the kernel report where there is a
  // report, dropout where there is dropout, with or without one. Called through here, as Scoring's.
  // No key blocks are divided.
  void (*attend)(const AttentionF32& args);
  const Report* report;    // or null
  const Dropout* dropout;  // or null
  // At least attention_scratch(rows * heads, keys.end(), key_width, value_width) bytes for the most
  // rows and keys of any item. With more, items of few rows and keys are worked on together.
  float* scratch;
  uint64_t scratch_bytes;
};

// One item of attention, of at most kQueryBlock query rows, whose key blocks are divided: what
// becomes of a block depends on no other. attention_parts makes the parts of blocks `first` to
// first + count, attention_merge makes y of those from 0 on, with the bits of attention.
struct AttentionPartsF32 {
  AttentionF32 whole;
  float* parts;  // of each block attention_part(rows * heads, value_width) bytes, aligned to 64
  uint32_t first, count;
};

// y = function(x), elementwise.
struct FunctionF32 {
  const float* x;  // [count]
  float* y;        // [count]; may be x
  size_t count;
  Function function;
};

enum class BinaryKind : uint8_t { kAdd, kSubtract, kMultiply };

// y = a (op) b, elementwise; b repeats for every row where b_stride is 0.
struct BinaryF32 {
  const float* a;  // [rows, width], rows a_stride apart
  size_t a_stride;
  const float* b;  // [rows, width], rows b_stride apart
  size_t b_stride;
  float* y;  // [rows, width], rows y_stride apart; may be a or b
  size_t y_stride;
  uint32_t rows, width;
  BinaryKind kind;
};

// y[r, c] = bias[c] + sum over taps (k, l), line by line, of x[r + tap (k, l), c] * w[k, l, c].
struct DepthwiseF32 {
  const float* x;        // [width], the first tap of row 0; that of each row x_stride on
  size_t x_stride;       // between rows
  size_t x_line, x_tap;  // between taps one above the other, and side by side
  const float* w;        // [width rounded up to 16], of the first tap
  size_t w_line, w_tap;  // the same
  const float* bias;     // [width rounded up to 16], or null for zeros
  float* y;              // [rows, width], rows y_stride apart; not x
  size_t y_stride;
  uint32_t rows, width;
  uint32_t high, wide;  // taps; none: y is the bias
};

// y = factor * x + y, elementwise, rounded once.
struct AddScaledF32 {
  const float* x;  // [count]
  float* y;        // [count]
  size_t count;
  float factor;
};

// y = function(gate) * up of one row of sums. Where limit > 0 it is gate * sigmoid(alpha * gate) *
// (up + 1) of a gate that is at most `limit` and an `up` within -limit and limit (OpenAI 2025).
struct GateF32 {
  const float* sums;  // [ceil(outputs / 16)][gate, up][16]
  float* y;           // [outputs]
  size_t outputs;
  Function function;
  float limit, alpha;
};

// y[r] = exp(x[r] - max(x[r])) / sum. A row of -inf only gives zeros.
struct SoftmaxF32 {
  const float* x;  // [rows, width], rows x_stride apart
  size_t x_stride;
  float* y;  // [rows, width], rows y_stride apart; may be x
  size_t y_stride;
  uint32_t rows, width;
};

// Work that measures the processor's limits; kernels/limits.h turns it into figures.
// multiply_add_limit does at least `count` multiply-adds of x[0] and x[1] in registers, code_limit
// as many of codes, without looking at x; read_limit reads x[0] to x[count - 1], but for a few at
// the end. All leave unspecified values in y[0..15].
struct LimitF32 {
  const float* x;
  float* y;
  size_t count;
};

// Scratch in bytes, multiples of 64, the same for every row (instruction set). Monotonic in every
// argument, so the size at a model's maxima serves all smaller runs.
uint64_t linear_scratch(uint64_t rows, uint64_t k);
uint64_t attention_scratch(uint64_t query_rows, uint64_t keys, uint64_t key_width,
                           uint64_t value_width);
// Bytes of Report::scratch over at most so many keys, where Report::weights or Report::average are
// wanted; for other reports keys take no room.
uint64_t attention_report_scratch(uint64_t keys, bool weights, bool average);
// Bytes of the result of one key block.
uint64_t attention_part(uint64_t query_rows, uint64_t value_width);

// One row: a name and a pointer to each kernel of kernels.inc.
#if defined(FOVEA_SINGLE_ISA)
// A build for one instruction set calls its kernels directly, so that a linker keeps only
// those that are used.
namespace FOVEA_SINGLE_ISA {
#define FOVEA_KERNEL(name, Args) void name(const Args& args);
#include "kernels/kernels.inc"
#undef FOVEA_KERNEL
}  // namespace FOVEA_SINGLE_ISA
struct Kernels {
  const char* name;
#define FOVEA_KERNEL(name, Args)       \
  static void name(const Args& args) { \
    FOVEA_SINGLE_ISA::name(args);      \
  }
#include "kernels/kernels.inc"
#undef FOVEA_KERNEL
};
#else
struct Kernels {
  const char* name;
#define FOVEA_KERNEL(name, Args) void (*name)(const Args& args);
#include "kernels/kernels.inc"
#undef FOVEA_KERNEL
};
#endif

// The rows compiled into this library that give the bits of ARITHMETIC.md, fastest first, ended by
// null.
const Kernels* const* compiled_rows();

// Whether this CPU (and operating system) can run the row.
bool cpu_has(const Kernels& row);

// The row of that name, or the fastest of compiled_rows() that this CPU has where name is null.
// Null where the build or the CPU lacks it. The name neon32 finds the row of FOVEA_ARMV7_NEON,
// which flushes subnormal floats and so is not among compiled_rows().
const Kernels* select_row(const char* name);

}  // namespace kernels
}  // namespace fovea

#endif  // FOVEA_KERNELS_KERNELS_H_
