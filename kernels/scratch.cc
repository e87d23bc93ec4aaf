#include "kernels/scratch.h"

namespace fovea {
namespace kernels {
namespace {

constexpr uint64_t kAlignment = 16;  // floats: 64 bytes

uint64_t round_up(uint64_t n) {
  return (n + kAlignment - 1) / kAlignment * kAlignment;
}
uint64_t smaller(uint64_t a, uint64_t b) {
  return a < b ? a : b;
}

}  // namespace

AttentionSizes::AttentionSizes(uint64_t query_rows, uint64_t keys, uint64_t key_width,
                               uint64_t value_width) {
  const uint64_t rows = smaller(query_rows, kQueryBlock);
  score_stride = round_up(smaller(keys, kKeyBlock));
  out_stride = round_up(value_width);
  scores = rows * score_stride;
  out = rows * out_stride;
  query = round_up(rows * key_width);
  row = round_up(rows);
}

// No row needs any yet: sums stay in registers over the whole k.
uint64_t linear_scratch(uint64_t rows, uint64_t k) {
  (void)rows;
  (void)k;
  return 0;
}

uint64_t attention_scratch(uint64_t query_rows, uint64_t keys, uint64_t key_width,
                           uint64_t value_width) {
  return AttentionSizes(query_rows, keys, key_width, value_width).total() * sizeof(float);
}

ReportSizes::ReportSizes(uint64_t keys, bool weights, bool average) {
  const bool weighs = weights || average;
  row = round_up(kQueryBlock);
  kept_stride = round_up(keys);
  maxima = weighs ? (keys + kKeyBlock - 1) / kKeyBlock * row : 0;
  kept = weighs && !weights ? kQueryBlock * kept_stride : 0;
}

uint64_t attention_report_scratch(uint64_t keys, bool weights, bool average) {
  return ReportSizes(keys, weights, average).total() * sizeof(float);
}

uint64_t attention_part(uint64_t query_rows, uint64_t value_width) {
  return AttentionSizes(query_rows, 0, 0, value_width).part() * sizeof(float);
}

}  // namespace kernels
}  // namespace fovea
