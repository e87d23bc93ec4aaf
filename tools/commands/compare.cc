#include "tools/commands/compare.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "tools/commands/compare_parts.h"
#include "tools/commands/reference_run.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/common/table.h"

namespace fovea::tools {
namespace {

// Outputs of one method that has run. Which arrays had another shape than theirs is noted.
void compare_outputs(const Reference& reference, const ReferenceRun& runner, uint32_t method,
                     std::set<std::string>* used, std::set<std::string>* misshapen,
                     Comparison* comparison) {
  const std::string name = runner.file().method_name(method);
  for (uint32_t i = 0; i < runner.file().model().output_count(method); ++i) {
    const fovea_tensor tensor = runner.file().check(runner.file().model().output(method, i));
    const std::string key = reference.key(name, tensor.name);
    if (key.empty() || tensor.type != FOVEA_FLOAT32) continue;
    const Numbers numbers = reference.numbers(key);
    const Seen seen = runner.output(method, tensor.name);
    if (!same_shape(seen.shape, numbers.shape)) {
      misshapen->insert(fmt::format("{}: has the shape {}, output '{}' of '{}' has {}", key,
                                    shape_text(numbers.shape), tensor.name, name,
                                    shape_text(seen.shape)));
      if (key != tensor.name) fail("{}:{}", reference.path(), *misshapen->rbegin());
      continue;
    }
    used->insert(key);
    comparison->outputs.push_back(compared(key, "output of " + name, seen, numbers));
  }
}

void add_rows(const std::vector<Compared>& list, Table* table) {
  for (const Compared& one : list) {
    if (one.at.empty()) {
      table->row({printable(one.name), one.place});
      continue;
    }
    table->row({printable(one.name), printable(one.place),
                fmt::format("{:.2e}", one.difference.error),
                fmt::format("{:.2e}", one.difference.share), one.at});
  }
}

}  // namespace

Comparison compare(const Reference& reference, const ModelFile& file, const WithPlainModel& plain) {
  const ReferenceRun runner(reference, file);
  std::set<std::string> used, misshapen;
  Comparison comparison;
  for (const uint32_t method : runner.methods(&used)) {
    runner.run(method);
    compare_outputs(reference, runner, method, &used, &misshapen, &comparison);
  }
  if (comparison.outputs.empty() && !misshapen.empty()) {
    fail("{}:{}", reference.path(), *misshapen.begin());
  }
  std::set<std::string> left;
  for (const std::string& key : reference.keys()) {
    if (!used.contains(key)) left.insert(key);
  }
  if (!left.empty()) {
    plain([&](const std::string& path) {
      const ModelFile unfused(path);
      comparison.parts = compare_parts(reference, unfused, left);
    });
  }
  if (comparison.outputs.empty() && comparison.parts.empty()) {
    fail("{}: has inputs, but nothing to compare", reference.path());
  }
  return comparison;
}

std::string comparison_text(const Comparison& comparison) {
  Table table("llrrl");
  table.row({"array", "of", "largest error", "share", "at"});
  add_rows(comparison.parts, &table);
  add_rows(comparison.outputs, &table);
  return table.text();
}

void expect_near(const Reference& reference, const Comparison& comparison, double tolerance) {
  const auto off = [&](const Compared& one) { return !(one.difference.share <= tolerance); };
  const auto output = std::find_if(comparison.outputs.begin(), comparison.outputs.end(), off);
  const auto part = std::find_if(comparison.parts.begin(), comparison.parts.end(), off);
  const bool parts = part != comparison.parts.end();
  if (output == comparison.outputs.end() && !parts) return;
  const Compared& one = output == comparison.outputs.end() ? *part : *output;
  fail(
      "{}: the model was written, but {} is off by {:.2e} at {}, a share of {:.2e} of its largest "
      "number, more than {:g} (--tolerance){}",
      reference.path(), printable(one.name), one.difference.error, one.at, one.difference.share,
      tolerance,
      parts ? fmt::format("; the first part that differs is {}, {}", printable(part->name),
                          printable(part->place))
            : "");
}

}  // namespace fovea::tools
