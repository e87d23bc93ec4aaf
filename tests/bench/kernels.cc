// kernels_bench [--row NAME]... [--kernel NAME] [--shape rows=128,k=384] [--seconds S] [--json]
// Times the kernels of kernels/kernels.inc, each beside the limit that binds it.

#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "tests/bench/kernel_cases.h"

namespace {

using namespace fovea;
using namespace fovea::bench;

struct Options {
  std::vector<std::string> rows;
  std::string kernel, shape;
  double seconds = 0.4;
  bool json = false;
};

bool parse(int argc, char** argv, Options& o) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--json") {
      o.json = true;
      continue;
    }
    if (i + 1 == argc) return false;
    const char* value = argv[++i];
    if (name == "--row") {
      o.rows.push_back(value);
    } else if (name == "--kernel") {
      o.kernel = value;
    } else if (name == "--shape") {
      o.shape = value;
    } else if (name == "--seconds") {
      o.seconds = std::stod(value);
    } else {
      return false;
    }
  }
  return true;
}

double share(double value, double limit) {
  return limit > 0.0 ? 100.0 * value / limit : 0.0;
}

void print(const kernels::Kernels& row, const Benchmark& b, const Shape& shape, const Figures& f) {
  const std::string text = to_text(shape);
  std::printf("%-12s %-17s %-46s %10.2f us +%4.1f%%", row.name, b.kernel.c_str(), text.c_str(),
              f.median * 1e6, 100.0 * (f.high - f.low) / f.median);
  if (f.gflops > 0.0) {
    std::printf("  %6.1f GFLOP/s %5.1f%% of %.0f", f.gflops, share(f.gflops, f.gflops_limit),
                f.gflops_limit);
  }
  if (f.gbytes_limit > 0.0) {
    std::printf("  %6.1f GB/s %5.1f%% of %.1f", f.gbytes, share(f.gbytes, f.gbytes_limit),
                f.gbytes_limit);
  }
  std::printf("  [%d/%d]\n", f.quiet, f.samples);
}

void print_json(const kernels::Kernels& row, const Benchmark& b, const Shape& shape,
                const Figures& f, bool first) {
  std::printf(
      "%s\n{\"row\": \"%s\", \"kernel\": \"%s\", \"shape\": \"%s\", \"seconds\": %.4g, "
      "\"low\": %.4g, \"high\": %.4g, \"gflops\": %.4g, \"gflops_limit\": %.4g, "
      "\"gbytes\": %.4g, \"gbytes_limit\": %.4g, \"samples\": %d, \"quiet\": %d}",
      first ? "" : ",", row.name, b.kernel.c_str(), to_text(shape).c_str(), f.median, f.low, f.high,
      f.gflops, f.gflops_limit, f.gbytes, f.gbytes_limit, f.samples, f.quiet);
}

std::vector<const kernels::Kernels*> chosen(const Options& o) {
  std::vector<const kernels::Kernels*> rows;
  for (const std::string& name : o.rows) {
    const kernels::Kernels* row = kernels::select_row(name.c_str());
    if (row == nullptr) throw std::runtime_error("this build or processor has no row " + name);
    rows.push_back(row);
  }
  if (rows.empty()) rows.push_back(kernels::select_row(nullptr));
  return rows;
}

int run(const Options& o) {
  bool first = true;
  if (o.json) std::printf("[");
  for (const kernels::Kernels* row : chosen(o)) {
    for (const Benchmark& b : benchmarks()) {
      if (!o.kernel.empty() && b.kernel != o.kernel) continue;
      const std::vector<Shape> shapes =
          o.shape.empty() ? b.shapes : std::vector<Shape>{parse_shape(o.shape)};
      for (const Shape& shape : shapes) {
        Case c;
        b.prepare(*row, shape, c);
        const Figures f = measure(*row, c.work, o.seconds);
        o.json ? print_json(*row, b, shape, f, first) : print(*row, b, shape, f);
        first = false;
        std::fflush(stdout);
      }
    }
  }
  if (o.json) std::printf("\n]\n");
  return first ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Options options;
    if (parse(argc, argv, options)) return run(options);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "kernels_bench: %s\n", e.what());
    return 1;
  }
  std::fprintf(stderr,
               "usage: kernels_bench [--row NAME]... [--kernel NAME] [--shape rows=128,k=384] "
               "[--seconds S] [--json]\n");
  return 2;
}
