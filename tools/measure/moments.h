// Second moments of the rows that a matrix reads, in double precision and in one written order, so
// that every host finds the same ones.

#ifndef FOVEA_TOOLS_MEASURE_MOMENTS_H_
#define FOVEA_TOOLS_MEASURE_MOMENTS_H_

#include <cstddef>
#include <span>
#include <vector>

namespace fovea::tools {

// Of rows that a matrix reads in a model whose other weights are already codes, and of those that
// it reads in the exact one.
class Moments {
 public:
  explicit Moments(size_t columns)
      : columns_(columns), seen_(columns * columns), crossed_(columns * columns) {}

  // As many rows of either, which belong together.
  void add(std::span<const float> exact, std::span<const float> seen);
  // Adds shares of the mean of the diagonal to it: of `damping`, so that columns that are nearly
  // others' sums do no harm.
  void damp(double damping);

  size_t columns() const { return columns_; }
  // Whether there is anything, and all of it finite.
  bool is_usable() const;
  // Row i, up to its diagonal: sums of seen[i] * seen[j].
  const double* seen(size_t i) const { return seen_.data() + i * columns_; }
  // Row i: sums of exact[i] * seen[j].
  const double* crossed(size_t i) const { return crossed_.data() + i * columns_; }

 private:
  size_t columns_;
  std::vector<double> seen_, crossed_;
};

// A symmetric matrix as U D U^T, U having ones on its diagonal and zeros below.
class Factors {
 public:
  // Of those of seen rows, which were damped.
  explicit Factors(const Moments& moments);

  // U[0..j][j]: column j above the diagonal.
  const double* column(size_t j) const { return upper_.data() + j * columns_; }
  const std::vector<double>& diagonal() const { return diagonal_; }

 private:
  size_t columns_;
  std::vector<double> upper_, diagonal_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_MEASURE_MOMENTS_H_
