#include "tests/bench/kernel_cases.h"

#include <algorithm>
#include <random>
#include <stdexcept>

#include "tests/bench/cases/cases.h"

namespace fovea::bench {
namespace {

std::vector<Shape> shapes_of(const std::string& kernel) {
  static const std::map<std::string, std::vector<const char*>> kShapes = {
      {"linear",
       {"rows=1,k=384,outputs=384", "rows=1,k=1536,outputs=1536", "rows=1,k=4096,outputs=12288",
        "rows=2,k=576,outputs=1536", "rows=4,k=576,outputs=1536", "rows=8,k=1024,outputs=4096",
        "rows=8,k=1536,outputs=12288", "rows=16,k=384,outputs=384", "rows=16,k=1536,outputs=12288",
        "rows=64,k=384,outputs=384", "rows=128,k=384,outputs=1536", "rows=512,k=384,outputs=1152",
        "rows=128,k=1536,outputs=384", "rows=128,k=1536,outputs=1536", "rows=16,k=64,outputs=64",
        "rows=1,k=64,outputs=64"}},
      {"gated_linear", {"rows=1,k=576,outputs=1536", "rows=128,k=576,outputs=1536"}},
      {"attention",
       {"rows=512,width=64",
        "rows=2048,width=64,kv_heads=4",
        "rows=512,width=64,causal=1",
        "rows=2048,width=64,causal=1,kv_heads=4",
        "rows=512,width=32",
        "rows=128,width=32",
        "rows=99,width=64,kv_heads=1",
        "rows=128,width=64,heads=3,kv_heads=3,causal=1",
        "rows=1,keys=2048,width=64,heads=3,kv_heads=3",
        "rows=1,keys=2048,width=64,heads=3,kv_heads=90",
        "rows=1,keys=256,width=8,heads=2",
        "rows=17,width=8,kv_heads=4",
        "rows=48,width=24,kv_heads=4",
        "rows=1,keys=48,width=24,kv_heads=128",
        "rows=1,keys=7,width=24,kv_heads=128",
        "rows=8192,width=64,causal=1,window=256,kv_heads=1",
        "rows=512,width=64,causal=1,slopes=1",
        "rows=512,width=64,causal=1,soft_cap=30",
        "rows=512,width=64,report=1",
        "rows=512,width=64,dropout=1"}},
      {"relate", {"rows=512", "rows=128", "rows=16", "rows=512,width=32", "rows=2048,kv_heads=1"}},
      {"adjust_f32", {"keys=128", "keys=128,all=1"}},
      {"gate_f32", {"outputs=4096", "outputs=4096,limit=7"}},
      {"rotary_f32", {"rows=128", "rows=128,interleaved=1"}},
      {"function_f32",
       {"function=0", "function=1", "function=2", "function=3", "function=4", "function=5",
        "function=6"}},
      {"read_limit", {"count=4096", "count=65536", "count=1048576", "count=67108864"}},
  };
  // Kernels that are there once for each format go under the name of their operation.
  auto it = kShapes.find(kernel);
  if (it == kShapes.end()) it = kShapes.find(kernel.substr(0, kernel.rfind('_')));
  if (it == kShapes.end()) return {Shape()};
  std::vector<Shape> shapes;
  for (const char* text : it->second) shapes.push_back(parse_shape(text));
  return shapes;
}

}  // namespace

float* Case::floats(size_t count) {
  std::minstd_rand random(static_cast<uint32_t>(storage.size() + 1));
  storage.push_back(std::make_unique<float[]>(count + 32));
  float* p = storage.back().get();
  while (reinterpret_cast<uintptr_t>(p) % 64 != 0) ++p;
  for (size_t i = 0; i < count; ++i) p[i] = static_cast<float>(random()) * 0x1p-30f - 1.0f;
  return p;
}

Shape parse_shape(const std::string& text) {
  Shape shape;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    const size_t equal = text.find('=', at);
    if (equal >= end) throw std::invalid_argument("a shape is written rows=128,k=384");
    shape[text.substr(at, equal - at)] = std::stoul(text.substr(equal + 1, end - equal - 1));
    at = end + 1;
  }
  return shape;
}

std::string to_text(const Shape& shape) {
  std::string text;
  for (const auto& [name, size] : shape) {
    text += (text.empty() ? "" : ",") + name + "=" + std::to_string(size);
  }
  return text;
}

std::vector<Benchmark> benchmarks() {
  std::vector<Benchmark> all;
#define FOVEA_KERNEL(name, Args) all.push_back({#name, shapes_of(#name), name});
#include "kernels/kernels.inc"
#undef FOVEA_KERNEL
  return all;
}

}  // namespace fovea::bench
