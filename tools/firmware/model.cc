#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <set>

#include "runtime/features.h"
#include "runtime/operator.h"
#include "tools/firmware/names.h"
#include "tools/firmware/sources.h"
#include "tools/graph/format.h"

namespace fovea::tools {
namespace {

constexpr size_t kWord = 8;  // bytes
constexpr size_t kWordsPerLine = 4;

uint64_t word_at(std::span<const uint8_t> bytes, size_t at) {
  uint64_t word = 0;
  const size_t count = bytes.size() - at < kWord ? bytes.size() - at : kWord;
  for (size_t i = 0; i < count; ++i) word |= uint64_t{bytes[at + i]} << (8 * i);
  return word;
}

// An operator with less code does for products whose results go through no function, or ReLU.
bool is_plain(const schema::Operator& op) {
  const auto* linear = op.attributes_as_Linear();
  return linear != nullptr && (linear->function() == schema::Function::None ||
                               linear->function() == schema::Function::Relu);
}

// Operators with less code do for attention that only scales its scores, neither reports nor drops
// weights, and for attention without position keys, position queries and kept queries that tells of
// all heads and queries, and not of scores.
const char* smaller_attention(const schema::Operator& op) {
  const auto* attention = op.attributes_as_Attention();
  if (attention == nullptr) return "";
  if (attention->scoring() == nullptr && attention->dropout() == nullptr &&
      op.outputs()->size() == 1) {
    return "_plain";
  }
  constexpr uint32_t kFormWeights = 3;
  for (uint32_t i = kFormWeights; i < size_of(op.weights()); ++i) {
    if (op.weights()->Get(i) >= 0) return "";
  }
  constexpr uint32_t kFormInputs = 7;
  const bool kept = size_of(op.inputs()) > kFormInputs && op.inputs()->Get(kFormInputs) >= 0;
  const auto* kinds = attention->reports();  // in ascending order
  const bool scores =
      size_of(kinds) > 0 && static_cast<schema::ReportKind>(kinds->Get(kinds->size() - 1)) >=
                                schema::ReportKind::ScaledScores;
  return kept || scores || attention->range() != nullptr ? "" : "_form";
}

constexpr std::string_view kFeatures[] = {
#define FOVEA_FEATURE(name, words) #name,
#include "runtime/features.inc"
#undef FOVEA_FEATURE
};

// Those that have a part without checks; what texts need is the same for every opening.
constexpr std::string_view kOfRuns[] = {"caches", "derived_dims", "packed_rows"};

// Of "fovea_operator_linear" the object without checks where the header needs none.
std::string linked_symbol(const std::string& symbol, std::string_view kind, Opening opening) {
  return opening == Opening::kTrusted ? "fovea_trusted_" + symbol.substr(kind.size()) : symbol;
}

std::set<std::string> used_operators(const schema::Model& tables) {
  std::set<std::string> symbols;
  for (uint32_t m = 0; m < size_of(tables.methods()); ++m) {
    const auto* operators = tables.methods()->Get(m)->operators();
    for (uint32_t i = 0; i < size_of(operators); ++i) {
      const schema::Operator& op = *operators->Get(i);
      const schema::DType format = fovea::format_of(tables, op);
      symbols.insert(is_plain(op)
                         ? operator_symbol(op.attributes_type(), format, "_plain")
                         : operator_symbol(op.attributes_type(), format) + smaller_attention(op));
    }
  }
  // A larger one does for the smaller ones of its format, too.
  for (const Format& format : formats()) {
    const std::string whole = operator_symbol(schema::Attributes::Attention, format.type);
    if (symbols.count(whole) != 0) symbols.erase(whole + "_form");
    if (symbols.count(whole) + symbols.count(whole + "_form") != 0) symbols.erase(whole + "_plain");
    if (symbols.count(operator_symbol(schema::Attributes::Linear, format.type)) != 0)
      symbols.erase(operator_symbol(schema::Attributes::Linear, format.type, "_plain"));
  }
  return symbols;
}

std::string feature_symbol(std::string_view feature) {
  return fmt::format("{}{}", kFeature, feature);
}

std::set<std::string> used_features(const schema::Model& tables) {
  std::set<std::string> symbols;
  uint32_t needed = fovea::needs(tables) | fovea_feature_texts.needs(tables);
  for (const std::string_view feature : kFeatures) {
    if ((needed & 1) != 0) symbols.insert(feature_symbol(feature));
    needed >>= 1;
  }
  return symbols;
}

}  // namespace

std::string firmware_array(std::span<const uint8_t> bytes, const std::string& name,
                           const std::string& header) {
  std::string text = fmt::format(
      "/* The bytes of the model. Made by `fovea firmware`; not to be edited. */\n"
      "#include \"{2}\"\n\n__attribute__((aligned({1}_ALIGNMENT))) const uint64_t "
      "{0}_model[({1}_MODEL_BYTES + 7) / 8] = {{",
      name, upper(name), header);
  text.reserve(text.size() + bytes.size() / kWord * 21 + 64);
  for (size_t at = 0; at < bytes.size(); at += kWord) {
    text += at / kWord % kWordsPerLine == 0 ? "\n" : "";
    fmt::format_to(std::back_inserter(text), "0x{:x}u,", word_at(bytes, at));
  }
  return text + "\n};\n";
}

std::string firmware_assembly(uint64_t size, const std::string& name) {
  return fmt::format(
      "/* The bytes of the model. Made by `fovea firmware`; not to be edited. The assembler looks\n"
      " * for the .bin file in the folders given with -I. */\n"
      "#ifndef {1}_ALIGNMENT\n#define {1}_ALIGNMENT 64\n#endif\n"
      "  .section .rodata.{0}_model,\"a\",%progbits\n"
      "  .balign {1}_ALIGNMENT\n"
      "  .global {0}_model\n"
      "  .type {0}_model, %object\n"
      "{0}_model:\n"
      "  .incbin \"{0}_model.bin\"\n"
      "  .size {0}_model, {2}\n"
      "#ifdef __linux__  /* not an executable stack */\n"
      "  .section .note.GNU-stack,\"\",%progbits\n"
      "#endif\n",
      name, upper(name), size);
}

std::set<std::string> firmware_symbols(const ModelFile& file) {
  std::set<std::string> symbols = used_operators(file.tables());
  symbols.merge(used_features(file.tables()));
  return symbols;
}

std::string firmware_operators(const ModelFile& file, const std::string& name, Opening opening) {
  std::string declarations, items, features;
  for (const std::string& checked : used_operators(file.tables())) {
    const std::string symbol = linked_symbol(checked, kOperator, opening);
    declarations += fmt::format("extern const fovea_operator {};\n", symbol);
    items += fmt::format("    &{},\n", symbol);
  }
  const std::set<std::string> used = used_features(file.tables());
  for (const std::string_view feature : kFeatures) {
    const bool links = used.count(feature_symbol(feature)) != 0;
    const bool text =
        std::find(std::begin(kOfRuns), std::end(kOfRuns), feature) == std::end(kOfRuns);
    const std::string symbol =
        text ? feature_symbol(feature) : linked_symbol(feature_symbol(feature), kFeature, opening);
    if (links) declarations += fmt::format("extern const fovea_{} {};\n", feature, symbol);
    features += links ? fmt::format("        &{},\n", symbol)
                      : fmt::format("        0, /* {} */\n", feature);
  }
  return fmt::format(
      "{4}\n#include \"{0}.h\"\n\n#ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n"
      "{1}\n"
      "static const fovea_operator* const {0}_items[] = {{\n{2}}};\n\n"
      "const fovea_operators {0}_operators = {{\n    {0}_items,\n"
      "    sizeof {0}_items / sizeof {0}_items[0],\n    {{\n{3}    }},\n}};\n\n"
      "#ifdef __cplusplus\n}}\n#endif\n",
      name, declarations, items, features, kOperatorsTitle);
}

}  // namespace fovea::tools
