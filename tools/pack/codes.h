// Weights become codes: whole multiples of one number for each output, or for each group of one,
// where a minimum may be added.

#ifndef FOVEA_TOOLS_PACK_CODES_H_
#define FOVEA_TOOLS_PACK_CODES_H_

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "tools/graph/graph.h"
#include "tools/pack/sink.h"
#include "tools/pack/source_reader.h"

namespace fovea::tools {

// What codes of a row of so many columns share.
struct CodeGroups {
  size_t columns, step;  // codes of a group; all of them where there are no groups
  size_t numbers;        // of a group: a unit, and a minimum where there is one

  CodeGroups(schema::DType type, size_t columns);
  size_t count() const { return (columns + step - 1) / step; }
  size_t numbers_of_row() const { return count() * numbers; }
};

// What was chosen for a weight, row by row as its sources are read.
struct Codes {
  std::vector<int8_t> codes;  // [rows][columns]
  std::vector<float> units;   // [rows], or [rows][groups], each before its minimum if there is one

  Codes() = default;
  Codes(const CodeGroups& groups, size_t rows)
      : codes(rows * groups.columns), units(rows * groups.numbers_of_row()) {}
};

// The number that a code stands for, exactly.
double decoded(const CodeGroups& groups, const Codes& codes, size_t row, size_t column);

// The nearest codes to the numbers of one row, which are finite and, in groups, have an f16.
void choose_nearest(schema::DType type, std::span<const float> numbers, std::span<int8_t> codes,
                    std::span<float> units);

// By weight.
using ChosenCodes = std::map<size_t, Codes>;

// Packs a weight of codes as kernels/layout.h says: what was chosen, else the nearest codes
// to the numbers.
void pack_codes(SourceReader& reader, const Matrices& matrices, schema::DType type,
                const Codes* chosen, const ByteSink& sink);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_PACK_CODES_H_
