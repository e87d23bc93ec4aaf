// One benchmark per kernel of the list: the shapes it is run at, and the work of a shape.

#ifndef FOVEA_TESTS_BENCH_KERNEL_CASES_H_
#define FOVEA_TESTS_BENCH_KERNEL_CASES_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/measure.h"

namespace fovea::bench {

// Named sizes, such as rows=128 k=384 outputs=1536.
using Shape = std::map<std::string, size_t>;

Shape parse_shape(const std::string& text);  // "rows=128,k=384"; throws std::invalid_argument
std::string to_text(const Shape& shape);

// The tensors of a case live as long as it does.
struct Case {
  Work work;
  std::vector<std::unique_ptr<float[]>> storage;
  std::vector<int32_t> ids;
  float* floats(size_t count);  // random, aligned to 64 bytes
  // Weights of a format; `work` reads all of them.
  template <class W>
  const W* weights(size_t count);
};

struct Benchmark {
  std::string kernel;
  std::vector<Shape> shapes;  // what is run unless the command line names a shape
  void (*prepare)(const kernels::Kernels& row, const Shape& shape, Case& out);
};

// In the order of kernels.inc.
std::vector<Benchmark> benchmarks();

}  // namespace fovea::bench

#endif  // FOVEA_TESTS_BENCH_KERNEL_CASES_H_
