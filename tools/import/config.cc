#include "tools/import/config.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/ranges.h>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

using nlohmann::json;
using schema::Function;

constexpr uint32_t kMostCount = 1u << 30;
struct NamedFunction {
  const char* name;
  Function function;
};
constexpr std::array kFunctions = {
    NamedFunction{"relu", Function::Relu},
    NamedFunction{"silu", Function::Silu},
    NamedFunction{"swish", Function::Silu},
    NamedFunction{"gelu", Function::GeluErf},
    NamedFunction{"gelu_erf", Function::GeluErf},
    NamedFunction{"gelu_tanh", Function::GeluTanh},
    NamedFunction{"gelu_new", Function::GeluTanh},
    NamedFunction{"gelu_fast", Function::GeluTanh},
    NamedFunction{"gelu_pytorch_tanh", Function::GeluTanh},
    NamedFunction{"tanh", Function::Tanh},
    NamedFunction{"sigmoid", Function::Sigmoid},
};

}  // namespace

bool Config::names(const char* key) const {
  read_->insert(name(key));
  return values_.contains(key);
}

bool Config::has(const char* key) const {
  return names(key) && !values_.at(key).is_null();
}

const json& Config::at(const char* key) const {
  if (!has(key)) fail("{}: the config has no {}; add it", path_, name(key));
  return values_.at(key);
}

Config Config::object(const char* key) const {
  const json& value = at(key);
  if (!value.is_object()) {
    fail("{}: the config says {} is {}; it must be an object", path_, name(key), show_json(value));
  }
  Config inside(value, path_);
  inside.prefix_ = name(key) + ".";
  inside.read_ = read_;
  read_->insert(inside.prefix_);
  return inside;
}

uint32_t Config::count(const char* key) const {
  const json& value = at(key);
  if (!value.is_number_integer() || value < 1 || value > kMostCount) {
    fail("{}: the config says {} is {}; it must be a whole number from 1 to {}", path_, name(key),
         show_json(value), kMostCount);
  }
  return value;
}

uint32_t Config::count(const char* key, uint32_t otherwise) const {
  return has(key) ? count(key) : otherwise;
}

double Config::number(const char* key) const {
  const json& value = at(key);
  if (!value.is_number() || !std::isfinite(value.get<double>())) {
    fail("{}: the config says {} is {}; it must be a finite number", path_, name(key),
         show_json(value));
  }
  return value;
}

double Config::number(const char* key, double otherwise) const {
  return has(key) ? number(key) : otherwise;
}

double Config::positive(const char* key) const {
  const double value = number(key);
  if (!(value > 0)) {
    fail("{}: the config says {} is {}; it must be above 0", path_, name(key), value);
  }
  return value;
}

double Config::positive(const char* key, double otherwise) const {
  return has(key) ? positive(key) : otherwise;
}

std::vector<double> Config::numbers(const char* key) const {
  const json& list = at(key);
  bool all = list.is_array();
  for (const json& item : list) {
    all = all && item.is_number() && std::isfinite(item.get<double>());
  }
  if (!all) fail("{}: the config's {} must be a list of finite numbers", path_, name(key));
  return list;
}

bool Config::flag(const char* key, bool otherwise) const {
  if (!has(key)) return otherwise;
  const json& value = at(key);
  if (!value.is_boolean()) {
    fail("{}: the config says {} is {}; it must be true or false", path_, name(key),
         show_json(value));
  }
  return value;
}

void Config::expect(const char* key, bool wanted) const {
  if (flag(key, wanted) == wanted) return;
  fail("{}: the config says {} is {}; models where it is {} can be converted", path_, name(key),
       !wanted, wanted);
}

std::string Config::text(const char* key) const {
  const json& value = at(key);
  if (!value.is_string()) {
    fail("{}: the config says {} is {}; it must be a string", path_, name(key), show_json(value));
  }
  return value;
}

std::string Config::text(const char* key, const char* otherwise) const {
  return has(key) ? text(key) : otherwise;
}

std::string Config::choice(const char* key, const char* otherwise,
                           std::initializer_list<const char*> known) const {
  const std::string value = text(key, otherwise);
  if (std::find(known.begin(), known.end(), value) != known.end()) return value;
  fail("{}: the config's {} is {}; known are {}", path_, name(key), show_json(value),
       fmt::join(known, ", "));
}

std::vector<std::string> Config::texts(const char* key) const {
  if (!has(key)) return {};
  const json& list = at(key);
  bool all = list.is_array();
  for (const json& item : list) all = all && item.is_string();
  if (!all) fail("{}: the config's {} must be a list of strings", path_, name(key));
  return list;
}

std::vector<int32_t> Config::tokens(const char* key) const {
  if (!has(key)) return {};
  const json& value = at(key);
  const json list = value.is_array() ? value : json::array({value});
  std::vector<int32_t> ids;
  for (const json& id : list) {
    if (!id.is_number_integer() || id > kMostCount) {
      fail("{}: the config says {} is {}; it must be a token id or a list of them", path_,
           name(key), show_json(value));
    }
    if (id >= 0) ids.push_back(id);
  }
  return ids;
}

int32_t Config::token(const char* key) const {
  const std::vector<int32_t> ids = tokens(key);
  return ids.empty() ? -1 : ids[0];
}

Function Config::function(const char* key) const {
  const std::string wanted = text(key);
  std::string known;
  for (const NamedFunction& entry : kFunctions) {
    if (wanted == entry.name) return entry.function;
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  fail("{}: the config's {} is {}, an unknown activation; known are {}", path_, name(key),
       show_json(wanted), known);
}

uint32_t Config::divided(const char* key, const char* by) const {
  const uint32_t whole = count(key), parts = count(by);
  if (whole % parts != 0) {
    fail("{}: the config's {} of {} cannot be divided by its {} of {}", path_, name(key), whole,
         name(by), parts);
  }
  return whole / parts;
}

}  // namespace fovea::tools
