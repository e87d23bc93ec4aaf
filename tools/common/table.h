// Tables and numbers for people to read.

#ifndef FOVEA_TOOLS_COMMON_TABLE_H_
#define FOVEA_TOOLS_COMMON_TABLE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/common/printable.h"

namespace fovea::tools {

// 1234567 as "1,234,567".
std::string grouped(uint64_t number);

// Columns lined up: 'l' left, 'r' right, one letter for each.
class Table {
 public:
  explicit Table(std::string alignment) : alignment_(std::move(alignment)) {}

  // Cells may hold text from files: they are made printable here.
  void row(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  // Lines, each indented by two spaces.
  std::string text() const;

 private:
  std::vector<size_t> widths() const;

  std::string alignment_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_TABLE_H_
