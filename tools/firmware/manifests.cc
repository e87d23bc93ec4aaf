#include "tools/firmware/manifests.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace fovea::tools {
namespace {

constexpr const char* kAbout = "Transformer models in fixed memory, with the same bits everywhere";

std::string joined(const std::vector<std::string>& words, const char* before) {
  std::string text;
  for (const std::string& word : words) text += before + word;
  return text;
}

TextFile platformio() {
  const nlohmann::ordered_json json = {{"name", "fovea"},
                                       {"version", FOVEA_VERSION},
                                       {"description", kAbout},
                                       {"license", "Apache-2.0"},
                                       {"frameworks", "*"},
                                       {"platforms", "*"},
                                       {"build",
                                        {{"srcDir", "."},
                                         {"includeDir", "."},
                                         {"srcFilter", {"+<*.cc>"}},
                                         {"unflags", {"-std=gnu++11", "-std=gnu++14"}},
                                         {"flags", {"-std=gnu++17"}}}}};
  return {"library.json", json.dump(2) + "\n"};
}

TextFile arduino() {
  return {"library.properties",
          fmt::format("name=fovea\nversion={}\nauthor=fovea\nmaintainer=fovea\nsentence={}\n"
                      "paragraph=Made by fovea firmware --sources: models and what runs them.\n"
                      "category=Data Processing\nurl=\narchitectures=*\nincludes=fovea.h\n",
                      FOVEA_VERSION, kAbout)};
}

// ESP-IDF takes it as a component, any other CMake project by add_subdirectory.
TextFile cmake(const std::vector<std::string>& sources) {
  return {"CMakeLists.txt",
          fmt::format("cmake_minimum_required(VERSION 3.16)\nset(fovea_sources{})\n"
                      "if(ESP_PLATFORM)\n"
                      "  idf_component_register(SRCS ${{fovea_sources}} INCLUDE_DIRS .)\n"
                      "  target_compile_features(${{COMPONENT_LIB}} PUBLIC cxx_std_17)\n"
                      "else()\n"
                      "  project(fovea_models LANGUAGES CXX)\n"
                      "  add_library(fovea_models STATIC ${{fovea_sources}})\n"
                      "  target_compile_features(fovea_models PUBLIC cxx_std_17)\n"
                      "  target_compile_options(fovea_models PRIVATE -ffunction-sections "
                      "-fdata-sections)\n"
                      "  target_include_directories(fovea_models PUBLIC "
                      "${{CMAKE_CURRENT_SOURCE_DIR}})\nendif()\n",
                      joined(sources, "\n  "))};
}

std::vector<TextFile> zephyr(const std::vector<std::string>& sources) {
  return {
      {"zephyr/module.yml", "name: fovea\nbuild:\n  cmake: zephyr\n  kconfig: zephyr/Kconfig\n"},
      {"zephyr/Kconfig",
       fmt::format("config FOVEA\n\tbool \"{}\"\n\tdepends on CPP && STD_CPP17\n", kAbout)},
      {"zephyr/CMakeLists.txt",
       fmt::format("if(CONFIG_FOVEA)\n  zephyr_include_directories(..)\n"
                   "  zephyr_library_named(fovea)\n  zephyr_library_sources({})\nendif()\n",
                   joined(sources, "\n    ../"))}};
}

TextFile make(const std::vector<std::string>& sources) {
  return {"Makefile",
          fmt::format(
              "# make CXX=arm-none-eabi-g++ AR=arm-none-eabi-ar TARGET=\"-mthumb "
              "-mcpu=cortex-m4 ...\"\n# Link with -Wl,--gc-sections.\n"
              "# COMPACT=1: as small as can be; then link with -Os -flto, too (AR: ...-gcc-ar).\n"
              "CXXFLAGS ?= -O2 -Wall -Wextra\n"
              "ifeq ($(COMPACT),1)\noverride CXXFLAGS += -Os -flto -DFOVEA_COMPACT\nendif\n"
              "override CXXFLAGS += -std=c++17 -fno-exceptions -fno-rtti \\\n"
              "  -fno-threadsafe-statics -fno-math-errno -ffunction-sections "
              "-fdata-sections $(TARGET)\n"
              "OBJECTS = $(patsubst %.cc,%.o,{})\n\n"
              "libfovea_models.a: $(OBJECTS)\n\trm -f $@\n\t$(AR) rcs $@ $(OBJECTS)\n\n"
              "%.o: %.cc\n\t$(CXX) $(CXXFLAGS) -c $< -o $@\n\n"
              "clean:\n\trm -f $(OBJECTS) libfovea_models.a\n\n.PHONY: clean\n",
              joined(sources, " \\\n  "))};
}

}  // namespace

std::vector<TextFile> manifests(const std::vector<std::string>& sources) {
  std::vector<TextFile> files = zephyr(sources);
  files.push_back(platformio());
  files.push_back(arduino());
  files.push_back({"idf_component.yml",
                   fmt::format("version: \"{}\"\ndescription: {}\n", FOVEA_VERSION, kAbout)});
  files.push_back(cmake(sources));
  files.push_back(make(sources));
  return files;
}

}  // namespace fovea::tools
