#include "tools/common/table.h"

#include <algorithm>
#include <utility>

namespace fovea::tools {
namespace {

// Columns that a UTF-8 text takes, taking every code point as one.
size_t columns(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

std::string grouped(uint64_t number) {
  std::string result = std::to_string(number);
  for (size_t at = result.size(); at > 3; at -= 3) result.insert(at - 3, ",");
  return result;
}

void Table::row(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::vector<size_t> Table::widths() const {
  std::vector<size_t> result(alignment_.size());
  for (const std::vector<std::string>& row : rows_) {
    for (size_t i = 0; i < row.size() && i < result.size(); ++i) {
      result[i] = std::max(result[i], columns(row[i]));
    }
  }
  return result;
}

std::string Table::text() const {
  const std::vector<size_t> width = widths();
  std::string result;
  for (const std::vector<std::string>& row : rows_) {
    std::string line;
    for (size_t i = 0; i < row.size() && i < width.size(); ++i) {
      const std::string padding(width[i] - columns(row[i]), ' ');
      line += "  " + (alignment_[i] == 'r' ? padding + row[i] : row[i] + padding);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + "\n";
  }
  return result;
}

}  // namespace fovea::tools
