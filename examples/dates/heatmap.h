// A matrix of weights drawn in a terminal.

#ifndef FOVEA_EXAMPLES_DATES_HEATMAP_H_
#define FOVEA_EXAMPLES_DATES_HEATMAP_H_

#include <string>
#include <vector>

namespace dates {

// One line for each row of weights in [0, 1]: its label, then a cell a column; the column labels
// above. With colour a cell is a block on a scale of 24 greys to yellow, otherwise one of "
// .:-=+*#%@".
std::string heatmap(const std::vector<std::string>& columns, const std::vector<std::string>& labels,
                    const std::vector<std::vector<float>>& rows, bool colour);

}  // namespace dates

#endif  // FOVEA_EXAMPLES_DATES_HEATMAP_H_
