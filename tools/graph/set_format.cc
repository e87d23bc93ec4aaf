#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/layout.h"
#include "runtime/layout.h"
#include "tools/common/error.h"
#include "tools/common/suggest.h"
#include "tools/graph/format.h"
#include "tools/graph/quantize.h"

namespace fovea::tools {
namespace {

// What reads a weight, and as which of its weights.
struct Use {
  schema::Attributes kind;
  size_t slot;
};

std::vector<std::vector<Use>> uses_of_weights(const schema::ModelT& model) {
  std::vector<std::vector<Use>> uses(model.weights.size());
  for (const auto& method : model.methods) {
    for (const auto& op : method->operators) {
      for (size_t slot = 0; slot < op->weights.size(); ++slot) {
        if (op->weights[slot] < 0) continue;
        uses[static_cast<size_t>(op->weights[slot])].push_back({op->attributes.type, slot});
      }
    }
  }
  return uses;
}

// Codes of more columns than an int32 holds the sum of are left to formats of numbers.
bool has_room(const schema::WeightT& weight, const Format& format) {
  return !format.is_codes() || matrices_of(weight).k.value() <= kernels::kMostCodes;
}

bool can_be(const schema::WeightT& weight, const std::vector<Use>& uses, const Format& format) {
  if (format.type == schema::DType::Float32) return true;
  const auto reads = [&](const Use& use) {
    return use.slot == 0 && operator_in(use.kind, format.type) != nullptr;
  };
  return has_room(weight, format) && std::all_of(uses.begin(), uses.end(), reads);
}

// A table of a few rows, such as kinds of tokens, is next to nothing, and every token has one of
// its rows: what codes leave of that is the same error everywhere.
bool is_too_small(const schema::WeightT& weight, const std::vector<Use>& uses) {
  constexpr uint32_t kFewRows = 8;
  return !uses.empty() && weight.shape[0] <= kFewRows &&
         std::all_of(uses.begin(), uses.end(),
                     [](const Use& use) { return use.kind == schema::Attributes::Embedding; });
}

// Of few columns what goes with an output's codes is most of them: such a matrix would hardly
// become smaller, and less exact.
bool is_not_halved(const schema::WeightT& weight, const Format& format) {
  const auto bytes = [&](schema::DType type) {
    return weight_bytes(weight.layout, weight.shape.data(),
                        static_cast<uint32_t>(weight.shape.size()), type);
  };
  return (bytes(format.type) * 2).value() > bytes(schema::DType::Float32).value();
}

// Whether all of `text` is like the pattern. Of several ways the last * takes the most.
bool is_like(std::string_view text, std::string_view pattern) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return text == pattern;
  if (text.substr(0, star) != pattern.substr(0, star)) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (size_t i = star; i <= text.size(); ++i) {
    if (is_like(text.substr(i), rest)) return true;
  }
  return false;
}

std::vector<std::string> names_of(const Graph& graph, size_t weight) {
  std::vector<std::string> names = {graph.model.weights[weight]->name};
  for (const Part& part : graph.sources[weight].parts) {
    if (!part.tensor.empty()) names.push_back(part.tensor);
  }
  return names;
}

// Which weights a Keep is for, and whether any of them could be so.
struct Found {
  std::string name = {};  // of one that cannot; empty: there is none
  bool applies = false;
};

void check_found(const Graph& graph, const Keep& keep, const Found& found) {
  if (found.applies) return;
  if (!found.name.empty()) {
    fail("--keep {}={}: {} cannot be kept so", keep.pattern, keep.format->name, found.name);
  }
  std::vector<std::string> all;
  for (size_t i = 0; i < graph.model.weights.size(); ++i) {
    for (std::string& name : names_of(graph, i)) all.push_back(std::move(name));
  }
  fail("--keep {}={}: no tensor has such a name{}", keep.pattern, keep.format->name,
       suggestion(keep.pattern, all));
}

}  // namespace

Keep parse_keep(const std::string& text) {
  const size_t equal = text.rfind('=');
  if (equal == std::string::npos || equal == 0) {
    throw UsageError("--keep " + text + ": give NAME=TYPE, as lm_head.weight=f16");
  }
  const std::string type = text.substr(equal + 1);
  for (const Format& format : formats()) {
    if (format.name == type) return {text.substr(0, equal), &format};
  }
  throw UsageError("--keep " + text + ": " + type + " is no format of weights" +
                   suggestion(type, format_names()));
}

std::vector<bool> weights_that_take(const Graph& graph, const Format& format) {
  const auto uses = uses_of_weights(graph.model);
  std::vector<bool> take;
  for (size_t i = 0; i < uses.size(); ++i) {
    take.push_back(can_be(*graph.model.weights[i], uses[i], format));
  }
  return take;
}

void set_format(Graph& graph, const Format& format, std::span<const Keep> keeps) {
  const auto uses = uses_of_weights(graph.model);
  std::vector<Found> found(keeps.size());
  for (size_t i = 0; i < uses.size(); ++i) {
    schema::WeightT& weight = *graph.model.weights[i];
    const bool stays =
        format.is_codes() && (is_too_small(weight, uses[i]) || is_not_halved(weight, format));
    const Format* wanted = stays ? &format_of(schema::DType::Float32) : &format;
    for (size_t k = 0; k < keeps.size(); ++k) {
      const std::vector<std::string> names = names_of(graph, i);
      const auto like = [&](const std::string& name) { return is_like(name, keeps[k].pattern); };
      if (std::none_of(names.begin(), names.end(), like)) continue;
      wanted = keeps[k].format;
      if (can_be(weight, uses[i], *wanted)) {
        found[k].applies = true;
      } else {
        found[k].name = names.back();
      }
    }
    if (can_be(weight, uses[i], *wanted)) weight.dtype = wanted->type;
  }
  for (size_t k = 0; k < keeps.size(); ++k) check_found(graph, keeps[k], found[k]);
  for (auto& method : graph.model.methods) quantize_inputs(graph.model, *method);
}

}  // namespace fovea::tools
