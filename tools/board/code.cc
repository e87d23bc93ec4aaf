#include <string_view>

#include "tools/board/board.h"
#include "tools/firmware/needed_files.h"

namespace fovea::tools {
namespace {

// Code and constants that are linked where one of these operators and features is; without names,
// always.
struct Code {
  std::string_view core;
  uint32_t bytes;
  std::string_view names;  // of symbols, without fovea_
};

constexpr Code kCode[] = {
    {"", 0, ""},
#define FOVEA_CODE(core, bytes, names) {core, bytes, names},
#include "tools/board/code.inc"
#undef FOVEA_CODE
};

}  // namespace

std::optional<uint64_t> code_of(const Core& core, const std::set<std::string>& symbols) {
  std::optional<uint64_t> sum;
  for (const Code& code : kCode) {
    if (code.core != core.name) continue;
    bool linked = code.names.empty();
    for_each_part(code.names, ' ', [&](std::string_view name) {
      linked = linked || symbols.count("fovea_" + std::string(name)) != 0;
    });
    sum = sum.value_or(0) + (linked ? code.bytes : 0);
  }
  return sum;
}

}  // namespace fovea::tools
