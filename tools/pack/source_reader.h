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
  // `columns`: elements of one output; `format`: of the weight. What is referred to must outlive
  // the reader. Throws InputError where a part's view leaves its tensor.
  SourceReader(const Checkpoint& checkpoint, const Source& source, uint64_t columns,
               const Format& format);

  // Some outputs from `first` on. Throws InputError on NaN, infinity and what the weight's format
  // cannot hold.
  void read(uint64_t first, std::span<float> out);

 private:
  void check_view(const Part& part) const;
  bool has_columns(const View& view) const;
  void read_part(size_t part, uint64_t first, std::span<float> out);
  void scale(uint64_t row, std::span<float> out) const;
  void check(const Part& part, uint64_t first, std::span<const float> numbers) const;
  void read_tensor(const Part& part, uint64_t first, std::span<float> out) const;
  void read_columns(const Part& part, uint64_t first, std::span<float> out) const;
  // Those that the view names, of whole rows.
  void pick_columns(const Part& part, uint64_t first, std::span<float> out) const;
  // The place in its tensor of an element of a part.
  uint64_t place(const Part& part, uint64_t element) const;
  void forget(size_t part, uint64_t end);

  const Checkpoint& checkpoint_;
  const Source& source_;
  const Format& format_;
  uint64_t columns_;                 // elements of one output
  std::vector<uint64_t> forgotten_;  // by part: elements that have been given back
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_PACK_SOURCE_READER_H_
