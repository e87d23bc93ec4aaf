// A random case of attention_f32 in natural layout, and what runs it on guarded memory.

#ifndef FOVEA_TESTS_KERNELS_ATTENTION_CASE_H_
#define FOVEA_TESTS_KERNELS_ATTENTION_CASE_H_

#include <string>
#include <utility>
#include <vector>

#include "tests/kernels/support.h"

namespace fovea::test {

struct AttentionShape {
  size_t rows, heads, key_width, value_width, keys, first;
  bool causal;
};

struct AttentionCase {
  AttentionShape shape;
  std::vector<float> query;   // [rows, heads, key_width]
  std::vector<float> keys;    // [keys, key_width]
  std::vector<float> values;  // [keys, value_width]
  float scale;

  AttentionCase(const AttentionShape& s, Random& random);

  // Keys that the queries of a row see.
  size_t limit(size_t row) const;

  // Rows [begin, end) in one call, on memory poisoned with NaN at random misalignments. Sets
  // `problem` if something was written outside.
  std::vector<float> run(const kernels::Kernels& row, Random& random, std::string* problem,
                         size_t begin, size_t end) const;
  std::vector<float> run(const kernels::Kernels& row, Random& random, std::string* problem) const {
    return run(row, random, problem, 0, shape.rows);
  }
};

// Rows [begin, end) of a case. The keys lie in runs [from, to), or in one.
struct AttentionPart {
  const AttentionCase* of;
  size_t begin, end;
  std::vector<std::pair<size_t, size_t>> runs = {};
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
