// Keys and values that are stored in the formats of caches, against what these say.

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "kernels/formats.h"
#include "tests/kernels/support.h"
#include "tests/reference/cached.h"

namespace fovea::test {
namespace {

// Rows of heads at slots of a head, and around them memory that nobody may write to.
struct HeadRows {
  size_t heads, rows, width, first, stride;
  std::vector<float> numbers;  // [rows][heads][width]

  HeadRows(size_t w, Random& random)
      : heads(random.from(1, 3)),
        rows(random.from(1, 40)),
        width(w),
        first(random.from(0, 40)),
        stride(heads * w + random.from(0, 3)),
        numbers(random.numbers(rows * heads * w)) {
    const float special[] = {
        0.0f,     -0.0f,    65519.0f,  65520.0f,  -1e30f,
        0x1p-24f, 0x1p-25f, 1e-7f,     INFINITY,  -INFINITY,
        NAN,      3e-36f,   0x1p-119f, 0x1p-120f, std::numeric_limits<float>::max()};
    for (const float x : special) numbers[random.from(0, numbers.size() - 1)] = x;
    // A row of zeros, and one of small numbers.
    for (size_t i = 0; i < width; ++i) numbers[i] = 0.0f;
    for (size_t i = 0; i < width; ++i) numbers[(rows - 1) * heads * width + i] *= 1e-37f;
  }

  size_t blocks() const { return (first + rows + 15) / 16; }
  // The row of a head that lies in a slot; null: none.
  const float* at(size_t head, size_t slot) const {
    if (slot < first || slot >= first + rows) return nullptr;
    return &numbers[((slot - first) * heads + head) * width];
  }
};

template <class K, class Store>
Guarded stored(const HeadRows& r, Random& random, void* Store::*slots,
               void (*kernel)(const Store&)) {
  const Guarded x(r.numbers, r.heads * r.width, r.stride, random.from(0, 3));
  const size_t head = r.blocks() * 16 * kernels::slot_elements<K>(r.width);
  Guarded memory(r.heads * head * sizeof(K) / sizeof(float));
  Store a = {};
  a.x = x.data();
  a.x_stride = r.stride;
  a.*slots = memory.data();
  a.head_stride = head;
  a.rows = static_cast<uint32_t>(r.rows);
  a.heads = static_cast<uint32_t>(r.heads);
  a.width = static_cast<uint32_t>(r.width);
  a.first_slot = static_cast<uint32_t>(r.first);
  kernel(a);
  return memory;
}

bool same(float a, float b) {
  return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, sizeof a) == 0;
}

// Elements that are not what they should be. `place(slot, i)`: of an element within a head.
template <class Place>
size_t wrong_halves(const HeadRows& r, const Guarded& memory, Place place) {
  const auto* all = reinterpret_cast<const kernels::F16*>(memory.data());
  const Guarded untouched(r.heads * r.blocks() * 16 * r.width / 2);
  const auto* poison = reinterpret_cast<const kernels::F16*>(untouched.data());
  size_t wrong = 0;
  for (size_t h = 0; h < r.heads; ++h) {
    for (size_t slot = 0; slot < r.blocks() * 16; ++slot) {
      const float* row = r.at(h, slot);
      for (size_t i = 0; i < r.width; ++i) {
        const size_t at = h * r.blocks() * 16 * r.width + place(slot, i);
        const bool right = row == nullptr ? all[at].bits == poison[at].bits
                                          : same(kernels::widen(all[at]), cached_f16(row[i]));
        wrong += right ? 0 : 1;
      }
    }
  }
  return wrong;
}

template <class Place>
size_t wrong_codes(const HeadRows& r, const Guarded& memory, Place place) {
  const size_t head = r.blocks() * 16 * (r.width + 4);
  const auto* all = reinterpret_cast<const kernels::C8*>(memory.data());
  const Guarded untouched(r.heads * head / 4);
  const auto* poison = reinterpret_cast<const kernels::C8*>(untouched.data());
  size_t wrong = 0;
  for (size_t h = 0; h < r.heads; ++h) {
    for (size_t slot = 0; slot < r.blocks() * 16; ++slot) {
      const size_t block = h * head + slot / 16 * 16 * (r.width + 4);
      const float* row = r.at(h, slot);
      CachedCodes expected;
      if (row != nullptr) expected = cached_codes(row, 1, r.width);
      for (size_t i = 0; i < r.width; ++i) {
        const size_t at = block + place(slot % 16, i);
        const int8_t code = row == nullptr ? poison[at].code : expected.codes[i];
        wrong += all[at].code == code ? 0 : 1;
      }
      float unit, other;
      const size_t at = block + 16 * r.width + slot % 16 * 4;
      std::memcpy(&unit, all + at, sizeof unit);
      std::memcpy(&other, poison + at, sizeof other);
      const bool right = row == nullptr ? std::memcmp(&unit, &other, sizeof unit) == 0
                                        : same(unit, expected.units[0]);
      wrong += right ? 0 : 1;
    }
  }
  return wrong;
}

template <class Check>
void for_widths(Check check) {
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
    Random random(10);
    for (const size_t width : awkward_sizes(150)) {
      const std::string name = row->name;
      CAPTURE(name);
      CAPTURE(width);
      check(*row, HeadRows(width, random), random);
    }
  }
}

TEST_CASE("f16: keys and values become the nearest elements in their slots and no others") {
  for_widths([](const kernels::Kernels& row, const HeadRows& r, Random& random) {
    const Guarded keys = stored<kernels::F16, kernels::StoreKeys>(
        r, random, &kernels::StoreKeys::keys, row.store_keys_f16);
    CHECK(keys.intact());
    CHECK(wrong_halves(r, keys, [&](size_t slot, size_t i) {
            return (slot / 16 * r.width + i) * 16 + slot % 16;
          }) == 0);
    const Guarded values = stored<kernels::F16, kernels::StoreValues>(
        r, random, &kernels::StoreValues::values, row.store_values_f16);
    CHECK(values.intact());
    CHECK(wrong_halves(r, values, [&](size_t slot, size_t i) { return slot * r.width + i; }) == 0);
  });
}

TEST_CASE("int8: each row of a head becomes codes and a unit in its slot and no other") {
  for_widths([](const kernels::Kernels& row, const HeadRows& r, Random& random) {
    const Guarded keys = stored<kernels::C8, kernels::StoreKeys>(
        r, random, &kernels::StoreKeys::keys, row.store_keys_int8);
    CHECK(keys.intact());
    CHECK(wrong_codes(r, keys, [](size_t lane, size_t i) { return i * 16 + lane; }) == 0);
    const Guarded values = stored<kernels::C8, kernels::StoreValues>(
        r, random, &kernels::StoreValues::values, row.store_values_int8);
    CHECK(values.intact());
    CHECK(wrong_codes(r, values, [&](size_t lane, size_t i) { return lane * r.width + i; }) == 0);
  });
}

}  // namespace
}  // namespace fovea::test
