// A matrix of which tests take views.

#ifndef FOVEA_TESTS_TOOLS_PACK_VIEWED_H_
#define FOVEA_TESTS_TOOLS_PACK_VIEWED_H_

#include <cstdint>
#include <string>

#include "tests/support/safetensors.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/pack/source_reader.h"

namespace fovea::test {

using tools::Checkpoint;
using tools::Source;
using tools::View;

inline constexpr uint32_t kRows = 12, kColumns = 5;

inline float element(uint64_t row, uint64_t column) {
  return static_cast<float>(row * kColumns + column) - 20;
}

// "w" [12, 5], "transposed" [5, 12] and "vector" [12] hold the same rows, exact in every type.
struct Viewed {
  TemporaryFolder folder;
  Checkpoint checkpoint;

  explicit Viewed(const std::string& type) {
    SavedTensor w = {"w", {kRows, kColumns}, {}, type};
    SavedTensor transposed = {"transposed", {kColumns, kRows}, {}, type};
    SavedTensor vector = {"vector", {kRows}, {}, type};
    for (uint32_t i = 0; i < kRows * kColumns; ++i) {
      w.values.push_back(element(i / kColumns, i % kColumns));
      transposed.values.push_back(element(i % kRows, i / kRows));
    }
    for (uint32_t i = 0; i < kRows; ++i) vector.values.push_back(element(i, 0));
    write_bytes(folder.file("config.json"), "{}");
    write_safetensors(folder.file("model.safetensors"), {w, transposed, vector});
    checkpoint = tools::open_checkpoint(folder.path());
  }
};

inline const tools::Format& kFloat32 = tools::format_of(schema::DType::Float32);

inline Source source_of(const std::string& tensor, uint32_t outputs, const View& view) {
  return {{{outputs, tensor, {}, {}, view}}};
}

inline void check_refused_view(const Checkpoint& checkpoint, uint32_t outputs, const View& view,
                               const std::string& tensor = "w") {
  const Source source = source_of(tensor, outputs, view);
  check_refusal([&] { tools::SourceReader(checkpoint, source, kColumns, kFloat32); },
                "tensor " + tensor, "has no such rows");
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_PACK_VIEWED_H_
