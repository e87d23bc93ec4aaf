// fovea_bits on a system: a line "bits ROW CASE CRC" with the checksum of the logits for every row
// (instruction set), number of threads and chunking. Exits with 1 if any two differ, or if a row
// that this processor should have is absent.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <vector>

#include "fovea/fovea.hpp"
#include "fovea/threads.h"
#include "kernels/kernels.h"
#include "tests/bits/bits.h"

namespace fovea::test {
namespace {

constexpr uint32_t kMostThreads = 3;

[[noreturn]] void stop(const std::string& text) {
  std::fflush(stdout);
  std::fprintf(stderr, "fovea_bits: %s\n", text.c_str());
  std::exit(1);
}

[[noreturn]] void stop(const Error& error, const api::Model* model) {
  stop(error.message(model).c_str());
}

struct FreeArena {
  void operator()(void* arena) const {
    ::operator delete (arena, std::align_val_t{FOVEA_ALIGNMENT});
  }
};
using Arena = std::unique_ptr<void, FreeArena>;

Arena make_arena(size_t size) {
  void* const memory = ::operator new (size, std::align_val_t{FOVEA_ALIGNMENT});
  std::memset(memory, 0xFF, size);  // NaN wherever nothing was written
  return Arena(memory);
}

struct DestroyThreads {
  void operator()(fovea_threads* threads) const { fovea_threads_destroy(threads); }
};
using Threads = std::unique_ptr<fovea_threads, DestroyThreads>;

// The rows that a complete build for this processor has, whatever was compiled.
std::vector<std::string> expected_rows() {
#if defined(FOVEA_SINGLE_ISA)
#define FOVEA_QUOTE(x) FOVEA_QUOTE_VALUE(x)
#define FOVEA_QUOTE_VALUE(x) #x
  return {FOVEA_QUOTE(FOVEA_SINGLE_ISA)};
#else
  std::vector<std::string> rows = {"portable"};
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx2) rows.emplace_back("avx2");
  if (avx2 && avx512) rows.emplace_back("avx512");
#elif defined(__aarch64__)
  rows.emplace_back("neon");
#endif
  return rows;
#endif
}

std::vector<std::string> present_rows() {
  std::vector<std::string> rows;
  for (const kernels::Kernels* const* row = kernels::compiled_rows(); *row != nullptr; ++row) {
    if (kernels::cpu_has(**row)) rows.emplace_back((*row)->name);
  }
  return rows;
}

void check_rows(const std::vector<std::string>& present) {
  std::string absent;
  for (const std::string& row : expected_rows()) {
    if (std::find(present.begin(), present.end(), row) == present.end()) absent += " " + row;
  }
  if (!absent.empty()) stop("absent although this processor has them:" + absent);
}

// All chunkings on one row. Adds their checksums to `seen`.
void run_row(const api::Model& model, const std::string& row, uint32_t threads,
             std::set<uint32_t>* seen) {
  const Threads pool(fovea_threads_create(threads, nullptr));
  if (pool == nullptr) stop("threads cannot be made");
  fovea_options options = {};
  options.row = row.c_str();
  if (threads > 1) options.executor = fovea_threads_executor(pool.get());
  const size_t size = static_cast<size_t>(model.arena(threads).total);
  const Arena arena = make_arena(size);
  const auto session = model.bind(arena.get(), size, options);
  if (!session) stop(session.error(), &model);
  if (row != session->row()) stop("asked for row " + row + ", got " + session->row());
  for (const Chunking& chunking : kChunkings) {
    const auto crc = logits_crc(*session, chunking.tokens);
    if (!crc) stop(crc.error(), &model);
    std::printf("bits %s stories260K/%s/%ut %08x\n", row.c_str(), chunking.name, threads,
                static_cast<unsigned>(*crc));
    std::fflush(stdout);
    seen->insert(*crc);
  }
}

void run() {
  const auto model = api::Model::open(stories_model, STORIES_MODEL_BYTES);
  if (!model) stop(model.error(), nullptr);
  const std::vector<std::string> rows = present_rows();
  std::set<uint32_t> seen;
  for (const std::string& row : rows) {
    for (uint32_t threads = 1; threads <= kMostThreads; ++threads) {
      run_row(*model, row, threads, &seen);
    }
  }
  check_rows(rows);
  if (seen.size() != 1) stop("the checksums differ");
}

}  // namespace
}  // namespace fovea::test

int main() {
  fovea::test::run();
  return 0;
}
