// What the machine can do at most.

#include "tests/bench/cases/cases.h"

namespace fovea::bench {

void multiply_add_limit(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::LimitF32 a = {c.floats(2), c.floats(16), get(s, "count", 1 << 20)};
  c.work.run = [&row, a] { row.multiply_add_limit(a); };
  c.work.multiply_adds = static_cast<double>(a.count);
}

void code_limit(const kernels::Kernels& row, const Shape& s, Case& c) {
  kernels::LimitF32 a = {c.floats(2), c.floats(16), get(s, "count", 1 << 20)};
  c.work.run = [&row, a] { row.code_limit(a); };
  c.work.multiply_adds = static_cast<double>(a.count);
  c.work.of_codes = true;
}

void read_limit(const kernels::Kernels& row, const Shape& s, Case& c) {
  const size_t count = get(s, "count", 1 << 20);
  kernels::LimitF32 a = {c.floats(count), c.floats(16), count};
  c.work.run = [&row, a] { row.read_limit(a); };
  reads(c, a.x, count);
}

}  // namespace fovea::bench
