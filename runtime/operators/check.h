// Checks that several operators share. Each returns a code and says in `error` which input, output,
// weight or attribute is wrong.

#ifndef FOVEA_RUNTIME_OPERATORS_CHECK_H_
#define FOVEA_RUNTIME_OPERATORS_CHECK_H_

#include "runtime/definition.h"
#include "runtime/layout.h"
#include "runtime/operators/cost.h"
#include "runtime/operators/sequences.h"

namespace fovea {

// One of an operator's operands, in a register.
enum class Place : uint32_t {};
constexpr Place part_of(fovea_field field, uint32_t slot) {
  return static_cast<Place>(static_cast<uint32_t>(field) | slot << 8);
}
inline Where where_of(const Frame& frame, Place part) {
  const uint32_t bits = static_cast<uint32_t>(part);
  return frame.where(static_cast<fovea_field>(bits & 0xFF), bits >> 8);
}

FOVEA_SMALL fovea_code check_equal64(const Frame& frame, Place part, uint64_t found,
                                     uint64_t needed, fovea_error* error) {
  return found == needed ? FOVEA_OK
                         : fail(error, FOVEA_BAD_SHAPE, where_of(frame, part), found, needed);
}
FOVEA_SMALL fovea_code check_equal32(const Frame& frame, Place part, uint32_t found,
                                     uint32_t needed, fovea_error* error) {
  return check_equal64(frame, part, found, needed, error);
}
template <class A, class B>
fovea_code check_equal(const Frame& frame, fovea_field field, uint32_t slot, A found, B needed,
                       fovea_error* error) {
  if constexpr (kNarrow<A, B>) {
    return check_equal32(frame, part_of(field, slot), static_cast<uint32_t>(found),
                         static_cast<uint32_t>(needed), error);
  } else {
    return check_equal64(frame, part_of(field, slot), found, needed, error);
  }
}

FOVEA_SMALL fovea_code check_within32(const Frame& frame, Place part, uint32_t value,
                                      uint32_t least, uint32_t most, fovea_error* error) {
  return value >= least && value <= most
             ? FOVEA_OK
             : fail(error, FOVEA_BAD_VALUE, where_of(frame, part), value, most);
}
// Something that concerns the operand has a value within [least, most].
template <class A, class B, class C>
fovea_code check_within(const Frame& frame, Place part, A value, B least, C most,
                        fovea_error* error) {
  static_assert(kNarrow<A, B, C>);
  return check_within32(frame, part, static_cast<uint32_t>(value), static_cast<uint32_t>(least),
                        static_cast<uint32_t>(most), error);
}

// The slot of an attribute in an error, by the schema's VT_NAME: which field of the operator's
// table, which one of the table that this is, counted from 1, and the operator's kind, from 65536
// on.
template <class Table>
constexpr uint32_t attribute(uint32_t field) {
  return (field - 4) / 2 | static_cast<uint32_t>(schema::AttributesTraits<Table>::enum_value) << 16;
}
template <class Table>
constexpr uint32_t attribute(uint32_t field, uint32_t inner) {
  return attribute<Table>(field) | (inner - 2) / 2 << 8;
}
inline Where where_attribute(const Frame& frame, uint32_t slot) {
  return frame.where(FOVEA_FIELD_ATTRIBUTE, slot);
}

// The attribute has a value within [least, most].
template <class A, class B, class C>
fovea_code check_attribute(const Frame& frame, uint32_t slot, A value, B least, C most,
                           fovea_error* error) {
  return check_within(frame, part_of(FOVEA_FIELD_ATTRIBUTE, slot), value, least, most, error);
}

template <class Table>
fovea_code check_function(const Frame& frame, schema::Function function, fovea_error* error) {
  constexpr uint32_t kSlot = attribute<Table>(Table::VT_FUNCTION);
  return check_attribute(frame, kSlot, static_cast<uint32_t>(function), 0,
                         static_cast<uint32_t>(schema::Function::MAX), error);
}

// The model has states for so many sequences.
inline fovea_code check_sequence_count(const Frame& frame, uint32_t count, fovea_error* error) {
  return check_within(frame, part_of(FOVEA_FIELD_SEQUENCE, 0), count, 1, frame.model->sequences(),
                      error);
}

// Same number of rows and same width.
fovea_code check_same_shape(const Frame& frame, const Rows& found, const Rows& needed,
                            fovea_field field, uint32_t slot, fovea_error* error);

// The weight has this layout and this shape, and all but the first are f32.
fovea_code check_weight(const Frame& frame, uint32_t slot, schema::Layout layout,
                        std::initializer_list<uint32_t> shape, fovea_error* error);

// The first weight, a matrix or a group of them, has not too many columns for codes.
fovea_code check_code_columns(const Frame& frame, fovea_error* error);

// Input 0 is rows of codes for the columns of the first weight.
fovea_code check_code_rows(const Frame& frame, uint32_t* columns, fovea_error* error);

// The tensor has rows of sequences: [tokens, width] or [batch, tokens, width].
fovea_code check_sequences(const Frame& frame, int32_t tensor, fovea_field field, uint32_t slot,
                           fovea_error* error);

// Input or output 0 has so many tokens of each sequence, a grid.
fovea_code check_grid_rows(const Frame& frame, fovea_field field, uint32_t tokens,
                           fovea_error* error);

// The tasks of an operator whose output is made row by row.
fovea_code divide_rows(Run& run, fovea_error* error);

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_CHECK_H_
