#include "runtime/open_file.h"

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

bool is_list(const fovea_operators* operators) {
  if (operators == nullptr) return false;
  for (uint32_t i = 0; i < operators->count; ++i) {
    if (operators->items == nullptr || operators->items[i] == nullptr) return false;
  }
  return true;
}

}  // namespace

fovea_code open_file(const fovea_operators* operators, fovea_span header, fovea_span weights,
                     Model* out, fovea_error* error) {
  // No bytes at all are an empty file.
  if (!is_list(operators) || (header.data == nullptr && header.size > 0)) {
    return fail(error, FOVEA_BAD_ARGUMENT, {});
  }
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
  *out = {schema::GetModel(bytes + sizeof(Preamble)),
          static_cast<const unsigned char*>(weights.data), preamble, operators};
  return FOVEA_OK;
}

}  // namespace fovea
