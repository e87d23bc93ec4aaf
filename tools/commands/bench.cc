// `fovea bench`: how fast a method runs, and how fast this processor could run it.

#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/commands/commands.h"
#include "tools/commands/numbers.h"
#include "tools/commands/profile.h"
#include "tools/commands/repeated.h"
#include "tools/common/error.h"
#include "tools/common/table.h"
#include "tools/session/cost.h"
#include "tools/session/dims.h"
#include "tools/session/session.h"
#include "tools/session/timing.h"
#include "tools/session/workload.h"

namespace fovea::tools {
namespace {

using Json = nlohmann::ordered_json;

struct BenchArguments {
  std::string file;
  std::string method;
  std::vector<std::string> dims;
  uint32_t position = 0;
  uint32_t threads = 1;
  std::string row;
  double seconds = 1;
  bool profile = false;
  bool json = false;
};

struct Benchmark {
  std::string method, row;
  std::map<std::string, uint32_t> dims;
  fovea_cost cost;
  Timing measured;
  std::vector<ProfileLine> profile;

  double flops_rate() const { return flops(cost) / measured.seconds.median; }
  double bytes_rate() const { return bytes(cost) / measured.seconds.median; }
};

Json spread_json(const Spread& spread, double unit) {
  return {
      {"median", spread.median / unit}, {"p10", spread.low / unit}, {"p90", spread.high / unit}};
}

double share(double value, const Spread& limit) {
  return limit.median > 0 ? value / limit.median : 0;
}

Json benchmark_json(const BenchArguments& arguments, const Benchmark& b) {
  Json json = {{"file", arguments.file},
               {"method", b.method},
               {"dims", b.dims},
               {"position", arguments.position},
               {"row", b.row},
               {"threads", arguments.threads},
               {"samples", b.measured.samples},
               {"samples_taken", b.measured.taken},
               {"microseconds", spread_json(b.measured.seconds, 1e-6)},
               {"gflop_per_run", flops(b.cost) / 1e9},
               {"megabytes_per_run", bytes(b.cost) / 1e6},
               {"gflops", b.flops_rate() / 1e9},
               {"gflops_limit", spread_json(b.measured.flops_limit, 1e9)},
               {"gflops_share", share(b.flops_rate(), b.measured.flops_limit)},
               {"gbs", b.bytes_rate() / 1e9},
               {"gbs_limit", spread_json(b.measured.bytes_limit, 1e9)},
               {"gbs_share", share(b.bytes_rate(), b.measured.bytes_limit)}};
  if (arguments.profile) json["operators"] = profile_json(b.profile);
  return json;
}

std::string rate_text(double value, const Spread& limit, const char* unit) {
  return fmt::format("{:.1f} {}, {:.0f} % of the measured limit of {:.1f} ({:.1f} to {:.1f})",
                     value / 1e9, unit, 100 * share(value, limit), limit.median / 1e9,
                     limit.low / 1e9, limit.high / 1e9);
}

std::string dims_text(const Benchmark& b) {
  std::string result;
  for (const auto& [name, value] : b.dims) {
    result += fmt::format(" {}={}", name, value);
  }
  return result;
}

void print_benchmark(const BenchArguments& arguments, const Benchmark& b) {
  const Spread& time = b.measured.seconds;
  fmt::print("{}{}{}{}, {}, {} thread{}\n", printable(b.method), b.dims.empty() ? "" : " ",
             printable(dims_text(b)),
             arguments.position == 0 ? "" : fmt::format(" from position {}", arguments.position),
             b.row, arguments.threads, arguments.threads == 1 ? "" : "s");
  Table table("ll");
  table.row({"time", fmt::format("{:.1f} us (80 % within {:.1f} to {:.1f})", time.median * 1e6,
                                 time.low * 1e6, time.high * 1e6)});
  table.row({"arithmetic", rate_text(b.flops_rate(), b.measured.flops_limit, "GFLOP/s")});
  table.row({"reading", rate_text(b.bytes_rate(), b.measured.bytes_limit, "GB/s")});
  table.row({"samples", b.measured.samples == 0
                            ? fmt::format("{}, all while the machine was busy: do not trust them",
                                          b.measured.taken)
                            : fmt::format("{} of {}; the machine was busy during the others",
                                          b.measured.samples, b.measured.taken)});
  fmt::print("{}", table.text());
  if (arguments.profile) print_profile(b.profile);
}

Benchmark run_benchmark(const BenchArguments& arguments, const ModelFile& file, uint32_t method,
                        const BoundSession& session) {
  Benchmark result;
  result.method = file.method_name(method);
  result.row = session->row();
  const Workload workload(file, session, method, arguments.position);
  for (uint32_t i = 0; i < file.model().dim_count(); ++i) {
    if (file.check(file.model().dim(i)).derived) continue;
    result.dims[file.check(file.model().dim(i)).name] = session->dim(i);
  }
  result.cost = file.check(session->method(method).work());
  ProcessorLimits limits(result.row, session.executor(), result.cost.bytes);
  result.measured = time_calls([&] { workload.run(); }, &limits, arguments.seconds);
  if (arguments.profile) {
    result.profile = profile(
        file, *session, method, operator_costs(*session, method), [&] { workload.run(); },
        arguments.seconds);
  }
  return result;
}

void bench(const BenchArguments& arguments) {
  const std::string row = chosen_row(arguments.row);
  const ModelFile file(arguments.file);
  const uint32_t method = file.method(arguments.method);
  DimValues dims(file);
  for (const std::string& text : arguments.dims) dims.set(text);
  const BoundSession session(file, arguments.threads, row);
  dims.apply(*session);
  const Benchmark result = run_benchmark(arguments, file, method, session);
  if (arguments.json) {
    const Json json = benchmark_json(arguments, result);
    fmt::print("{}\n", json_text(json));
  } else {
    print_benchmark(arguments, result);
  }
}

}  // namespace

void add_bench(CLI::App& app) {
  const auto arguments = std::make_shared<BenchArguments>();
  CLI::App* command = app.add_subcommand(
      "bench", "Times a method beside this processor's limits, measured in the same run");
  command->add_option("FILE", arguments->file, "A .fovea file")->required();
  command->add_option("--method", arguments->method, "Method; the only one or forward if absent");
  add_repeated(command, "--set", arguments->dims, "DIM=VALUE; its maximum if absent");
  command->add_option("--position", arguments->position, "Tokens that caches hold before a run")
      ->check(any_uint32());
  command->add_option("--threads", arguments->threads, "Threads")->check(thread_count());
  command->add_option("--row", arguments->row, "Instruction set, such as avx2");
  command->add_option("--seconds", arguments->seconds, "How long to measure")
      ->capture_default_str()
      ->check(number_between(0.01, 3600));
  command->add_flag("--profile", arguments->profile, "Times each operator, too");
  command->add_flag("--json", arguments->json, "Prints JSON");
  command->callback([arguments] { bench(*arguments); });
}

}  // namespace fovea::tools
