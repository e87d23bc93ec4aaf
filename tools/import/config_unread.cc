// Keys of a config that nothing has read.

#include "tools/import/config.h"

#include <fmt/ranges.h>

#include <map>
#include <string>
#include <vector>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/import/inert.h"

namespace fovea::tools {
namespace {

constexpr size_t kMostNamed = 8;  // keys in one message

}  // namespace

void Config::skip(std::initializer_list<const char*> keys) const {
  for (const char* key : keys) read_->insert(name(key));
}

void Config::skip_inert() const {
  for (const auto& [key, value] : values_.items()) {
    if (is_inert(key, value)) skip({key.c_str()});
  }
}

void Config::collect_unread(std::map<std::string, std::string>& unread) const {
  for (const auto& [key, value] : values_.items()) {
    const std::string full = name(key.c_str());
    if (value.is_object() && read_->contains(full + ".")) {
      object(key.c_str()).collect_unread(unread);
    } else if (!value.is_null() && !read_->contains(full) && !is_inert(full, value)) {
      unread.emplace(full, show_json(value));
    }
  }
}

std::vector<std::string> Config::unread() const {
  std::map<std::string, std::string> found;
  collect_unread(found);
  std::vector<std::string> keys;
  for (const auto& [key, value] : found) keys.push_back(fmt::format("{} ({})", key, value));
  return keys;
}

void Config::expect_all_read(const char* family) const {
  std::map<std::string, std::string> unread;
  collect_unread(unread);
  if (unread.empty()) return;
  std::vector<std::string> keys, options;
  for (const auto& [key, value] : unread) {
    if (keys.size() == kMostNamed) break;
    keys.push_back(fmt::format("{} ({})", key, value));
    options.push_back("--ignore " + key);
  }
  const size_t more = unread.size() - keys.size();
  fail(
      "{}: the config's {}{} {} no meaning here in a model of the family {}; if results do not "
      "depend on it, convert with {}",
      path_, fmt::join(keys, ", "), more > 0 ? fmt::format(" and {} more", more) : "",
      unread.size() > 1 ? "have" : "has", family, fmt::join(options, " "));
}

void remove_keys(nlohmann::json& config, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    nlohmann::json* inside = &config;
    std::string rest = key;
    // A key may itself have a point in its name.
    while (inside->is_object() && !inside->contains(rest)) {
      const size_t point = rest.find('.');
      if (point == std::string::npos || !inside->contains(rest.substr(0, point))) break;
      inside = &inside->at(rest.substr(0, point));
      rest.erase(0, point + 1);
    }
    if (!inside->is_object() || inside->erase(rest) == 0) {
      throw UsageError(fmt::format("--ignore {}: the config has no such key", key));
    }
  }
}

}  // namespace fovea::tools
