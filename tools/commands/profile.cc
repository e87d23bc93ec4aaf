#include "tools/commands/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "runtime/work.h"
#include "tools/common/table.h"
#include "tools/session/timing.h"

namespace fovea::tools {
namespace {

constexpr double kNanosecond = 1e-9;

// Collects the times of every operator over many runs.
class Stopwatch {
 public:
  Stopwatch(const Session& session, size_t operators) : session_(session), times_(operators) {
    session_.set_trace(&trace_);
  }
  ~Stopwatch() { session_.set_trace(nullptr); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

  double median(size_t index) const { return spread_of(times_[index]).median; }

 private:
  static uint64_t clock(void*) {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
  }
  static void record(void* context, const fovea_record* record) {
    Stopwatch& watch = *static_cast<Stopwatch*>(context);
    const double ticks = static_cast<double>(record->stop - record->start);
    watch.times_[record->operator_index].push_back(ticks * kNanosecond);
  }

  Session session_;
  std::vector<std::vector<double>> times_;
  fovea_trace trace_ = {this, record, clock, false};
};

ProfileLine describe(const schema::Method& method, uint32_t index) {
  const schema::Operator* op = method.operators()->Get(index);
  ProfileLine line;
  line.index = index;
  line.kind = schema::EnumNameAttributes(op->attributes_type());
  if (size_of(op->outputs()) > 0 && op->outputs()->Get(0) >= 0) {
    const auto* tensor = method.tensors()->Get(static_cast<uint32_t>(op->outputs()->Get(0)));
    line.output = printable(text_of(tensor->name()));
  }
  return line;
}

std::vector<std::string> cells(const std::string& name, const ProfileLine& line) {
  const auto rate = [&](double amount) {
    return amount > 0 && line.seconds > 0 ? fmt::format("{:.1f}", amount / line.seconds / 1e9) : "";
  };
  return {name,
          line.kind,
          fmt::format("{:.2f}", line.seconds * 1e6),
          fmt::format("{:.1f} %", line.share * 100),
          rate(flops(line.cost)),
          rate(bytes(line.cost)),
          line.output};
}

std::vector<ProfileLine> by_kind(const std::vector<ProfileLine>& lines) {
  std::map<std::string, ProfileLine> kinds;
  for (const ProfileLine& line : lines) {
    ProfileLine& sum = kinds[line.kind];
    sum.kind = line.kind;
    sum.cost = sum.cost + line.cost;
    sum.seconds += line.seconds;
    sum.share += line.share;
    ++sum.index;  // counts them
  }
  std::vector<ProfileLine> result;
  for (const auto& [kind, line] : kinds) result.push_back(line);
  std::sort(result.begin(), result.end(),
            [](const ProfileLine& a, const ProfileLine& b) { return a.seconds > b.seconds; });
  return result;
}

}  // namespace

std::vector<ProfileLine> profile(const ModelFile& file, const Session& session, uint32_t method,
                                 const std::vector<fovea_cost>& costs,
                                 const std::function<void()>& work, double seconds) {
  const schema::Method& tables = *file.tables().methods()->Get(method);
  const Stopwatch watch(session, costs.size());
  const double end = now_seconds() + seconds;
  do {
    work();
  } while (now_seconds() < end);
  std::vector<ProfileLine> result;
  double sum = 0;
  for (uint32_t i = 0; i < costs.size(); ++i) {
    ProfileLine line = describe(tables, i);
    line.cost = costs[i];
    line.seconds = watch.median(i);
    sum += line.seconds;
    result.push_back(line);
  }
  for (ProfileLine& line : result) line.share = sum > 0 ? line.seconds / sum : 0;
  return result;
}

void print_profile(const std::vector<ProfileLine>& lines) {
  Table kinds("rlrrrrl");
  kinds.row({"count", "kind", "us", "share", "GFLOP/s", "GB/s", ""});
  for (const ProfileLine& line : by_kind(lines)) {
    kinds.row(cells(std::to_string(line.index), line));
  }
  fmt::print("\n{}", kinds.text());
  Table all("rlrrrrl");
  all.row({"operator", "kind", "us", "share", "GFLOP/s", "GB/s", "output"});
  for (const ProfileLine& line : lines) all.row(cells(std::to_string(line.index), line));
  fmt::print("\n{}", all.text());
}

nlohmann::ordered_json profile_json(const std::vector<ProfileLine>& lines) {
  nlohmann::ordered_json result = nlohmann::ordered_json::array();
  for (const ProfileLine& line : lines) {
    result.push_back({{"operator", line.index},
                      {"kind", line.kind},
                      {"output", line.output},
                      {"microseconds", line.seconds * 1e6},
                      {"share", line.share},
                      {"gflop", flops(line.cost) / 1e9},
                      {"megabytes", bytes(line.cost) / 1e6}});
  }
  return result;
}

}  // namespace fovea::tools
