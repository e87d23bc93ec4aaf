// A random case of attention in natural layout, and what runs it on guarded memory.

#ifndef FOVEA_TESTS_KERNELS_ATTENTION_CASE_H_
#define FOVEA_TESTS_KERNELS_ATTENTION_CASE_H_

#include <string>
#include <utility>
#include <vector>

#include "tests/kernels/support.h"
#include "tests/reference/attention_error.h"
#include "tests/reference/cached.h"

namespace fovea::test {

inline uint32_t narrow(size_t size) {
  return static_cast<uint32_t>(size);
}

struct AttentionShape {
  size_t rows, heads, key_width, value_width, keys, first;
  bool causal;
};

// What attention does to scores besides scaling them, and which keys it does not see: for
// kFormHeads heads in all, of which a case has some.
constexpr size_t kFormHeads = 12;
struct AttentionForm {
  kernels::Visibility visibility = {};
  float soft_cap = 0;
  std::vector<float> slopes, distances, sinks;  // [kFormHeads], [kFormHeads][2 * reach + 1]
  size_t reach = 0;
  bool relates = false, relates_keys = false;  // position queries; position keys
  bool meets_kept = false;                     // kept keys by other queries, instead of these
  size_t position_reach = 0;
  kernels::Mask mask = kernels::Mask::kNone;
  bool mask_by_row = false, mask_by_head = false;

  // Each part with a chance of a half, over about so many keys.
  static AttentionForm any(size_t keys, Random& random);
  bool plain() const;
};

struct AttentionCase {
  AttentionShape shape;
  AttentionForm form = {};
  size_t first_head = 0;
  std::vector<float> mask;    // [rows][heads][keys], or fewer rows and heads
  std::vector<int32_t> seen;  // the same
  // [kFormHeads][key_width][2 * position_reach + 1], or none
  std::vector<float> position_keys, position_queries;
  std::vector<float> query, kept_query;  // [rows, heads, key_width]; the second or none
  std::vector<float> keys;               // [keys, key_width]
  std::vector<float> values;             // [keys, value_width]
  float scale;
  // Codes of keys and values where these are codes; the numbers are what they stand for.
  CacheFormat format = CacheFormat::kF32;
  CachedCodes key_codes = {}, value_codes = {};

  AttentionCase(const AttentionShape& s, Random& random);
  AttentionCase(const AttentionShape& s, const AttentionForm& form, Random& random);

  // From here on keys and values are those that such a cache keeps.
  void keep_in(CacheFormat format);

  // What the reference is told of a row and head.
  Scores scores(size_t row, size_t head) const;
  size_t mask_at(size_t row, size_t head) const;
  void make_mask(Random& random);

  // Rows [begin, end) in one call, on memory poisoned with NaN at random misalignments. Sets
  // `problem` if something was written outside.
  std::vector<float> run(const kernels::Kernels& row, Random& random, std::string* problem,
                         size_t begin, size_t end) const;
  std::vector<float> run(const kernels::Kernels& row, Random& random, std::string* problem) const {
    return run(row, random, problem, 0, shape.rows);
  }
};

// All that attention tells of some heads and some rows of a case whose first head is 0.
struct Told {
  size_t first_head = 0, heads = SIZE_MAX;                   // or all of them
  std::vector<float> weights;                                // [rows][heads][keys]
  std::vector<float> entropy, effective, maximum, position;  // [rows][heads]
  std::vector<float> average;                                // [rows][keys]
  std::vector<float> average_entropy, average_effective;     // [rows]
  std::vector<float> scaled, capped, scores;                 // [rows][heads][keys]
  bool weighs = true, averages = true, scored = true;        // otherwise these stay empty

  std::vector<std::vector<float>*> all() {
    return {&weights,         &entropy,           &effective, &maximum, &position, &average,
            &average_entropy, &average_effective, &scaled,    &capped,  &scores};
  }
};

// Of any shape, form and format.
AttentionCase any_form(Random& random);

// Ends of runs: multiples of 16 below `keys`.
std::vector<size_t> random_cuts(size_t keys, Random& random);

// Query i, row by row and head by head, on its own over the keys that it sees. `drops` as below.
AttendedWithin exact(const AttentionCase& c, size_t i, const Drops* drops = nullptr);

// Rows [begin, end) of a case. The keys lie in runs [from, to), or in one.
struct AttentionPart {
  const AttentionCase* of;
  size_t begin, end;
  std::vector<std::pair<size_t, size_t>> runs = {};
  Told* told = nullptr;          // if it is asked for
  const Drops* drops = nullptr;  // but for head and query
};

// Parts of cases that differ in rows, keys and positions only, as the items of one call, likewise.
// The scratch memory has room for so many query rows, or for those of the largest part. `divided`:
// each key block on its own, the last one first; then parts have kQueryBlock query rows at most.
std::vector<std::vector<float>> run_together(const std::vector<AttentionPart>& parts,
                                             const kernels::Kernels& row, Random& random,
                                             std::string* problem, size_t scratch_rows,
                                             bool divided = false);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_KERNELS_ATTENTION_CASE_H_
