// What a model costs on a board: instructions by a table of what qemu counted.

#ifndef FOVEA_TOOLS_BOARD_BOARD_H_
#define FOVEA_TOOLS_BOARD_BOARD_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tools/session/session.h"

namespace fovea::tools {

// A processor core as people name it, and the core whose instructions were counted for it.
struct Core {
  const char* name;
  const char* counted;
  bool has_floats;  // an instruction for a * b + c
  // Cycles that an instruction takes at least and at most, as data sheets and the memories of such
  // boards have it; not measured here.
  double least_cycles, most_cycles;
};

struct Board {
  const Core* core;
  std::optional<double> megahertz;
};

// Reads "cortex-m4@168" or "cortex-m4". Throws UsageError.
Board parse_board(const std::string& text);

// "cortex-m0+, cortex-m3, ...".
std::string core_names();

// Bytes of code and constants of the runtime with these operators and features (firmware_symbols),
// without the program that calls it and without what starts the board. None for a core whose code
// was not measured.
std::optional<uint64_t> code_of(const Core& core, const std::set<std::string>& symbols);

// {"core", "counted", "megahertz", "flash": {"model", "code"}, "ram", "stack": {"bytes",
// "measured"}, "methods":
// [{"name", "instructions", "multiply_adds", "longest_task", "missing", "milliseconds": {"least",
// "most"}, "operators": [{"kind", "format", "multiply_adds", "elements", "instructions"}]}]}, at
// the maxima and with empty caches. `code`: of the runtime, where that was measured. `missing`:
// operators that the table does not have.
nlohmann::ordered_json estimate(const ModelFile& file, const Board& board);

void print_board(const nlohmann::ordered_json& estimate);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_BOARD_BOARD_H_
