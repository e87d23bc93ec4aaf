#include "tools/session/pace.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>

#include "runtime/work.h"
#include "tools/common/table.h"
#include "tools/session/cost.h"
#include "tools/session/timing.h"

namespace fovea::tools {
namespace {

constexpr uint64_t kReadBytes = 16u << 20;  // past most caches
constexpr double kShareOfLimits = 0.5;      // that kernels reach with small shapes, too

// How many multiply-adds' time an operator takes for each that it counts. Weights of attention cost
// as much as 32 multiply-adds each, a row of a matrix 8 besides its products, and an element of
// the other operators (an exponential, a square root) some 16.
double slowness(const Frame& frame) {
  switch (frame.op->attributes_type()) {
    case schema::Attributes::Attention: {
      const auto* a = frame.op->attributes_as_Attention();
      return 1 + 32.0 / (double(a->key_width()) + a->value_width());
    }
    case schema::Attributes::Linear:
    case schema::Attributes::GatedLinear:
    case schema::Attributes::GatedExperts:
    case schema::Attributes::LinearExperts:
      return 1 + 8.0 / frame.input_rows(0).width;
    default:
      return 16;
  }
}

}  // namespace

std::string about(double seconds) {
  const struct {
    double seconds;
    const char* name;
  } units[] = {
      {365.25 * 86400, "year"}, {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
  for (const auto& unit : units) {
    const double count = std::round(seconds / unit.seconds);
    if (count >= 1 || unit.seconds == 1) {
      return fmt::format("about {:.0f} {}{}", count, unit.name, count == 1 ? "" : "s");
    }
  }
  return {};
}

Pace::Pace(const BoundSession& session) {
  ProcessorLimits limits(session->row(), session.executor(), kReadBytes);
  multiply_adds_ = kShareOfLimits * limits.flops() / 2;
  bytes_ = kShareOfLimits * limits.bytes();
}

double Pace::seconds(const Session& session, uint32_t method) const {
  Frame frame = frame_of(*session.get(), method);
  double sum = 0;
  for (uint32_t i = 0; i < size_of(frame.method->operators()); ++i) {
    frame.op = frame.method->operators()->Get(i);
    frame.op_index = i;
    const fovea_cost cost = operator_work(frame);
    sum += slowness(frame) * static_cast<double>(cost.multiply_adds) / multiply_adds_ +
           bytes(cost) / bytes_;
  }
  return sum;
}

std::string run_text(const ModelFile& file, const Session& session, uint32_t method,
                     double seconds) {
  const fovea_cost cost = file.check(session.method(method).work());
  return fmt::format("a run of '{}' is {}{} multiply-adds, {} here",
                     printable(file.method_name(method)),
                     cost.multiply_adds == UINT64_MAX ? "more than " : "",
                     grouped(cost.multiply_adds), about(seconds));
}

void announce_long_run(const ModelFile& file, const BoundSession& session, uint32_t method) {
  // What is below a second on the slowest machine needs no measuring.
  const fovea_cost cost = file.check(session->method(method).work());
  constexpr uint64_t kSmall = 100'000'000;
  if (cost.multiply_adds < kSmall && cost.bytes < kSmall) return;
  const double seconds = Pace(session).seconds(*session, method);
  if (seconds <= kLongRun) return;
  fmt::print(stderr, "{}: {}\n", file.path(), run_text(file, *session, method, seconds));
}

}  // namespace fovea::tools
