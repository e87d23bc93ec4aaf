#include "tools/firmware/amalgamation.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string_view>

#include "tools/firmware/local_names.h"
#include "tools/firmware/needed_files.h"

namespace fovea::tools {
namespace {

constexpr const char* kHeader = "fovea.h";
constexpr const char* kConfig = "fovea_config.h";
// C, as fovea.h, into which they go.
constexpr const char* kParts[] = {"fovea_text.h", "fovea_run_within.h", "fovea_trusted.h"};

// Headers of others, which #pragma GCC system_header keeps silent where they are files.
constexpr std::string_view kForeign = "#pragma GCC system_header\n";
constexpr const char* kSilent =
    "#pragma GCC diagnostic push\n"
    "#pragma GCC diagnostic ignored \"-Wunused-parameter\"\n";
constexpr const char* kLoud = "#pragma GCC diagnostic pop\n";

// A compiler is silent about what headers define and nobody uses, but not about one file.
constexpr const char* kUnused =
    "#if defined(__clang__)\n"
    "#pragma clang diagnostic ignored \"-Wunused-function\"\n"
    "#pragma clang diagnostic ignored \"-Wunneeded-internal-declaration\"\n"
    "#endif\n";

bool starts(std::string_view line, std::string_view directive) {
  return line.substr(0, directive.size()) == directive;
}

// NAME of "#define NAME" or "#define NAME(a)".
std::string_view defined_name(std::string_view line) {
  constexpr std::string_view kDefine = "#define ";
  if (!starts(line, kDefine)) return {};
  line.remove_prefix(kDefine.size());
  return line.substr(0, line.find_first_of(" (\n"));
}

// Whether nothing of it is met a second time.
bool has_guard(const std::string& text) {
  const size_t first = text.find("#if");
  return first != text.npos && starts(std::string_view(text).substr(first), "#ifndef") &&
         first < text.find("#include");
}

template <class Visit>
void for_each_line(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    visit(text.substr(0, end));
    text.remove_prefix(end);
  }
}

class Amalgamation {
 public:
  Amalgamation(const std::vector<TextFile>& files, const std::vector<TextFile>& models) {
    for (const TextFile& file : files) files_[file.name] = &file.text;
    for (const TextFile& model : models) done_.insert(model.name);
    done_.insert(kHeader);
    done_.insert(std::begin(kParts), std::end(kParts));
    text_ = "// Everything that the models need. Made by `fovea firmware`; not to be edited.\n\n";
    include(kConfig, done_);
    text_ += kUnused;
    text_ += fmt::format("#include \"{}\"\n", kHeader);
  }

  // One source file, after which none of its macros is left, nor can its own names be met again.
  void add(const TextFile& file) {
    const std::string own =
        "_of_" + file.name.substr(0, file.name.size() - std::string_view(".cc").size());
    text_ += fmt::format("\n// {}\n", file.name);
    // A row of kernels has a namespace of its own, whose headers use what the file declares.
    const bool row = file.text.find("#define FOVEA_ROW ") != file.text.npos;
    lines(row ? file.text : renamed(file.text, local_names(file.text), own), done_);
    std::set<std::string_view> macros;
    for_each_line(file.text, [&](std::string_view line) {
      const std::string_view name = defined_name(line);
      if (!name.empty() && macros.insert(name).second) text_ += fmt::format("#undef {}\n", name);
    });
  }

  std::string finish() { return std::move(text_); }

 private:
  // What a condition includes may be needed once more where the condition does not hold: guards
  // keep a compiler from meeting it twice.
  void lines(const std::string& text, std::set<std::string>& done) {
    int depth = has_guard(text) ? -1 : 0;
    std::set<std::string> inside;
    for_each_line(text, [&](std::string_view line) {
      if (starts(line, "#if") && depth++ == 0) inside = done;
      if (starts(line, "#el") && depth == 1) inside = done;
      if (starts(line, "#endif")) --depth;
      const std::string name(included_file(line));
      if (name.empty() || files_.count(name) + done.count(name) == 0) {
        text_ += line;
      } else {
        include(name, depth > 0 ? inside : done);
      }
    });
  }

  // A list is included as often as it is asked for.
  void include(const std::string& name, std::set<std::string>& done) {
    const bool list = name.size() > 4 && name.compare(name.size() - 4, 4, ".inc") == 0;
    if (!list && !done.insert(name).second) return;
    const auto found = files_.find(name);
    if (found == files_.end()) return;
    const bool foreign = starts(*found->second, kForeign);
    if (foreign) text_ += kSilent;
    lines(foreign ? found->second->substr(kForeign.size()) : *found->second, done);
    if (foreign) text_ += kLoud;
  }

  std::map<std::string, const std::string*> files_;
  std::set<std::string> done_;
  std::string text_;
};

bool is_part(const std::string& name) {
  return std::find(std::begin(kParts), std::end(kParts), name) != std::end(kParts);
}

void add_without_includes(const std::string& text, std::string& header) {
  for_each_line(text, [&](std::string_view line) {
    if (included_file(line).empty()) header += line;
  });
}

bool ends(const std::string& name, std::string_view end) {
  return std::string_view(name).ends_with(end);
}

}  // namespace

std::vector<TextFile> amalgamation(const std::vector<TextFile>& files,
                                   const std::vector<TextFile>& models) {
  Amalgamation all(files, models);
  std::vector<TextFile> result;
  std::string header;
  for (const TextFile& file : files) {
    if (file.name == kHeader) add_without_includes(file.text, header);
    if (ends(file.name, ".cc")) {
      all.add(file);
    } else if (!ends(file.name, ".h") && !ends(file.name, ".hpp") && !ends(file.name, ".inc")) {
      result.push_back(file);
    }
  }
  for (const TextFile& file : files) {
    if (is_part(file.name)) add_without_includes(file.text, header);
  }
  for (const TextFile& model : models) add_without_includes(model.text, header);
  result.push_back({kHeader, header});
  result.push_back({"fovea.cc", all.finish()});
  return result;
}

}  // namespace fovea::tools
