// Where a config has its settings of rotary embedding.

#ifndef FOVEA_TOOLS_IMPORT_ROTARY_SETTINGS_H_
#define FOVEA_TOOLS_IMPORT_ROTARY_SETTINGS_H_

#include <initializer_list>
#include <optional>
#include <string>

#include "tools/common/error.h"
#include "tools/import/config.h"

namespace fovea::tools {

// One setting, wherever it stands: in the object for rotary embedding or beside it, under a new or
// an old name.
class RotarySettings {
 public:
  explicit RotarySettings(const Config& config) : top_(config) {}

  // Looks for the object under both names; an empty one counts as none.
  void find_object(const char* layer_type) {
    const bool scaling = has_settings("rope_scaling"), parameters = has_settings("rope_parameters");
    if (scaling && parameters && top_.at("rope_scaling") != top_.at("rope_parameters")) {
      fail("{}: the config's rope_scaling and rope_parameters differ; take one of them out",
           top_.path());
    }
    if (!scaling && !parameters) return;
    inside_.emplace(top_.object(parameters ? "rope_parameters" : "rope_scaling"));
    if (layer_type == nullptr || !inside_->has(layer_type)) return;
    const Config layer = inside_->object(layer_type);
    inside_.emplace(layer);
  }

  const Config* inside() const { return inside_ ? &*inside_ : nullptr; }

  // The number under any of these names, or nothing. Throws InputError where two places differ.
  std::optional<double> number(std::initializer_list<const char*> names) {
    std::optional<double> found;
    std::string where;
    for (const Config* config : {inside(), &top_}) {
      for (const char* name : names) {
        if (config == nullptr || !config->has(name)) continue;
        const double value = config->number(name);
        if (found && *found != value) {
          fail("{}: the config says {} is {} and {} is {}; take one of them out", top_.path(),
               where, *found, config->name(name), value);
        }
        found = value;
        where = config->name(name);
      }
    }
    return found;
  }

 private:
  bool has_settings(const char* key) const {
    return top_.has(key) && (!top_.at(key).is_object() || !top_.at(key).empty());
  }

  const Config& top_;
  std::optional<Config> inside_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_ROTARY_SETTINGS_H_
