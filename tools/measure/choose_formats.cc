#include "tools/measure/choose_formats.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>

#include "tools/common/error.h"
#include "tools/common/progress.h"
#include "tools/common/table.h"
#include "tools/measure/changing_model.h"
#include "tools/measure/packing.h"
#include "tools/measure/quality.h"

namespace fovea::tools {
namespace {

[[noreturn]] void no_budget(const std::string& text) {
  throw UsageError("--budget " + text +
                   ": give loss=NUMBER or bytes=NUMBER, as loss=0.02, bytes=250K");
}

// The next steps of all weights, one list for each.
using Ladders = std::vector<std::vector<FormatStep>>;

// The costs of every weight in every format that it can have.
Ladders ladders_of(const ExactModel& exact, const Samples& samples) {
  const auto& weights = exact.graph.model.weights;
  const BoundSession session(exact.file, exact.threads, chosen_row());
  ChangingModel changing(exact.file, exact.checkpoint, exact.graph, exact.path + ".changing",
                         exact.threads);
  Ladders ladders(weights.size());
  const char* const names[] = {"f16", "int8", "uint4", "int4"};
  Progress progress("measuring formats", std::size(names) * weights.size());
  uint64_t done = 0;
  for (const char* name : names) {
    const Format& format = format_of(std::string(name));
    const std::vector<bool> take = weights_that_take(exact.graph, format);
    for (size_t i = 0; i < weights.size(); ++i) {
      progress.update(++done);
      const schema::DType last =
          ladders[i].empty() ? schema::DType::Float32 : ladders[i].back().format->type;
      const uint64_t before = bytes_in(*weights[i], last);
      const uint64_t after = bytes_in(*weights[i], format.type);
      if (!take[i] || after >= before) continue;
      changing.put(i, format);
      const Quality quality =
          quality_of({exact.file, *session}, {changing.file(), *changing.session()}, samples);
      changing.put_back(i);
      ladders[i].push_back({i, &format, quality.cost(), before - after});
    }
  }
  return ladders;
}

std::vector<Keep> formats_of(const ExactModel& exact, const std::vector<FormatStep>& steps,
                             size_t count) {
  std::map<size_t, const Format*> formats;
  for (size_t i = 0; i < count; ++i) formats[steps[i].weight] = steps[i].format;
  std::vector<Keep> keeps;
  for (const auto& [weight, format] : formats) {
    keeps.push_back({exact.graph.model.weights[weight]->name, format});
  }
  return keeps;
}

}  // namespace

CostBudget parse_cost_budget(const std::string& text) {
  const size_t equal = text.find('=');
  if (equal == std::string::npos) no_budget(text);
  const std::string kind = text.substr(0, equal);
  const char* const first = text.data() + equal + 1;
  const char* const last = text.data() + text.size();
  double number = 0;
  const auto [end, error] = std::from_chars(first, last, number);
  if (error != std::errc() || !(number >= 0) || !(number < 1e18)) no_budget(text);
  const std::string unit(end, last);
  if (kind == "loss" && unit.empty()) return {number, {}};
  const std::map<std::string, double> units = {
      {"", 1}, {"K", 0x1p10}, {"M", 0x1p20}, {"G", 0x1p30}};
  const auto found = units.find(unit);
  if (kind != "bytes" || found == units.end()) no_budget(text);
  return {{}, static_cast<uint64_t>(number * found->second)};
}

std::vector<FormatStep> format_steps(const ExactModel& exact, const Samples& samples) {
  const Ladders ladders = ladders_of(exact, samples);
  std::vector<size_t> next(ladders.size());
  std::vector<double> cost(ladders.size());
  std::vector<FormatStep> steps;
  while (true) {
    double least = 0;
    const FormatStep* best = nullptr;
    for (size_t i = 0; i < ladders.size(); ++i) {
      if (next[i] == ladders[i].size()) continue;
      const FormatStep& step = ladders[i][next[i]];
      const double more = std::max(step.cost - cost[i], 0.0) / static_cast<double>(step.saved);
      if (best != nullptr && !(more < least)) continue;
      least = more;
      best = &step;
    }
    if (best == nullptr) return steps;
    cost[best->weight] = best->cost;
    ++next[best->weight];
    steps.push_back(*best);
  }
}

std::vector<Keep> choose_formats(const ExactModel& exact, const std::vector<FormatStep>& steps,
                                 const CostBudget& budget, const Try& attempt) {
  const auto fits = [&](size_t count) {
    const Tried tried = attempt(formats_of(exact, steps, count));
    return budget.loss ? tried.loss <= *budget.loss : tried.bytes <= *budget.bytes;
  };
  if (budget.bytes) {
    const Tried smallest = attempt(formats_of(exact, steps, steps.size()));
    if (smallest.bytes > *budget.bytes) {
      fail("the smallest file there is has {} bytes, more than the budget of {}",
           grouped(smallest.bytes), grouped(*budget.bytes));
    }
  } else if (!fits(0)) {
    fail("even without a step the loss is more than the budget of {:g}", *budget.loss);
  }
  // `good` fits; `bad` does not, or is one step too many or too few.
  size_t good = budget.bytes ? steps.size() : 0;
  size_t bad = budget.bytes ? 0 : steps.size() + 1;
  if (budget.bytes && fits(0)) return formats_of(exact, steps, 0);
  while (good > bad ? good - bad > 1 : bad - good > 1) {
    const size_t between = (good + bad) / 2;
    (fits(between) ? good : bad) = between;
  }
  return formats_of(exact, steps, good);
}

}  // namespace fovea::tools
