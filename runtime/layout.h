// Sizes of weights and states, the same for the converter that writes them and the runtime that
// reads them.

#ifndef FOVEA_RUNTIME_LAYOUT_H_
#define FOVEA_RUNTIME_LAYOUT_H_

#include "kernels/formats.h"
#include "kernels/layout.h"
#include "runtime/checked.h"
#include "runtime/schema.h"

namespace fovea {

inline constexpr uint64_t kElementBytes = 4;  // of tensors that operators write
inline constexpr schema::DType kLastTensorType = schema::DType::Int32;  // and inputs of UInt8
inline constexpr schema::DType kLastWeightType = schema::DType::UInt4;
inline constexpr uint32_t kMaxExtent = uint32_t{1} << 31;

// Of any tensor.
constexpr uint32_t tensor_element_bytes(schema::DType type) {
  return type == schema::DType::UInt8 ? 1 : static_cast<uint32_t>(kElementBytes);
}

// Whether a layout takes a logical shape of `rank`: Plain 1 to 4, the others their own and, of
// experts, one more.
inline bool layout_takes_rank(schema::Layout layout, uint32_t rank) {
  switch (layout) {
    case schema::Layout::Plain:
      return rank >= 1 && rank <= 4;
    case schema::Layout::Row16:
      return rank == 1 || rank == 2;
    case schema::Layout::Panels16:
    case schema::Layout::GatedRow16:
      return rank == 2 || rank == 3;
    case schema::Layout::GatedPanels16:
      return rank == 3 || rank == 4;
  }
  return false;
}

// A weight as groups of matrices [outputs, k] (kernels/layout.h), one for each expert: in panels,
// or row after row.
struct Matrices {
  uint32_t group, outputs;
  bool in_panels;
  Checked k;
  uint32_t experts;  // 1 where there are none
};

// Which extent counts the outputs, of a rank that the layout takes: in rows the last one, in panels
// the one before it. Plain: the first.
constexpr uint32_t outputs_extent(schema::Layout layout, uint32_t rank) {
  const bool row = layout == schema::Layout::Row16 || layout == schema::Layout::GatedRow16;
  return layout == schema::Layout::Plain ? 0 : rank - (row ? 1 : 2);
}

// `shape` has a rank that the layout takes.
inline Matrices matrices_of(schema::Layout layout, const uint32_t* shape, uint32_t rank) {
  const bool gated =
      layout == schema::Layout::GatedPanels16 || layout == schema::Layout::GatedRow16;
  uint32_t i = outputs_extent(layout, rank);
  const bool stacked = i > (gated ? 1u : 0u);
  Matrices m = {gated ? 2u : 1u, shape[i], layout != schema::Layout::Plain, Checked(1),
                stacked ? shape[0] : 1};
  while (++i < rank) m.k = m.k * shape[i];
  return m;
}

// Of codes see code_bytes().
constexpr uint32_t element_bytes(schema::DType type) {
  switch (type) {
#define FOVEA_FORMAT(name, Element, dtype) \
  case schema::DType::dtype:               \
    return sizeof(kernels::Element);
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
    default:
      return kElementBytes;
  }
}

// Codes of 4 bits, of which each group has numbers of its own.
constexpr bool is_in_groups(schema::DType type) {
  return type == schema::DType::Int4 || type == schema::DType::UInt4;
}

// Bytes of one output in codes: whole words, and what they are multiples of; of whole bytes in
// panels what their sum becomes, too. Numbers of 32 bits: firmware that has none of it shall not
// grow.
inline uint32_t code_bytes(uint32_t k, bool in_panels, schema::DType type) {
  if (is_in_groups(type)) {
    const uint32_t numbers = type == schema::DType::Int4 ? 1 : 2;
    return kernels::half_row_bytes(k, numbers);
  }
  return (kernels::code_words(k) + (in_panels ? 2 : 1)) * 4;
}

// Bytes of such a weight.
inline Checked weight_bytes(schema::Layout layout, const uint32_t* shape, uint32_t rank,
                            schema::DType type = schema::DType::Float32) {
  const Matrices m = matrices_of(layout, shape, rank);
  const uint64_t outputs = m.in_panels ? kernels::padded(uint64_t{m.outputs}) : m.outputs;
  Checked row = m.k * element_bytes(type);
  if (type >= schema::DType::Int8) {
    if (!m.k.within(kMaxExtent)) return UINT64_MAX;
    row = code_bytes(static_cast<uint32_t>(m.k.value()), m.in_panels, type);
  }
  return row * (outputs * m.group) * m.experts;
}

// Types of elements of states, those of kernels/caches.inc, by arithmetic that firmware has room
// for.
constexpr bool is_state_type(schema::DType type) {
  const auto number = static_cast<uint32_t>(type);
  return number <= static_cast<uint32_t>(schema::DType::Int8) && number % 2 == 0;
}
constexpr uint32_t state_element_bytes(schema::DType type) {
  return 4u >> static_cast<uint32_t>(type) / 2;
}
#define FOVEA_CACHE(name, Element, type)              \
  static_assert(is_state_type(schema::DType::type) && \
                state_element_bytes(schema::DType::type) == sizeof(kernels::Element));
#include "kernels/caches.inc"
#undef FOVEA_CACHE

// Bytes of a slot, the key or value of one head: of codes with the f32 that they are multiples of.
constexpr uint64_t slot_bytes(schema::DType type, uint32_t width) {
  return uint64_t{width} * state_element_bytes(type) + (static_cast<uint32_t>(type) & 4);
}

// Bytes of a state: the same for both layouts, since a capacity is a multiple of 16.
inline Checked state_bytes(uint32_t sequences, uint32_t capacity, schema::DType type,
                           uint32_t heads, uint32_t width) {
  return (Checked(slot_bytes(type, width)) * sequences * heads * capacity).round_up(64);
}

[[gnu::noinline]] inline uint64_t state_bytes(const schema::Model& model,
                                              const schema::State& state) {
  const uint32_t capacity = model.caches()->Get(state.cache())->capacity();
  return state_bytes(model.sequences(), capacity, state.dtype(), state.heads(), state.width())
      .value();
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_LAYOUT_H_
