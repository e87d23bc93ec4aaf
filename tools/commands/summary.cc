#include "tools/commands/summary.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "tools/common/table.h"
#include "tools/graph/dims.h"
#include "tools/import/special_tokens.h"
#include "tools/plan/plan.h"

namespace fovea::tools {
namespace {

namespace fs = std::filesystem;

std::string maximum(const schema::ModelT& model, const std::string& name, uint32_t value) {
  const uint32_t most = most_of(model, name);
  const bool can_grow = name != "batch" && most > value;
  return fmt::format("{} {}{}", name, value, can_grow ? fmt::format(" (up to {})", most) : "");
}

// "tokens 64 (up to 512), context 512".
std::string maxima_text(const schema::ModelT& model) {
  std::string result;
  const auto add = [&](const std::string& text) { result += (result.empty() ? "" : ", ") + text; };
  for (const auto& dim : model.dims) {
    if (!is_derived(*dim)) add(maximum(model, dim->name, dim->max));
  }
  for (size_t i = 0; i < model.caches.size(); ++i) {
    if (!appends_to(model, i)) continue;
    add(maximum(model, "context", model.caches[i]->context));
    break;
  }
  return result;
}

std::string methods_text(const schema::ModelT& model) {
  std::string result;
  for (const auto& method : model.methods) result += (result.empty() ? "" : ", ") + method->name;
  return result;
}

}  // namespace

void print_summary(const OutputFile& output, const schema::ModelT& model, const std::string& what,
                   const std::string& missing) {
  Table table("ll");
  table.row({"model", what});
  table.row({"methods", methods_text(model)});
  const schema::MemoryT& memory = *model.memory;
  table.row({"memory", fmt::format("{} bytes for a session with one thread",
                                   grouped(memory.state + memory.planned + memory.per_thread))});
  const std::string maxima = maxima_text(model);
  if (!maxima.empty()) table.row({"maxima", maxima + ": --max NAME=N changes them"});
  for (const auto& tokenizer : model.tokenizers) {
    table.row({"tokenizer",
               fmt::format("{}, {} pieces", tokenizer->name, grouped(tokenizer->pieces.size()))});
  }
  if (!missing.empty()) table.row({"tokenizer", missing});
  fmt::print(stderr, "{}: {} bytes\n{}", printable(output.name()), grouped(output.size()),
             table.text());
}

std::string missing_tokenizer(const schema::ModelT& model, const std::string& checkpoint) {
  if (!model.tokenizers.empty() || embedding_rows(model) == 0) return {};
  std::string files;
  std::error_code ignored;
  const bool folder = fs::is_directory(checkpoint, ignored);
  const fs::path beside = folder ? fs::path(checkpoint) : fs::path(checkpoint).parent_path();
  for (const char* name :
       {"tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model"}) {
    if (!fs::exists(beside / name, ignored)) continue;
    files += (files.empty() ? "" : ", ") + std::string(name);
  }
  return (files.empty() ? "none" : fmt::format("none: {} was not read", files)) +
         "; without one, tokens are given and shown as ids, see --tokenizer";
}

}  // namespace fovea::tools
