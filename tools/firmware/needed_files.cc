#include "tools/firmware/needed_files.h"

#include <fmt/format.h>

#include <vector>

#include "tools/common/error.h"
#include "tools/firmware/names.h"

namespace fovea::tools {
namespace {

constexpr std::string_view kTrusted = "fovea_trusted_";
constexpr std::string_view kWhole = "fovea_all_operators";

constexpr std::string_view kOperators[] = {
#define FOVEA_OPERATOR(Kind, name) #name,
#include "runtime/operators.inc"
#undef FOVEA_OPERATOR
};

// Of "fovea_operator_linear_f16" linear; empty for other symbols.
std::string_view operator_of(std::string_view symbol) {
  if (!symbol.starts_with(kOperator)) return {};
  symbol.remove_prefix(kOperator.size());
  std::string_view longest;
  for (const std::string_view name : kOperators) {
    if (symbol.starts_with(name) && name.size() > longest.size()) longest = name;
  }
  return longest;
}

// What describes an operator: cost_linear and signature_linear as the compiler names them.
std::string description(const char* part, std::string_view name) {
  const std::string whole = part + std::string(name);
  return fmt::format("_ZN5fovea{}{}E", whole.size(), whole);
}

bool names(std::string_view symbols, std::string_view symbol) {
  bool found = false;
  for_each_part(symbols, ' ', [&](std::string_view s) { found |= s == symbol; });
  return found;
}

class Search {
 public:
  Search() {
    for (const EmbeddedFile& file : embedded_files()) {
      by_name_[file.name] = &file;
      for_each_part(file.defines, ' ', [&](std::string_view symbol) { where_[symbol] = &file; });
    }
    for (const std::string_view name : kOperators) {
      descriptions_.insert(description("signature_", name));
      descriptions_.insert(description("cost_", name));
    }
  }

  void take_symbol(std::string_view symbol) {
    const auto found = where_.find(symbol);
    if (found != where_.end()) take(*found->second);
  }

  void take_file(std::string_view name) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) throw InputError(fmt::format("this program has no {}", name));
    take(*found->second);
  }

  // What fovea.h declares, but for what takes all operators.
  void take_interface() {
    for (const EmbeddedFile& file : embedded_files()) {
      bool declared = false;
      for_each_part(file.defines, ' ', [&](std::string_view symbol) {
        declared |= symbol.starts_with("fovea_") && !symbol.starts_with(kOperator) &&
                    !symbol.starts_with(kFeature) && !symbol.starts_with(kTrusted);
      });
      if (declared && !names(file.defines, kWhole) && !names(file.uses, kWhole)) take(file);
    }
  }

  NeededFiles finish() {
    while (!left_.empty()) {
      const EmbeddedFile& file = *left_.back();
      left_.pop_back();
      for_each_part(file.defines, ' ', [&](std::string_view symbol) { describe(symbol); });
      // The list of operators asks for every description: only those are taken that describe
      // something.
      for_each_part(file.uses, ' ', [&](std::string_view symbol) {
        if (descriptions_.count(std::string(symbol)) == 0) take_symbol(symbol);
      });
      for_each_part(file.text, '\n', [&](std::string_view line) {
        const auto found = by_name_.find(included_file(line));
        if (found != by_name_.end()) take(*found->second);
      });
    }
    return std::move(needed_);
  }

 private:
  void take(const EmbeddedFile& file) {
    if (needed_.files.emplace(file.name, &file).second) left_.push_back(&file);
  }

  void describe(std::string_view symbol) {
    const std::string_view name = operator_of(symbol);
    if (name.empty() || !needed_.operators.insert(name).second) return;
    take_symbol(description("signature_", name));
    take_symbol(description("cost_", name));
  }

  std::map<std::string_view, const EmbeddedFile*> by_name_, where_;
  std::set<std::string> descriptions_;
  NeededFiles needed_;
  std::vector<const EmbeddedFile*> left_;
};

}  // namespace

std::string_view included_file(std::string_view line) {
  constexpr std::string_view kInclude = "#include \"";
  if (!line.starts_with(kInclude)) return {};
  line.remove_prefix(kInclude.size());
  return line.substr(0, line.find('"'));
}

NeededFiles needed_files(const std::set<std::string>& symbols) {
  Search search;
  search.take_interface();
  for (const std::string& symbol : symbols) search.take_symbol(symbol);
  for (const char* name :
       {"fovea/fovea.hpp", "fovea/beams.hpp", "fovea/sampler.hpp", "fovea/run_within.h",
        "fovea/trusted.h", "LICENSE", "kernels/dispatch.cc", "kernels/scratch.cc",
        "kernels/isa/portable.cc", "kernels/isa/neon.cc"}) {
    search.take_file(name);
  }
  return search.finish();
}

}  // namespace fovea::tools
