// Reads the numbers of a weight, part after part, and refuses those that are none.

#ifndef FOVEA_TOOLS_PACK_SOURCE_READER_H_
#define FOVEA_TOOLS_PACK_SOURCE_READER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "tools/checkpoint/checkpoint.h"
#include "tools/graph/graph.h"

namespace fovea::tools {

class SourceReader {
 public:
  // `columns`: elements of one output. Both arguments must outlive the reader. Throws InputError
  // where a part's view leaves its tensor.
  SourceReader(const Checkpoint& checkpoint, const Source& source, uint64_t columns);

  // Outputs [first, first + out.size() / columns). Throws InputError on NaN and infinity.
  void read(uint64_t first, std::span<float> out);

 private:
  void check_view(const Part& part) const;
  void read_part(size_t part, uint64_t first, std::span<float> out);
  void read_tensor(const Part& part, uint64_t first, std::span<float> out) const;
  void read_columns(const Part& part, uint64_t first, std::span<float> out) const;
  // The place in its tensor of an element of a part.
  uint64_t place(const Part& part, uint64_t element) const;
  void forget(size_t part, uint64_t end);

  const Checkpoint& checkpoint_;
  const Source& source_;
  uint64_t columns_;
  std::vector<uint64_t> forgotten_;  // by part: elements that have been given back
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_PACK_SOURCE_READER_H_
