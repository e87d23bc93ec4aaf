// CRC-32 as in IEEE 802.3 (reflected, polynomial 0xEDB88320): four bits a step from 64 bytes of
// table on devices, eight bytes a step from 8 KB elsewhere.

#include <cstring>

#include "fovea/fovea.h"

namespace {

constexpr uint32_t kPolynomial = 0xEDB88320u;

#if defined(FOVEA_FREESTANDING)

struct Table {
  uint32_t entry[16];
};

constexpr Table make_table() {
  Table table{};
  for (uint32_t i = 0; i < 16; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 4; ++bit) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? kPolynomial : 0);
    table.entry[i] = crc;
  }
  return table;
}

constexpr Table kTable = make_table();

uint32_t update(uint32_t crc, const unsigned char* bytes, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    crc ^= bytes[i];
    crc = (crc >> 4) ^ kTable.entry[crc & 15];
    crc = (crc >> 4) ^ kTable.entry[crc & 15];
  }
  return crc;
}

#else

constexpr int kSlices = 8;

struct Table {
  uint32_t entry[kSlices][256];
};

constexpr Table make_table() {
  Table table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? kPolynomial : 0);
    table.entry[0][i] = crc;
  }
  for (int slice = 1; slice < kSlices; ++slice) {
    for (uint32_t i = 0; i < 256; ++i) {
      const uint32_t last = table.entry[slice - 1][i];
      table.entry[slice][i] = (last >> 8) ^ table.entry[0][last & 255];
    }
  }
  return table;
}

constexpr Table kTable = make_table();

uint32_t update(uint32_t crc, const unsigned char* bytes, size_t size) {
  for (; size >= kSlices; size -= kSlices, bytes += kSlices) {
    uint32_t low, high;
    std::memcpy(&low, bytes, 4);
    std::memcpy(&high, bytes + 4, 4);
    low ^= crc;
    crc = 0;
    for (int i = 0; i < 4; ++i) {
      crc ^= kTable.entry[7 - i][(low >> (8 * i)) & 255];
      crc ^= kTable.entry[3 - i][(high >> (8 * i)) & 255];
    }
  }
  for (size_t i = 0; i < size; ++i) crc = (crc >> 8) ^ kTable.entry[0][(crc ^ bytes[i]) & 255];
  return crc;
}

#endif

}  // namespace

extern "C" uint32_t fovea_crc32(uint32_t crc, const void* data, size_t size) {
  if (data == nullptr) return crc;
  return ~update(~crc, static_cast<const unsigned char*>(data), size);
}
