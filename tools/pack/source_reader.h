// Reads the numbers of a weight, part after part, and refuses those that are none.

#ifndef FOVEA_TOOLS_PACK_SOURCE_READER_H_
#define FOVEA_TOOLS_PACK_SOURCE_READER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "tools/checkpoint/checkpoint.h"
#include "tools/graph/format.h"

namespace fovea::tools {

class SourceReader {
 public:
  // Checkpoint and source must outlive the reader.
  SourceReader(const Checkpoint& checkpoint, const Source& source, const schema::WeightT& weight);

  // Some outputs from `first` on. Throws InputError on NaN, infinity and what the weight's format
  // cannot hold.
  void read(uint64_t first, std::span<float> out);

 private:
  void read_part(size_t part, uint64_t first, std::span<float> out);
  void check(const Part& part, uint64_t first, std::span<const float> numbers) const;
  void forget(size_t part, uint64_t end);

  const Checkpoint& checkpoint_;
  const Source& source_;
  const Format& format_;
  uint64_t columns_;                 // elements of one output
  std::vector<uint64_t> forgotten_;  // by part: elements that have been given back
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_PACK_SOURCE_READER_H_
