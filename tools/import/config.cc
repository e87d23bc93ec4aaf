#include "tools/import/config.h"

#include <array>
#include <cmath>

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

bool Config::has(const char* key) const {
  const auto found = values_.find(key);
  return found != values_.end() && !found->is_null();
}

const json& Config::at(const char* key) const {
  if (!has(key)) fail("{}: the config has no {}; add it", path_, key);
  return values_.at(key);
}

uint32_t Config::count(const char* key) const {
  const json& value = at(key);
  if (!value.is_number_integer() || value < 1 || value > kMostCount) {
    fail("{}: the config says {} is {}; it must be a whole number from 1 to {}", path_, key,
         value.dump(), kMostCount);
  }
  return value;
}

uint32_t Config::count(const char* key, uint32_t otherwise) const {
  return has(key) ? count(key) : otherwise;
}

double Config::number(const char* key, double otherwise) const {
  if (!has(key)) return otherwise;
  const json& value = at(key);
  if (!value.is_number() || !std::isfinite(value.get<double>())) {
    fail("{}: the config says {} is {}; it must be a number", path_, key, value.dump());
  }
  return value;
}

bool Config::flag(const char* key, bool otherwise) const {
  if (!has(key)) return otherwise;
  const json& value = at(key);
  if (!value.is_boolean()) {
    fail("{}: the config says {} is {}; it must be true or false", path_, key, value.dump());
  }
  return value;
}

std::string Config::text(const char* key) const {
  const json& value = at(key);
  if (!value.is_string()) {
    fail("{}: the config says {} is {}; it must be a string", path_, key, value.dump());
  }
  return value;
}

std::string Config::text(const char* key, const char* otherwise) const {
  return has(key) ? text(key) : otherwise;
}

std::vector<std::string> Config::texts(const char* key) const {
  if (!has(key)) return {};
  const json& list = at(key);
  bool all = list.is_array();
  for (const json& item : list) all = all && item.is_string();
  if (!all) fail("{}: the config's {} must be a list of strings", path_, key);
  return list;
}

std::vector<int32_t> Config::tokens(const char* key) const {
  if (!has(key)) return {};
  const json& value = at(key);
  const json list = value.is_array() ? value : json::array({value});
  std::vector<int32_t> ids;
  for (const json& id : list) {
    if (!id.is_number_integer() || id > kMostCount) {
      fail("{}: the config says {} is {}; it must be a token id or a list of them", path_, key,
           value.dump());
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
  const std::string name = text(key);
  std::string known;
  for (const NamedFunction& entry : kFunctions) {
    if (name == entry.name) return entry.function;
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  fail("{}: the config's {} is {}, an unknown activation; known are {}", path_, key, name, known);
}

uint32_t Config::divided(const char* key, const char* by) const {
  const uint32_t whole = count(key), parts = count(by);
  if (whole % parts != 0) {
    fail("{}: the config's {} of {} cannot be divided by its {} of {}", path_, key, whole, by,
         parts);
  }
  return whole / parts;
}

}  // namespace fovea::tools
