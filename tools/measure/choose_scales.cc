#include "tools/measure/choose_scales.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "tools/graph/format.h"
#include "tools/graph/uses.h"
#include "tools/measure/input_watch.h"
#include "tools/pack/source_reader.h"

namespace fovea::tools {
namespace {

// Farther than this from the median no column is moved.
constexpr int kMost = 10;

// What rows, or a matrix, have in each column.
struct Columns {
  std::vector<double> squares;  // sums
  std::vector<double> largest;  // squares of magnitudes
  double rows = 0;

  explicit Columns(size_t columns) : squares(columns), largest(columns) {}
  void add(std::span<const float> numbers) {
    const size_t columns = squares.size();
    for (size_t at = 0; at + columns <= numbers.size(); at += columns, ++rows) {
      for (size_t i = 0; i < columns; ++i) {
        const double number = double{numbers[at + i]}, square = number * number;
        squares[i] += square;
        largest[i] = std::max(largest[i], square);
      }
    }
  }
};

// Operators that multiply rows by a matrix.
std::vector<Place> places_of(const Graph& graph, int32_t weight) {
  std::vector<Place> places;
  for (uint32_t m = 0; m < graph.model.methods.size(); ++m) {
    const auto& operators = graph.model.methods[m]->operators;
    for (uint32_t i = 0; i < operators.size(); ++i) {
      if (weight_at(*operators[i], 0) == weight) places.emplace_back(m, i);
    }
  }
  return places;
}

// Rows of which all matrices that are to be codes, at least one, are to be int8. int4's groups lose
// more by columns that became unlike each other than activations gain.
bool are_for_int8(const Graph& wanted, const ScalableRows& rows) {
  size_t codes = 0, int8s = 0;
  for (const int32_t weight : rows.readers) {
    const schema::DType type = wanted.model.weights[weight]->dtype;
    codes += format_of(type).is_codes();
    int8s += type == schema::DType::Int8;
  }
  return codes > 0 && codes == int8s;
}

// Of each row of the matrices that are to be codes.
void read_matrices(const ExactModel& exact, const Graph& wanted, const ScalableRows& rows,
                   const std::function<void(std::span<const float>)>& use) {
  std::vector<float> numbers(rows.columns);
  for (const int32_t weight : rows.readers) {
    if (!format_of(wanted.model.weights[weight]->dtype).is_codes()) continue;
    const Matrices matrices = matrices_of(*exact.graph.model.weights[weight]);
    SourceReader reader(exact.checkpoint, exact.graph.sources[weight], rows.columns,
                        format_of(schema::DType::Float32));
    const uint64_t outputs = uint64_t{matrices.experts} * matrices.group * matrices.outputs;
    for (uint64_t i = 0; i < outputs; ++i) {
      reader.read(i, numbers);
      use(numbers);
    }
  }
}

// The whole number next to a quarter of the logarithm of a quotient, told by that alone: the same
// on every host, as a root would not be.
int nearest_power(double quotient) {
  const int whole = std::ilogb(quotient) + 2;  // down to a power of two
  return whole >= 0 ? whole / 4 : -((3 - whole) / 4);
}

// Of columns that hold only zeros, or meet only zeros: as the median.
std::vector<int> exponents_of(const std::vector<double>& seen, const std::vector<double>& numbers) {
  std::vector<int> exponents(seen.size()), known;
  const auto is_known = [&](size_t i) {
    return seen[i] > 0 && numbers[i] > 0 && std::isfinite(seen[i]);
  };
  for (size_t i = 0; i < seen.size(); ++i) {
    if (is_known(i)) known.push_back(exponents[i] = nearest_power(seen[i] / numbers[i]));
  }
  if (known.empty()) return exponents;
  const auto middle = known.begin() + static_cast<ptrdiff_t>(known.size() / 2);
  std::nth_element(known.begin(), middle, known.end());
  for (size_t i = 0; i < seen.size(); ++i) {
    exponents[i] = is_known(i) ? std::clamp(exponents[i] - *middle, -kMost, kMost) : 0;
  }
  return exponents;
}

// One way to scale rows, and what it would leave.
class Candidate {
 public:
  explicit Candidate(std::vector<int> exponents) : exponents_(std::move(exponents)) {
    for (const int exponent : exponents_) {
      of_rows_.push_back(std::ldexp(1.0f, -exponent));
      of_matrices_.push_back(std::ldexp(1.0f, exponent));
    }
  }

  const std::vector<int>& exponents() const { return exponents_; }
  void add_rows(std::span<const float> rows) { rows_ += squared_peaks(rows, of_rows_); }
  void add_output(std::span<const float> numbers) {
    matrices_ += squared_peaks(numbers, of_matrices_);
  }

  // Of all outputs and rows: what a code leaves is the same share of the largest number of either.
  double noise(const Columns& seen, const Columns& numbers) const {
    double of_rows = 0, of_matrices = 0;
    for (size_t i = 0; i < exponents_.size(); ++i) {
      of_rows += std::ldexp(numbers.squares[i], 2 * exponents_[i]);
      of_matrices += std::ldexp(seen.squares[i], -2 * exponents_[i]);
    }
    return rows_ * of_rows + matrices_ * of_matrices;
  }

 private:
  // The sum over rows of the square of the largest magnitude.
  static double squared_peaks(std::span<const float> rows, const std::vector<float>& factors) {
    double sum = 0;
    for (; rows.size() >= factors.size(); rows = rows.subspan(factors.size())) {
      float largest = 0;
      for (size_t i = 0; i < factors.size(); ++i) {
        largest = std::max(largest, std::abs(rows[i] * factors[i]));
      }
      sum += double{largest} * double{largest};
    }
    return sum;
  }

  std::vector<int> exponents_;
  std::vector<float> of_rows_, of_matrices_;
  double rows_ = 0, matrices_ = 0;
};

std::vector<Candidate> candidates_of(const Columns& seen, const Columns& numbers) {
  std::vector<double> rows = seen.squares, outputs = numbers.squares;
  for (double& square : rows) square /= seen.rows;
  for (double& square : outputs) square /= numbers.rows;
  std::vector<Candidate> made;
  made.emplace_back(std::vector<int>(rows.size()));
  if (seen.rows == 0 || numbers.rows == 0) return made;
  made.emplace_back(exponents_of(rows, outputs));
  made.emplace_back(exponents_of(seen.largest, numbers.largest));
  return made;
}

}  // namespace

std::vector<ChosenScale> choose_scales(const ExactModel& exact, const Graph& wanted,
                                       std::vector<ScalableRows> all, const Samples& samples) {
  std::erase_if(all, [&](const ScalableRows& rows) { return !are_for_int8(wanted, rows); });
  if (all.empty()) return {};
  const BoundSession session(exact.file, exact.threads, chosen_row());
  std::vector<std::vector<Place>> places;
  std::vector<Columns> seen, numbers;
  for (const ScalableRows& rows : all) {
    places.push_back(places_of(exact.graph, rows.readers[0]));
    seen.emplace_back(rows.columns);
    numbers.emplace_back(rows.columns);
    read_matrices(exact, wanted, rows,
                  [&](std::span<const float> output) { numbers.back().add(output); });
  }
  const auto look = [&](const RowsWatch::Look& use) {
    const RowsWatch watch(*session, places, use);
    for (const Sample& sample : samples.all()) run_sample(exact.file, *session, sample);
  };
  look([&](size_t i, std::span<const float> rows) { seen[i].add(rows); });
  std::vector<std::vector<Candidate>> candidates;
  for (size_t i = 0; i < all.size(); ++i) {
    candidates.push_back(candidates_of(seen[i], numbers[i]));
    read_matrices(exact, wanted, all[i], [&](std::span<const float> output) {
      for (Candidate& candidate : candidates[i]) candidate.add_output(output);
    });
  }
  look([&](size_t i, std::span<const float> rows) {
    for (Candidate& candidate : candidates[i]) candidate.add_rows(rows);
  });
  std::vector<ChosenScale> chosen;
  for (size_t i = 0; i < all.size(); ++i) {
    const auto best = std::min_element(
        candidates[i].begin(), candidates[i].end(), [&](const Candidate& a, const Candidate& b) {
          return a.noise(seen[i], numbers[i]) < b.noise(seen[i], numbers[i]);
        });
    if (best != candidates[i].begin()) chosen.push_back({all[i], best->exponents()});
  }
  return chosen;
}

}  // namespace fovea::tools
