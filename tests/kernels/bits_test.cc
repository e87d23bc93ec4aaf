// All rows of this machine give the same bits: the committed checksums, random problems, and any
// division of the work.

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <set>

#include "tests/kernels/attention_case.h"
#include "tests/kernels/bits_cases.h"
#include "tests/kernels/support.h"

using namespace fovea;
using namespace fovea::test;

namespace {

#if defined(__x86_64__)
constexpr bool kOn_x86_64 = true;
#else
constexpr bool kOn_x86_64 = false;
#endif
#if defined(__aarch64__)
constexpr bool kOn_aarch64 = true;
#else
constexpr bool kOn_aarch64 = false;
#endif
constexpr bool kOn_any = true;

// What the processor says of itself, independently of kernels/dispatch.cc and of the build.
std::set<std::string> expected_rows() {
#if defined(FOVEA_SINGLE_ISA)
#define FOVEA_TEXT_OF(name) #name
#define FOVEA_TEXT(name) FOVEA_TEXT_OF(name)
  return {FOVEA_TEXT(FOVEA_SINGLE_ISA)};
#else
  std::set<std::string> rows, flags;
#if defined(FOVEA_EMULATED)  // qemu's own 64-bit Arm has all; other presets ask for one without
  if (kOn_aarch64) flags = {"ASIMDDP", "I8MM"};
#else
  std::ifstream file("/proc/cpuinfo");
  for (std::string word; file >> word;) {
    flags.insert(word);
    // Linux writes avx512_vnni what compilers call avx512vnni, and asimddp what it calls ASIMDDP.
    word.erase(std::remove(word.begin(), word.end(), '_'), word.end());
    flags.insert(word);
    for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    flags.insert(word);
  }
#endif
  const auto has = [&](const char* flag) { return flags.count(flag) != 0; };
#define FOVEA_CPU(feature) &&has(#feature)
#define FOVEA_CPUID FOVEA_CPU
#define FOVEA_CPU2 FOVEA_CPU
#define FOVEA_NAMED_ROW(name, processor, needs)
#define FOVEA_ROW_IN(object, name, processor, needs) FOVEA_ROW(name, processor, needs)
#define FOVEA_ROW(name, processor, needs) \
  if (kOn_##processor needs) rows.insert(#name);
#include "kernels/rows.inc"
#undef FOVEA_ROW
  return rows;
#endif
}

}  // namespace

TEST_CASE("every row that this machine should have is here") {
  std::set<std::string> names;
  std::string list;
  for (const kernels::Kernels* row : exact_rows()) {
    names.insert(row->name);
    list += std::string(" ") + row->name;
  }
  std::printf("  rows:%s\n", list.c_str());
  CHECK(names == expected_rows());
}

namespace {

using Rows = std::vector<const kernels::Kernels*>;

template <class Case>
void check_rows(const Rows& rows, const std::string& kernel, float* floats, Case bits_case,
                bool extremes) {
  constexpr size_t kCases = 400;
  const uint32_t first = bits_of(*rows.front(), floats, kCases, bits_case, extremes);
  for (const kernels::Kernels* row : rows) {
    const std::string name = row->name;
    CAPTURE(name);
    CAPTURE(kernel);
    CHECK(bits_of(*row, floats, kCases, bits_case, extremes) == first);
  }
}

void check_kernels(const Rows& rows, bool extremes) {
  std::vector<float> floats(Memory::kFloats + 16);
  float* base = floats.data();
  while (reinterpret_cast<uintptr_t>(base) % 64 != 0) ++base;
#define FOVEA_KERNEL(name, Args) check_rows(rows, #name, base, bits_##name, extremes);
#include "kernels/kernels.inc"
#undef FOVEA_KERNEL
}

}  // namespace

TEST_CASE("random problems give every row the same bits") {
  check_kernels(exact_rows(), true);
}

TEST_CASE("problems without subnormal numbers give 32-bit NEON the same bits too") {
  check_kernels(runnable_rows(), false);
}

TEST_CASE("attention: the rows of a call do not change a query's bits") {
  Random random(17);
  for (int i = 0; i < 60; ++i) {
    const size_t rows = random.from(1, 40), first = random.from(0, 300);
    const AttentionCase c({rows, random.from(1, 4), random.from(1, 40), random.from(1, 80),
                           first + rows, first, true},
                          random);
    std::string problem;
    const std::vector<float> whole = c.run(*exact_rows().front(), random, &problem);
    for (const kernels::Kernels* row : exact_rows()) {
      for (size_t chunk : {size_t{1}, size_t{3}, size_t{7}, size_t{16}, rows}) {
        std::vector<float> pieces;
        for (size_t begin = 0; begin < rows; begin += chunk) {
          const size_t end = std::min(rows, begin + chunk);
          const std::vector<float> y = c.run(*row, random, &problem, begin, end);
          pieces.insert(pieces.end(), y.begin(), y.end());
        }
        const std::string name = row->name;
        CAPTURE(name);
        CAPTURE(chunk);
        CHECK(same_bits(pieces, whole));
      }
    }
    CHECK(problem == "");
  }
}

// The second block's maximum is so large that the first block's negative result is multiplied by
// 0, which gives -0. The second block's own result underflows to -0 as well, unless keys that are
// computed for later queries of the same call, though this one does not see them, add +0 to it.
TEST_CASE("attention: the sign of a zero does not depend on the rows of a call") {
  Random random(19);
  AttentionCase c({3, 1, 1, 8, 132, 129, true}, random);
  c.scale = 1.0f;
  c.query = {1.0f, 1.0f, 1.0f};
  c.keys.assign(132, 0.0f);
  c.keys[128] = 200.0f;
  c.keys[129] = 170.0f;
  for (size_t i = 0; i < c.values.size(); ++i) {
    const size_t key = i / 8;
    c.values[i] = key < 128 ? -1.0f : key == 128 ? 0.0f : key == 129 ? -1.4e-45f : 1.0f;
  }
  for (const kernels::Kernels* row : exact_rows()) {
    std::string problem;
    const std::vector<float> whole = c.run(*row, random, &problem);
    const std::vector<float> alone = c.run(*row, random, &problem, 0, 1);
    CHECK(problem == "");
    CHECK(same_bits(alone, std::vector<float>(whole.begin(), whole.begin() + 8)));
  }
}

TEST_CASE("linear: neither the rows nor the panels of a call change an output's bits") {
  Random random(18);
  for (int i = 0; i < 60; ++i) {
    const size_t rows = random.from(1, 30), k = random.from(1, 90), n = 16 * random.from(1, 12);
    const std::vector<float> x = random.numbers(rows * k), bias = random.numbers(n);
    const std::vector<float> w = pack(random.numbers(n * k), n, k);
    kernels::Linear a = {};
    a.x_stride = a.k = static_cast<uint32_t>(k);
    a.y_stride = n;
    a.function = static_cast<kernels::Function>(random.from(0, 6));
    std::vector<float> whole;
    for (const kernels::Kernels* row : exact_rows()) {
      for (size_t chunk : {rows, size_t{1}, size_t{5}}) {
        for (size_t width : {n, size_t{16}, size_t{48}}) {
          std::vector<float> y(rows * n);
          for (size_t r = 0; r < rows; r += chunk) {
            for (size_t p = 0; p < n; p += width) {
              a.x = &x[r * k];
              a.w = &w[p * k];
              a.bias = &bias[p];
              a.y = &y[r * n + p];
              a.rows = static_cast<uint32_t>(std::min(chunk, rows - r));
              a.outputs = static_cast<uint32_t>(std::min(width, n - p));
              row->linear_f32(a);
            }
          }
          if (whole.empty()) whole = y;
          const std::string name = row->name;
          CAPTURE(name);
          CHECK(same_bits(y, whole));
        }
      }
    }
  }
}
