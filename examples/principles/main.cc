// principles FOLDER [NAME]...: measures these principles, or all, on every row that this CPU has,
// and prints a table. Fails where one does not hold or where rows differ.

#include <cstdio>
#include <cstring>

#include "examples/principles/principles.h"

namespace principles {
namespace {

struct Principle {
  const char* name;
  const char* model;  // one of its models
  void (*measure)(const Place&, Report&);
};

constexpr Principle kPrinciples[] = {
    {"pointers", "pointers_three", pointers},
    {"distance", "distance_global", distance},
    {"reorder", "reorder_sort", reorder},
    {"heads", "heads_sharp", heads},
    {"tied", "tied_apart", tied},
    {"scaling", "scaling_d16", scaling},
    {"noise", "noise_plain", noise},
    {"tasks", "tasks_worst", tasks},
    {"doubt", "doubt_votes", doubt},
};

constexpr const char* kRows[] = {PRINCIPLES_ROWS};

bool same(const Report& a, const Report& b) {
  if (a.lines().size() != b.lines().size()) return false;
  for (size_t i = 0; i < a.lines().size(); ++i) {
    if (a.lines()[i].measured != b.lines()[i].measured) return false;
  }
  return true;
}

bool print(const Principle& principle, const Report& report) {
  bool hold = true;
  for (const Line& line : report.lines()) {
    std::printf("%-10s %-64s %-22s %-14s %s\n", principle.name, line.what.c_str(),
                line.expected.c_str(), line.measured.c_str(), line.holds ? "holds" : "FAILS");
    hold = hold && line.holds;
  }
  return hold && !report.lines().empty();
}

bool check(const Principle& principle, const char* folder) {
  Report first;
  bool hold = true;
  std::string rows;
  for (const char* row : kRows) {
    const Place place = {folder, row};
    if (!Net(place, principle.model).runs()) continue;
    Report report;
    principle.measure(place, report);
    if (rows.empty()) {
      hold = print(principle, first = report);
    } else if (!same(first, report)) {
      std::printf("%-10s row %s differs:\n", principle.name, row);
      print(principle, report);
      hold = false;
    }
    rows += std::string(" ") + row;
  }
  if (rows.empty()) die("this CPU has none of the rows that were built");
  std::printf("%-10s rows:%s\n", principle.name, rows.c_str());
  return hold;
}

bool asked(const char* name, int count, char** names) {
  if (count == 0) return true;
  for (int i = 0; i < count; ++i) {
    if (std::strcmp(name, names[i]) == 0) return true;
  }
  return false;
}

int run(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: principles FOLDER [NAME]...\n");
    return 2;
  }
  std::printf("%-10s %-64s %-22s %s\n", "principle", "what", "expected", "measured");
  int found = 0;
  bool hold = true;
  for (const Principle& principle : kPrinciples) {
    if (!asked(principle.name, argc - 2, argv + 2)) continue;
    ++found;
    hold = check(principle, argv[1]) && hold;
  }
  if (argc > 2 && found != argc - 2) die("no principle by one of these names");
  return hold ? 0 : 1;
}

}  // namespace
}  // namespace principles

int main(int argc, char** argv) {
  return principles::run(argc, argv);
}
