#include "tools/commands/summary.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "tools/common/table.h"
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
  for (const auto& dim : model.dims) add(maximum(model, dim->name, dim->max));
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

bool takes_tokens(const schema::ModelT& model) {
  for (const auto& op : model.methods.at(0)->operators) {
    if (op->attributes.AsEmbedding() != nullptr) return true;
  }
  return false;
}

// Where a model takes tokens and has no tokenizer: which files beside the checkpoint were not read.
std::string missing_tokenizer(const std::string& checkpoint) {
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
         "; `fovea generate` needs one to read and write text, see --tokenizer";
}

}  // namespace

void print_summary(const OutputFile& output, const schema::ModelT& model, const std::string& what,
                   const std::string& checkpoint) {
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
  if (!checkpoint.empty() && model.tokenizers.empty() && takes_tokens(model)) {
    table.row({"tokenizer", missing_tokenizer(checkpoint)});
  }
  fmt::print(stderr, "{}: {} bytes\n{}", printable(output.name()), grouped(output.size()),
             table.text());
}

}  // namespace fovea::tools
