#include <fmt/format.h>

#include <set>

#include "tools/firmware/manifests.h"
#include "tools/firmware/names.h"

namespace fovea::tools {
namespace {

// How a program of some system begins, prints and ends.
struct Style {
  const char* file;
  const char* includes;
  const char* print;  // a function of one text
  const char* entry;  // the function that calls try_all()
};

constexpr const char* kPrintf =
    "static void print(const char* text) {\n  printf(\"%s\", text);\n}\n";

constexpr Style kStyles[] = {
    {"examples/bare/main.c", "#include <stdio.h>\n", kPrintf,
     "int main(void) {\n  return try_all();\n}\n"},
    {"examples/platformio/main.cpp", "#include <stdio.h>\n", kPrintf,
     "int main() {\n  return try_all();\n}\n"},
    {"examples/esp-idf/main.c", "#include <stdio.h>\n", kPrintf,
     "void app_main(void) {\n  try_all();\n}\n"},
    {"examples/zephyr/main.c", "#include <zephyr/sys/printk.h>\n",
     "static void print(const char* text) {\n  printk(\"%s\", text);\n}\n",
     "int main(void) {\n  return try_all();\n}\n"},
    {"examples/fingerprint/fingerprint.ino", "",
     "static void print(const char* text) {\n  Serial.print(text);\n}\n",
     "void setup() {\n  Serial.begin(115200);\n  try_all();\n}\n\nvoid loop() {}\n"},
};

// One model's function, NAME in capitals.
constexpr const char* kTry = R"(
static uint8_t {0}_arena[{1}_ARENA_BYTES] __attribute__((aligned(FOVEA_ALIGNMENT)));

static int try_{0}(void) {{
  fovea_model model;
  fovea_session* session;
  fovea_error error;
  const fovea_spans memory = {{{{{0}_arena, sizeof {0}_arena}}, {{0, 0}}, {{0, 0}}}};
  if ({0}_open(&model, &error) != FOVEA_OK) return failed("{0}: not opened\n");
  if (fovea_bind(&model, memory, 0, &session, &error) != FOVEA_OK) return failed("{0}: not bound\n");
  if (fovea_check_fingerprint(session, &error) != FOVEA_OK) {{
    return failed("{0}: other results than on the workstation\n");
  }}
  print("{0}: fingerprint ok\n");
  /* From here on: fovea_input() says where to write to, fovea_run() runs, fovea_output() says where
     to read. {0}.h has the names. */
  return 0;
}}
)";

std::string program(const Style& style, const std::vector<std::string>& models,
                    const std::set<std::string>& headers) {
  std::string text = fmt::format(
      "/* Opens each model and proves that this processor computes what the workstation computed. "
      "*/\n"
      "{}",
      style.includes);
  for (const std::string& header : headers) text += fmt::format("#include \"{}\"\n", header);
  text +=
      fmt::format("\n{}\nstatic int failed(const char* text) {{\n  print(text);\n  return 1;\n}}\n",
                  style.print);
  std::string calls;
  for (const std::string& name : models) {
    text += fmt::format(fmt::runtime(kTry), name, upper(name));
    calls += fmt::format("  result |= try_{}();\n", name);
  }
  return text +
         fmt::format(
             "\nstatic int try_all(void) {{\n  int result = 0;\n{}  return result;\n}}\n\n{}",
             calls, style.entry);
}

}  // namespace

std::vector<TextFile> examples(const std::vector<std::string>& models,
                               const std::vector<std::string>& headers) {
  const std::set<std::string> once(headers.begin(), headers.end());
  std::vector<TextFile> files;
  for (const Style& style : kStyles) files.push_back({style.file, program(style, models, once)});
  return files;
}

}  // namespace fovea::tools
