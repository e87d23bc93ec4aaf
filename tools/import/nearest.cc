#include "tools/import/nearest.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/import/build.h"
#include "tools/import/families.h"

namespace fovea::tools {
namespace {

struct Candidate {
  const Family* family = nullptr;
  TransformerSpec spec;
  std::vector<std::string> unread;
};

std::optional<Candidate> describe(const Family& family, const Checkpoint& checkpoint) {
  const Config config(checkpoint.config, checkpoint.path);
  try {
    Candidate made = {&family, family.describe(config, checkpoint), {}};
    made.unread = config.unread();
    return made;
  } catch (const InputError&) {
    return std::nullopt;
  }
}

// What stands in the way once all keys are understood.
std::string fault_of_tensors(Candidate candidate, const Checkpoint& checkpoint) {
  try {
    build_transformer(std::move(candidate.spec), checkpoint, {}, candidate.family->name);
  } catch (const InputError& error) {
    return fmt::format("as one of these: {}", error.what());
  }
  return fmt::format("and this is like it: if it is one, set model_type to {}",
                     show_json(candidate.family->model_type));
}

}  // namespace

std::string nearest_family(const Checkpoint& checkpoint) {
  std::optional<Candidate> best;
  for (const Family* family : families()) {
    std::optional<Candidate> next = describe(*family, checkpoint);
    if (next && (!best || next->unread.size() < best->unread.size())) best = std::move(next);
  }
  if (!best) return {};
  const std::string found = fmt::format("; the nearest family is {}, ", best->family->model_type);
  if (!best->unread.empty()) return found + "which does not know " + best->unread.front();
  return found + fault_of_tensors(std::move(*best), checkpoint);
}

}  // namespace fovea::tools
