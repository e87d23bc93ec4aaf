// `fovea firmware --sources --amalgamate`: names that files keep to themselves, and one file of all
// operators and features that there are.

#include <doctest/doctest.h>

#include <cstdlib>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tools/firmware/amalgamation.h"
#include "tools/firmware/local_names.h"
#include "tools/firmware/runtime_copy.h"

namespace fovea::test {
namespace {

using tools::local_names;
using tools::renamed;
using tools::TextFile;
using Names = std::set<std::string_view>;

TEST_CASE("local names are those of unnamed namespaces and static functions") {
  CHECK(local_names("namespace a {\nvoid global();\nnamespace {\nvoid local(int x);\n}\n}\n") ==
        Names{"local"});
  CHECK(local_names("static int once(int a) { return a; }\nint twice() { return 2; }\n") ==
        Names{"once"});
  CHECK(local_names("namespace {\nconstexpr const char* kNames[] = {\"a\", \"b\"};\n"
                    "template <class A, int N>\nA first(const A (&x)[N]) { return x[0]; }\n"
                    "using Word = unsigned;\nenum Kind { kOne, kTwo };\nenum class Far { kNear };\n"
                    "Word counted;\n}\n") ==
        Names{"kNames", "first", "Word", "Kind", "kOne", "kTwo", "Far", "counted"});
  // A specialisation, a member's definition and an operator name nothing that is new.
  CHECK(local_names("namespace {\ntemplate <>\nstruct Dot<int> {\n  int a;\n};\n"
                    "int Sum::total(int b) { return b; }\n"
                    "bool operator==(S a, S b) { return true; }\n}\n") == Names{});
  // What is a member too stays as it is.
  CHECK(local_names("namespace {\nstruct Plan {\n  int rows;\n  int of(int a) { return a; }\n};\n"
                    "int rows(Plan p) { return p.rows; }\n"
                    "__attribute__((noinline)) int last() { return 1; }\n}\n") ==
        Names{"Plan", "last"});
  CHECK(local_names("extern \"C\" {\nint shared();\nstatic int own();\n}\n") == Names{"own"});
}

TEST_CASE("names are changed where they mean the file's own") {
  const Names names = {"check", "Plan"};
  CHECK(renamed("check(a); d.check = check; p->check; Plan::kMost", names, "_x") ==
        "check_x(a); d.check = check_x; p->check; Plan_x::kMost");
  CHECK(renamed("fovea::check(1); other::check(2); recheck(3);", names, "_x") ==
        "fovea::check_x(1); other::check(2); recheck(3);");
  CHECK(renamed("// check\n\"check\" 'c' /* Plan */ R\"(\" check)\"\n#include \"check\"\n", names,
                "_x") ==
        "// check\n\"check\" 'c' /* Plan */ R\"(\" check)\"\n#include \"check\"\n");
  CHECK(renamed("#define CALL(a) \\\n  check(a)\n#check\n", names, "_x") ==
        "#define CALL(a) \\\n  check_x(a)\n#check\n");
}

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST_CASE("a header comes once, but again behind what may have left it out") {
  const std::vector<TextFile> files = {
      {"fovea_config.h", "// config\n"},
      {"fovea.h", "int api(void);\n"},
      {"x.h", "#ifndef X\n#define X\nint x();\n#endif\n"},
      {"list.inc", "ITEM(1)\n"},
      {"foreign.h", "#pragma GCC system_header\nint foreign(int unused);\n"},
      {"a.cc",
       "#include \"fovea_config.h\"\n#include \"list.inc\"\n#include \"list.inc\"\n#define SIZE(a) "
       "1\n#if ONE\n#include \"x.h\"\n#else\n#include \"x.h\"\n#endif\n#include \"x.h\"\n"},
      {"b.cc", "#include \"x.h\"\n#include \"foreign.h\"\n#include <new>\n#define SIZE 2\n"}};
  std::string source;
  for (const TextFile& file : tools::amalgamation(files, {})) {
    if (file.name == "fovea.cc") source = file.text;
  }
  CHECK(count(source, "int x();") == 3);
  CHECK(count(source, "// config") == 1);
  CHECK(count(source, "ITEM(1)") == 2);
  CHECK(count(source, "#undef SIZE\n") == 2);
  CHECK(count(source, "#include <new>") == 1);
  CHECK(count(source,
              "\"-Wunused-parameter\"\nint foreign(int unused);\n#pragma GCC diagnostic pop") == 1);
  CHECK(count(source, "system_header") == 0);
}

std::set<std::string> all_symbols() {
  std::set<std::string> symbols = {"fovea_operator_attention_form",
                                   "fovea_operator_attention_plain"};
#define FOVEA_OPERATOR(Kind, name) symbols.insert("fovea_operator_" #name);
#include "runtime/operators.inc"
#undef FOVEA_OPERATOR
#define FOVEA_FEATURE(name, words) symbols.insert("fovea_feature_" #name);
#include "runtime/features.inc"
#undef FOVEA_FEATURE
#define FOVEA_FORMAT_F32(...)
#define FOVEA_FORMAT_CODES FOVEA_FORMAT
#define FOVEA_FORMAT(name, Element, type)                                             \
  for (const char* op : {"linear_", "gated_linear_", "embedding_", "linear_experts_", \
                         "gated_experts_", "convolution_", "grid_convolution_"}) {    \
    symbols.insert(std::string("fovea_operator_") + op + #name);                      \
  }
#include "kernels/formats.inc"
#undef FOVEA_FORMAT
#define FOVEA_CACHE_F32(...)
#define FOVEA_CACHE(name, Element, type)                                  \
  for (const char* end : {"", "_form", "_plain"}) {                       \
    symbols.insert("fovea_operator_attention_" #name + std::string(end)); \
  }                                                                       \
  symbols.insert("fovea_operator_store_key_value_" #name);
#include "kernels/caches.inc"
#undef FOVEA_CACHE
  return symbols;
}

// Lines of a list in the folder of these symbols that begin so.
std::vector<std::string> lines_of(const std::set<std::string>& symbols, const std::string& list,
                                  const std::string& begin) {
  std::vector<std::string> found;
  for (const TextFile& file : tools::runtime_copy(symbols)) {
    if (file.name != list) continue;
    std::istringstream lines(file.text);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(begin)) found.push_back(line);
    }
  }
  return found;
}

TEST_CASE("lists of a folder have the operators, kernels and formats of its models alone") {
  using Lines = std::vector<std::string>;
  const std::set<std::string> few = {"fovea_operator_linear", "fovea_operator_linear_f16",
                                     "fovea_operator_activation"};
  const std::string operators = "fovea_runtime_operators.inc";
  CHECK(lines_of(few, operators, "FOVEA_OPERATOR") ==
        Lines{"FOVEA_OPERATOR(Linear, linear)", "FOVEA_OPERATOR(Activation, activation)"});
  Lines all;
#define FOVEA_OPERATOR(Kind, name) all.push_back("FOVEA_OPERATOR(" #Kind ", " #name ")");
#include "runtime/operators.inc"
#undef FOVEA_OPERATOR
  CHECK(lines_of(all_symbols(), operators, "FOVEA_OPERATOR") == all);
  const std::string formats = "fovea_kernels_formats.inc", caches = "fovea_kernels_caches.inc";
  CHECK(lines_of(few, formats, "FOVEA_FORMAT") ==
        Lines{"FOVEA_FORMAT_F32(f32, F32, Float32)", "FOVEA_FORMAT(f16, F16, Float16)"});
  CHECK(lines_of(few, caches, "FOVEA_CACHE") == Lines{"FOVEA_CACHE_F32(f32, F32, Float32)"});
  CHECK(lines_of({"fovea_operator_attention_int8"}, caches, "FOVEA_CACHE(") ==
        Lines{"FOVEA_CACHE(int8, C8, Int8)"});
  CHECK(lines_of({"fovea_operator_attention_int8"}, formats, "FOVEA_FORMAT").size() == 1);
  CHECK(lines_of(all_symbols(), formats, "FOVEA_FORMAT").size() == 6);
  CHECK(lines_of(all_symbols(), caches, "FOVEA_CACHE").size() == 3);
}

TEST_CASE("all operators and features compile as one file") {
  const TemporaryFolder folder;
  bool found = false;
  const std::vector<TextFile> model = {{"a.h", "#include \"fovea.h\"\nint of_a_model(void);\n"}};
  for (const TextFile& file : tools::amalgamation(tools::runtime_copy(all_symbols()), model)) {
    CHECK_MESSAGE(
        (file.name == "fovea.h" || file.name == "fovea.cc" || file.name == "fovea_LICENSE"),
        file.name);
    found |= file.name == "fovea.h" && file.text.find("int of_a_model") != std::string::npos;
    write_bytes(folder.file(file.name), file.text);
  }
  CHECK(found);
  const std::string command =
      FOVEA_CXX " -std=c++17 -Wall -Wextra -Werror -fsyntax-only -c " + folder.file("fovea.cc");
  CHECK(std::system(command.c_str()) == 0);
}

}  // namespace
}  // namespace fovea::test
