#include "tools/import/text/code_points.h"

#include <utf8proc.h>

#include <cctype>
#include <iterator>
#include <map>
#include <string>
#include <utility>

namespace fovea::tools {
namespace {

// General categories by the names of Unicode's PropertyValueAliases, the long ones without what a
// name may have between words.
struct Category {
  const char* brief;
  const char* full;
};
constexpr Category kCategories[] = {
    {"c", "other"},
    {"cc", "control"},
    {"cf", "format"},
    {"cn", "unassigned"},
    {"co", "privateuse"},
    {"cs", "surrogate"},
    {"l", "letter"},
    {"ll", "lowercaseletter"},
    {"lm", "modifierletter"},
    {"lo", "otherletter"},
    {"lt", "titlecaseletter"},
    {"lu", "uppercaseletter"},
    {"m", "mark"},
    {"mc", "spacingmark"},
    {"me", "enclosingmark"},
    {"mn", "nonspacingmark"},
    {"n", "number"},
    {"nd", "decimalnumber"},
    {"nl", "letternumber"},
    {"no", "othernumber"},
    {"p", "punctuation"},
    {"pc", "connectorpunctuation"},
    {"pd", "dashpunctuation"},
    {"pe", "closepunctuation"},
    {"pf", "finalpunctuation"},
    {"pi", "initialpunctuation"},
    {"po", "otherpunctuation"},
    {"ps", "openpunctuation"},
    {"s", "symbol"},
    {"sc", "currencysymbol"},
    {"sk", "modifiersymbol"},
    {"sm", "mathsymbol"},
    {"so", "othersymbol"},
    {"z", "separator"},
    {"zl", "lineseparator"},
    {"zp", "paragraphseparator"},
    {"zs", "spaceseparator"},
};

// Code points that became P after Unicode 8.
constexpr CodePointSet::Range kPunctuationSince8[] = {
    {0x61D, 0x61D},     {0x9FD, 0x9FD},     {0xA76, 0xA76},     {0xC77, 0xC77},
    {0xC84, 0xC84},     {0x1B4E, 0x1B4F},   {0x1B7D, 0x1B7F},   {0x2E43, 0x2E4F},
    {0x2E52, 0x2E5D},   {0x10D6E, 0x10D6E}, {0x10EAD, 0x10EAD}, {0x10F55, 0x10F59},
    {0x10F86, 0x10F89}, {0x113D4, 0x113D5}, {0x113D7, 0x113D8}, {0x1144B, 0x1144F},
    {0x1145A, 0x1145B}, {0x1145D, 0x1145D}, {0x11660, 0x1166C}, {0x116B9, 0x116B9},
    {0x1183B, 0x1183B}, {0x11944, 0x11946}, {0x119E2, 0x119E2}, {0x11A3F, 0x11A46},
    {0x11A9A, 0x11A9C}, {0x11A9E, 0x11AA2}, {0x11B00, 0x11B09}, {0x11BE1, 0x11BE1},
    {0x11C41, 0x11C45}, {0x11C70, 0x11C71}, {0x11EF7, 0x11EF8}, {0x11F43, 0x11F4F},
    {0x11FFF, 0x11FFF}, {0x12FF1, 0x12FF2}, {0x16D6D, 0x16D6F}, {0x16E97, 0x16E9A},
    {0x16FE2, 0x16FE2}, {0x1E5FF, 0x1E5FF}, {0x1E95E, 0x1E95F},
};

// "Lu" as utf8proc says it, in lower case.
std::string category_of(uint32_t point) {
  std::string name = utf8proc_category_string(static_cast<utf8proc_int32_t>(point));
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

// All code points by category, made once: asking for each costs more than a pattern does.
const std::map<std::string, CodePointSet>& categories() {
  static const auto all = [] {
    std::map<std::string, CodePointSet> sets;
    std::map<std::string, std::vector<CodePointSet::Range>> ranges;
    for (uint32_t point = 0; point < kCodePoints; ++point) {
      auto& list = ranges[category_of(point)];
      if (!list.empty() && list.back().last + 1 == point) {
        list.back().last = point;
      } else {
        list.push_back({point, point});
      }
    }
    for (auto& [name, list] : ranges) sets[name] = CodePointSet(std::move(list));
    return sets;
  }();
  return all;
}

CodePointSet category_set(const std::string& brief) {
  CodePointSet set;
  for (const auto& [name, members] : categories()) {
    if (name.starts_with(brief)) set.add(members);
  }
  return set;
}

}  // namespace

std::optional<CodePointSet> property_set(std::string_view name) {
  std::string key;
  for (const char c : name) {
    if (c == ' ' || c == '_' || c == '-') continue;
    key += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  if (key == "any") return CodePointSet(0, kCodePoints - 1);
  if (key == "whitespace" || key == "space") return white_space();
  for (const Category& category : kCategories) {
    if (key == category.brief || key == category.full) return category_set(category.brief);
  }
  return std::nullopt;
}

const CodePointSet& white_space() {
  static const CodePointSet set = [] {
    CodePointSet all = category_set("z");
    all.add({'\t', '\r'});
    all.add({0x85, 0x85});
    return all;
  }();
  return set;
}

const CodePointSet& decimal_digits() {
  static const CodePointSet set = category_set("nd");
  return set;
}

const CodePointSet& word_characters() {
  static const CodePointSet set = [] {
    CodePointSet all = category_set("l");
    for (const char* category : {"m", "nd", "nl", "pc"}) all.add(category_set(category));
    // Letters in circles and squares, which are symbols of the property Alphabetic.
    for (const auto& range : {CodePointSet(0x24B6, 0x24E9), CodePointSet(0x1F130, 0x1F149),
                              CodePointSet(0x1F150, 0x1F169), CodePointSet(0x1F170, 0x1F189)}) {
      all.add(range);
    }
    return all;
  }();
  return set;
}

const CodePointSet& punctuation() {
  static const CodePointSet set = [] {
    CodePointSet newer(std::vector<CodePointSet::Range>(std::begin(kPunctuationSince8),
                                                        std::end(kPunctuationSince8)));
    CodePointSet all = category_set("p").intersected(newer.complement());
    for (const auto& range : {CodePointSet('!', '/'), CodePointSet(':', '@'),
                              CodePointSet('[', '`'), CodePointSet('{', '~')}) {
      all.add(range);
    }
    for (const uint32_t point : {0x166Du, 0x111C9u}) all.add({point, point});  // no longer P
    return all;
  }();
  return set;
}

}  // namespace fovea::tools
