#include "tools/import/chat/probe.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/common/utf8.h"
#include "tools/import/chat/render.h"

namespace fovea::tools::chat {
namespace {

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Beginning b = beginning_of(text);
    if (b.state != Utf8::kWhole) return false;
    text.remove_prefix(b.bytes);
  }
  return true;
}

template <class Allowed>
std::vector<Roles> all_of(const Roles& roles, size_t most, Allowed allowed) {
  std::vector<Roles> all = {{}};
  for (size_t begin = 0, length = 0; length < most; ++length) {
    const size_t end = all.size();
    for (; begin < end; ++begin) {
      for (const std::string& role : roles) {
        Roles longer = all[begin];
        if (!allowed({longer.empty() ? "" : longer.back(), role})) continue;
        longer.push_back(role);
        all.push_back(longer);
      }
    }
  }
  all.erase(all.begin());
  std::erase_if(all, [&](const Roles& one) { return !allowed({one.back(), ""}); });
  return all;
}

}  // namespace

std::vector<Pair> pairs_of(const Roles& roles) {
  std::vector<Pair> pairs;
  for (size_t i = 0; i <= roles.size(); ++i) {
    pairs.emplace_back(i == 0 ? "" : roles[i - 1], i == roles.size() ? "" : roles[i]);
  }
  return pairs;
}

std::string joined(const Joins& joins, const Roles& roles, const Texts& contents) {
  const std::vector<Pair> pairs = pairs_of(roles);
  std::string text;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const Join& join = joins.at(pairs[i]);
    text += join.text;
    if (i == contents.size()) break;
    text += strip(contents[i], join.strip_right, joins.at(pairs[i + 1]).strip_left);
  }
  return text;
}

Roles turns(bool system, size_t answers) {
  Roles roles;
  if (system) roles.push_back(kSystem);
  roles.push_back(kUser);
  for (size_t i = 0; i < answers; ++i) roles.insert(roles.end(), {kAssistant, kUser});
  return roles;
}

std::vector<Roles> conversations(const Roles& roles, size_t most) {
  return all_of(roles, most, [](const Pair&) { return true; });
}

std::vector<Roles> conversations(const Joins& joins, size_t most) {
  return all_of({kSystem, kUser, kAssistant}, most,
                [&](const Pair& pair) { return joins.count(pair) > 0; });
}

Probe::Probe(const Source& source) : variables_(source.variables) {
  if (!is_utf8(source.text)) throw NotUnderstood(1, "the template is no UTF-8");
  body_ = parse(source.text);
}

std::optional<std::string> Probe::render(const Roles& roles, const Texts& contents) {
  List messages;
  for (size_t i = 0; i < roles.size(); ++i) {
    messages.emplace_back(Dict{{"role", roles[i]}, {"content", contents[i]}});
  }
  Dict variables = variables_;
  variables.emplace_back("messages", messages);
  variables.emplace_back("tools", None{});
  variables.emplace_back("documents", None{});
  variables.emplace_back("add_generation_prompt", true);
  try {
    Rendering made = chat::render(body_, variables);
    asked_date_ |= made.asked_date;
    return std::move(made.text);
  } catch (const Refusal& refusal) {
    refusal_ = refusal.what();
    return std::nullopt;
  }
}

Texts Probe::marks(size_t count) {
  Texts marks;
  for (size_t i = 0; i < count; ++i) marks.push_back(fmt::format("Xq{}vKj", i));
  return marks;
}

std::optional<Texts> Probe::between(const Roles& roles) {
  const Texts contents = marks(roles.size());
  const auto text = render(roles, contents);
  if (!text) return std::nullopt;
  Texts joins;
  size_t begin = 0;
  for (const std::string& mark : contents) {
    const size_t found = text->find(mark);
    if (found == std::string::npos || found < begin) return std::nullopt;
    if (text->find(mark, found + 1) != std::string::npos) return std::nullopt;
    joins.push_back(text->substr(begin, found - begin));
    begin = found + mark.size();
  }
  joins.push_back(text->substr(begin));
  return joins;
}

}  // namespace fovea::tools::chat
