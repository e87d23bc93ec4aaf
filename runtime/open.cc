#include "runtime/measure.h"
#include "runtime/model.h"
#include "runtime/verify.h"

namespace fovea {
namespace {

constexpr size_t kBaseAlignment = 16;

fovea_code check_aligned(const void* data, const Where& where, fovea_error* error) {
  const uint64_t off = reinterpret_cast<uintptr_t>(data) % kBaseAlignment;
  return off == 0 ? FOVEA_OK : fail(error, FOVEA_MISALIGNED, where, off, kBaseAlignment);
}

// Sizes and offsets of the preamble against the bytes that there are.
fovea_code check_preamble(const Preamble& p, fovea_span header, fovea_span weights,
                          fovea_error* error) {
  const Where where = {FOVEA_TABLE_FILE, 0, 0, FOVEA_FIELD_PREAMBLE};
  if (p.magic != kMagic) return fail(error, FOVEA_NOT_A_MODEL, where);
  if (p.version != kFormatVersion) {
    return fail(error, FOVEA_UNKNOWN_VERSION, where, p.version, kFormatVersion);
  }
  if (p.header_size >= kMaxHeader) {
    return fail(error, FOVEA_BAD_VALUE, where.at(FOVEA_FIELD_HEADER), p.header_size,
                kMaxHeader - 1);
  }
  const uint64_t offset = p.weights_offset;
  if (p.header_offset != sizeof(Preamble) || offset % kFileAlignment != 0 ||
      offset < sizeof(Preamble) + p.header_size || offset > 2 * kMaxHeader) {
    return fail(error, FOVEA_BAD_VALUE, where, offset, 2 * kMaxHeader);
  }
  if (header.size < offset) {
    return fail(error, FOVEA_TRUNCATED, where.at(FOVEA_FIELD_HEADER), header.size, offset);
  }
  if (weights.size != p.weights_size) {
    return fail(error, FOVEA_TRUNCATED, where.at(FOVEA_FIELD_WEIGHTS), weights.size,
                p.weights_size);
  }
  return FOVEA_OK;
}

fovea_code check_header_crc(const Preamble& p, const unsigned char* bytes, fovea_error* error) {
  Preamble copy = p;
  copy.header_crc = 0;
  uint32_t crc = fovea_crc32(0, &copy, sizeof copy);
  crc = fovea_crc32(crc, bytes + sizeof copy, static_cast<size_t>(p.weights_offset) - sizeof copy);
  if (crc == p.header_crc) return FOVEA_OK;
  return fail(error, FOVEA_BAD_CHECKSUM, {FOVEA_TABLE_FILE, 0, 0, FOVEA_FIELD_HEADER}, crc,
              p.header_crc);
}

fovea_code check_memory(const schema::Model& model, const fovea_operators& operators,
                        uint32_t header_size, fovea_error* error) {
  fovea_memory needed;
  FOVEA_TRY(measure(model, operators, &needed, error, header_size));
  const Where where = {FOVEA_TABLE_MODEL};
  const schema::Memory* stored = model.memory();
  if (stored == nullptr) return fail(error, FOVEA_BAD_STRUCTURE, where);
  const struct {
    uint64_t stored, needed;
    fovea_field field;
  } pairs[] = {{stored->state(), needed.state, FOVEA_FIELD_STATE_MEMORY},
               {stored->planned(), needed.planned, FOVEA_FIELD_PLANNED_MEMORY},
               {stored->per_thread(), needed.scratch, FOVEA_FIELD_SCRATCH_MEMORY}};
  for (const auto& pair : pairs) {
    if (pair.stored != pair.needed) {
      return fail(error, FOVEA_BAD_VALUE, where.at(pair.field), pair.stored, pair.needed);
    }
  }
  return FOVEA_OK;
}

fovea_code open(const fovea_operators& operators, fovea_span header, fovea_span weights,
                fovea_model* out, fovea_error* error) {
  const Where file = {FOVEA_TABLE_FILE, 0, 0, FOVEA_FIELD_PREAMBLE};
  if (header.size < sizeof(Preamble)) {
    return fail(error, FOVEA_TRUNCATED, file, header.size, sizeof(Preamble));
  }
  FOVEA_TRY(check_aligned(header.data, file, error));
  const auto* bytes = static_cast<const unsigned char*>(header.data);
  const auto* preamble = reinterpret_cast<const Preamble*>(bytes);
  if (weights.data == nullptr) {
    const uint64_t offset = preamble->weights_offset;
    const size_t skip = offset < header.size ? static_cast<size_t>(offset) : header.size;
    weights = {bytes + skip, header.size - skip};
  }
  FOVEA_TRY(check_preamble(*preamble, header, weights, error));
  FOVEA_TRY(check_aligned(weights.data, file.at(FOVEA_FIELD_WEIGHTS), error));
  FOVEA_TRY(check_header_crc(*preamble, bytes, error));
  FOVEA_TRY(verify_structure(bytes + sizeof(Preamble), preamble->header_size, error));
  const schema::Model* root = schema::GetModel(bytes + sizeof(Preamble));
  FOVEA_TRY(check_memory(*root, operators, static_cast<uint32_t>(preamble->header_size), error));
  FOVEA_TRY(verify_weights_end(*root, weights.size, error));
  store({root, static_cast<const unsigned char*>(weights.data), preamble, &operators}, out);
  return succeed(error);
}

}  // namespace
}  // namespace fovea

extern "C" {

fovea_code fovea_open_with(const fovea_operators* operators, fovea_span header, fovea_span weights,
                           fovea_model* model, fovea_error* error) {
  // No bytes at all are an empty file.
  if (operators == nullptr || model == nullptr || (header.data == nullptr && header.size > 0)) {
    return fovea::fail(error, FOVEA_BAD_ARGUMENT, {});
  }
  for (uint32_t i = 0; i < operators->count; ++i) {
    if (operators->items == nullptr || operators->items[i] == nullptr) {
      return fovea::fail(error, FOVEA_BAD_ARGUMENT, {});
    }
  }
  return fovea::open(*operators, header, weights, model, error);
}

fovea_code fovea_check_weights(const fovea_model* model, fovea_error* error) {
  const fovea::Model m = fovea::view(model);
  if (m.preamble == nullptr) return fovea::fail(error, FOVEA_BAD_ARGUMENT, {});
  const uint32_t crc = fovea_crc32(0, m.weights, static_cast<size_t>(m.preamble->weights_size));
  if (crc == m.preamble->weights_crc) return fovea::succeed(error);
  return fovea::fail(error, FOVEA_BAD_CHECKSUM, {FOVEA_TABLE_FILE, 0, 0, FOVEA_FIELD_WEIGHTS}, crc,
                     m.preamble->weights_crc);
}

fovea_memory fovea_arena(const fovea_model* model, uint32_t threads) {
  const fovea::schema::Memory* m = fovea::view(model).root->memory();
  if (m == nullptr) return {};
  using fovea::Checked;
  const Checked scratch = Checked(m->per_thread()) * (threads == 0 ? 1 : threads);
  const Checked total = scratch + m->state() + m->planned();
  return {m->state(), m->planned(), scratch.value(), total.value()};
}

}  // extern "C"
