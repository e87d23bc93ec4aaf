#include "tools/firmware/runtime_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "tools/firmware/needed_files.h"

namespace fovea::tools {
namespace {

// Names of rows as kernels/rows.inc has them.
constexpr std::string_view kRows[] = {
#define FOVEA_ROW(name, processor, needs) #name,
#include "kernels/rows.inc"
#undef FOVEA_ROW
};

constexpr const char* kConfigName = "fovea_config.h";
constexpr const char* kSmallName = "fovea_small.h";

// As runtime/CMakeLists.txt has it for boards, and what goes with one source file of all.
constexpr const char* kSmall =
    "// All hot loops are in the kernels: what is here is made small.\n\n"
    "#ifndef FOVEA_SMALL_H_\n#define FOVEA_SMALL_H_\n\n"
    "#if defined(__GNUC__) && !defined(__clang__) && !defined(FOVEA_COMPACT)\n"
    "#pragma GCC optimize(\"Os\", \"no-tree-loop-im\", \"no-move-loop-invariants\", "
    "\"no-ipa-sra\", \\\n                     \"no-gcse\", \"no-partial-inlining\")\n#endif\n\n"
    "#endif  // FOVEA_SMALL_H_\n";

// "kernels/impl/vec-inl.h" in the flat folder.
std::string flat_name(std::string_view name) {
  std::string result(name.starts_with("fovea/") || name.starts_with("flatbuffers/") ? ""
                                                                                    : "fovea/");
  result += name == "fovea/fovea.h" || name == "fovea/fovea.hpp" ? name.substr(6) : name;
  for (char& c : result) c = c == '/' ? '_' : c;
  return result;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// What CMake gives elsewhere as definitions and flags.
std::string config() {
  std::string text =
      "// What the sources of fovea are compiled with: no system, one row of kernels that is "
      "called\n"
      "// directly, no product that a compiler fuses with a sum on its own, and what makes "
      "kernels\n"
      "// fast, whatever else is asked for, but with FOVEA_COMPACT what makes them small.\n\n"
      "#ifndef FOVEA_CONFIG_H_\n#define FOVEA_CONFIG_H_\n\n#define FOVEA_FREESTANDING 1\n\n"
      "#if defined(__aarch64__)\n#define FOVEA_SINGLE_ISA neon\n#define FOVEA_ROW_neon 1\n"
      "#define FOVEA_ROW_portable 0\n#else\n#define FOVEA_SINGLE_ISA portable\n"
      "#define FOVEA_ROW_neon 0\n#define FOVEA_ROW_portable 1\n#endif\n";
  for (const std::string_view row : kRows) {
    if (row != "neon" && row != "portable") text += fmt::format("#define FOVEA_ROW_{} 0\n", row);
  }
  return text +
         "\n#if defined(__clang__)\n#pragma STDC FP_CONTRACT OFF\n"
         "#elif defined(__GNUC__) && defined(FOVEA_COMPACT)\n"
         "#pragma GCC optimize(\"Os\", \"fp-contract=off\", \"no-math-errno\")\n"
         "#elif defined(__GNUC__)\n"
         "/* Square roots need no errno; scheduling before registers are allocated makes a tile "
         "spill "
         "its\n   sums (kernels/CMakeLists.txt). */\n"
         "#pragma GCC optimize(\"O2\", \"fp-contract=off\", \"no-math-errno\", "
         "\"no-schedule-insns\")\n#else\n"
         "#error \"fovea: a compiler that can be told not to fuse products and sums\"\n#endif\n\n"
         "#endif  // FOVEA_CONFIG_H_\n";
}

// Whether the identifier stands in the text.
bool has_word(std::string_view text, std::string_view word) {
  const auto inside = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '#';
  };
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || !inside(text[at - 1])) && (end == text.size() || !inside(text[end])))
      return true;
  }
  return false;
}

class Copy {
 public:
  Copy(const NeededFiles& needed, const std::set<std::string>& symbols)
      : needed_(needed), symbols_(symbols) {
    for (const auto& [name, file] : needed.files) {
      if (name.starts_with("runtime/")) runtime_ += file->text;
    }
  }

  TextFile file(const EmbeddedFile& file) const {
    std::string text;
    const bool foreign = file.name.starts_with("flatbuffers/") || file.name == "model_generated.h";
    if (foreign) text += "#pragma GCC system_header\n";
    const bool source = ends_with(file.name, ".cc");
    if (source) text += fmt::format("#include \"{}\"\n", kConfigName);
    if (source && file.name.starts_with("runtime/")) {
      text += fmt::format("#include \"{}\"\n", kSmallName);
    }
    const std::string row = row_of(file.name);
    if (!row.empty()) text += fmt::format("#if FOVEA_ROW_{}\n", row);
    text += flattened(listed(file));
    if (!row.empty()) text += "#endif\n";
    return {flat_name(file.name), text};
  }

 private:
  // The row whose file it is.
  static std::string row_of(std::string_view name) {
    constexpr std::string_view kFolder = "kernels/isa/";
    if (!name.starts_with(kFolder)) return {};
    name.remove_prefix(kFolder.size());
    return std::string(name.substr(0, name.find('.')));
  }

  // Of the lists the lines that are needed. What goes from the lines of a macro leaves their
  // backslashes.
  std::string listed(const EmbeddedFile& file) const {
    if (!ends_with(file.name, ".inc") || file.name == "kernels/rows.inc") {
      return std::string(file.text);
    }
    std::string result;
    for_each_part(file.text, '\n', [&](std::string_view line) {
      if (is_needed(line)) {
        result += line;
      } else if (ends_with(line, "\\")) {
        result += "\\";
      }
      result += "\n";
    });
    return result;
  }

  bool is_needed(std::string_view line) const {
    const size_t at = line.find("FOVEA_");
    const size_t open = line.find('(');
    if (line.starts_with("//") || line.starts_with("#") || at == std::string_view::npos ||
        open == std::string_view::npos) {
      return true;
    }
    const std::string_view macro = line.substr(at, open - at);
    const std::string_view arguments = line.substr(open + 1, line.find(')') - open - 1);
    const std::string_view first = arguments.substr(0, arguments.find(','));
    if (macro == "FOVEA_KERNEL") return has_word(runtime_, first);
    if (macro == "FOVEA_FORMAT_F32" || macro == "FOVEA_CACHE_F32") return true;
    if (macro.starts_with("FOVEA_FORMAT")) return is_used(first, false);
    if (macro == "FOVEA_CACHE") return is_used(first, true);
    if (macro == "FOVEA_OPERATOR") {
      return needed_.operators.count(arguments.substr(arguments.find(", ") + 2)) != 0;
    }
    return true;
  }

  // Operators of formats besides f32 have their names behind their own: of weights or of a cache.
  bool is_used(std::string_view format, bool of_cache) const {
    return std::any_of(symbols_.begin(), symbols_.end(), [&](const std::string& symbol) {
      const auto is = [&](std::string_view op) {
        return symbol.starts_with(fmt::format("fovea_operator_{}_{}", op, format));
      };
      const bool caches = is("attention") || is("store_key_value");
      return of_cache ? caches : !caches && symbol.ends_with(fmt::format("_{}", format));
    });
  }

  const NeededFiles& needed_;
  const std::set<std::string>& symbols_;
  std::string runtime_;
};

}  // namespace

std::string flattened(const std::string& text) {
  std::set<std::string_view> known;
  for (const EmbeddedFile& file : embedded_files()) known.insert(file.name);
  std::string result;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    const std::string_view name = included_file(line);
    result += known.count(name) == 0 ? std::string(line)
                                     : fmt::format("#include \"{}\"", flat_name(name));
    result += "\n";
    begin = end + 1;
  }
  return result;
}

std::vector<std::string> runtime_copy_names() {
  std::vector<std::string> names = {kConfigName, kSmallName};
  for (const EmbeddedFile& file : embedded_files()) names.push_back(flat_name(file.name));
  return names;
}

std::vector<TextFile> runtime_copy(const std::set<std::string>& symbols) {
  const NeededFiles needed = needed_files(symbols);
  const Copy copy(needed, symbols);
  std::vector<TextFile> files;
  for (const auto& [name, file] : needed.files) files.push_back(copy.file(*file));
  files.push_back({kConfigName, config()});
  files.push_back({kSmallName, kSmall});
  return files;
}

}  // namespace fovea::tools
