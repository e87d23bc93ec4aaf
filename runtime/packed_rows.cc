// Packed rows of several sequences: linked only with models that have some.

#include "runtime/features.h"
#include "runtime/layout.h"
#include "runtime/session.h"
#include "runtime/verify_method.h"

namespace fovea {
namespace {

fovea_code verify_lengths(const MethodCheck& c) {
  const auto lengths = static_cast<uint32_t>(c.method.lengths());
  const Where where = {FOVEA_TABLE_METHOD, c.index, c.index};
  if (lengths >= c.tensors() || !c.is_input(lengths)) {
    return fail_at(c.error, FOVEA_BAD_VALUE, where, FOVEA_FIELD_SEQUENCE, lengths, 0);
  }
  const schema::Tensor& tensor = c.tensor(lengths);
  if (tensor.dtype() != schema::DType::Int32 || tensor.extents()->size() != 1) {
    return fail_at(c.error, FOVEA_BAD_SHAPE, where, FOVEA_FIELD_SEQUENCE, lengths, 1);
  }
  const auto count = static_cast<uint32_t>(tensor_bytes(c.model, tensor) / kElementBytes);
  FOVEA_TRY(check_at_most(count, c.model.sequences(), where, FOVEA_FIELD_SEQUENCE, c.error));
  return check_below(c.method.packed(), size_of(c.model.dims()), where, FOVEA_FIELD_EXTENTS,
                     c.error);
}

// Where each sequence begins in the method's packed rows, kept for the whole run: what a caller
// writes to the lengths between the slices of a run changes nothing.
fovea_code start_sequences(const fovea_session& s, const Frame& f, fovea_error* error) {
  const Rows lengths = f.rows(f.method->lengths());
  const uint32_t rows = f.dims[f.method->packed()];
  uint64_t sum = 0;
  for (uint32_t b = 0; b < lengths.width; ++b) {
    const int32_t length = lengths.i32()[b];
    if (length < 0) {
      return fail(error, FOVEA_OUT_OF_RANGE, f.where_length(b),
                  static_cast<uint64_t>(int64_t{length}), uint64_t{rows} + 1);
    }
    s.starts[b] = static_cast<uint32_t>(sum);
    sum += static_cast<uint32_t>(length);
  }
  s.starts[lengths.width] = rows;
  return sum == rows
             ? FOVEA_OK
             : fail(error, FOVEA_WRONG_LENGTHS, f.where_length(0).at(FOVEA_FIELD_NONE), sum, rows);
}

}  // namespace
}  // namespace fovea

extern "C" constexpr fovea_packed_rows fovea_feature_packed_rows = {fovea::verify_lengths,
                                                                    fovea::start_sequences};
extern "C" constexpr fovea_packed_rows fovea_trusted_packed_rows = {nullptr,
                                                                    fovea::start_sequences};
