// How attention divides its scratch memory, in floats: the sizes that attention_scratch adds up
// and that every row uses.

#ifndef FOVEA_KERNELS_SCRATCH_H_
#define FOVEA_KERNELS_SCRATCH_H_

#include <cstddef>
#include <cstdint>

#include "kernels/kernels.h"

namespace fovea {
namespace kernels {

struct AttentionSizes {
  uint64_t score_stride, out_stride;  // floats per query row, multiples of 16
  uint64_t scores, out, query, row;   // floats of each part, multiples of 16
  AttentionSizes(uint64_t query_rows, uint64_t keys, uint64_t key_width, uint64_t value_width);
  uint64_t total() const { return scores + out + query + 4 * row; }
  uint64_t part() const { return out + 2 * row; }
};

// The same of attention_report_scratch(), for one block of query rows.
struct ReportSizes {
  uint64_t row;          // a number for each query row
  uint64_t kept_stride;  // from one query row's exponentials to the next one's
  uint64_t maxima;       // of each key block; 0 where no weights are wanted
  uint64_t kept;         // exponentials of all keys; 0 where they are kept in Report::weights
  ReportSizes(uint64_t keys, bool weights, bool average);
  uint64_t total() const { return 2 * row + maxima + kept; }
};

}  // namespace kernels
}  // namespace fovea

#endif  // FOVEA_KERNELS_SCRATCH_H_
