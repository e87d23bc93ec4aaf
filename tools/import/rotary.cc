#include "tools/import/rotary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/import/rotary_settings.h"

namespace fovea::tools {
namespace {

struct NamedType {
  const char* name;
  RotaryType type;
};
constexpr NamedType kTypes[] = {
    {"default", RotaryType::kDefault},
    {"linear", RotaryType::kLinear},
    {"dynamic", RotaryType::kDynamic},
    {"llama3", RotaryType::kLlama3},
    {"yarn", RotaryType::kYarn},
    {"longrope", RotaryType::kLongRope},
    {"proportional", RotaryType::kProportional},
    {"divided", RotaryType::kDivided},  // of GGUF files, which say by what and not why
};

// "rope_type", formerly "type".
std::string type_name(const Config& settings) {
  const std::string name = settings.text("rope_type", settings.text("type", "default").c_str());
  if (settings.text("type", name.c_str()) != name) {
    fail("{}: the config's {} and {} differ; take one of them out", settings.path(),
         settings.name("rope_type"), settings.name("type"));
  }
  return name;
}

RotaryType read_type(const Config& settings) {
  const std::string wanted = type_name(settings);
  std::string known;
  for (const NamedType& entry : kTypes) {
    if (wanted == entry.name) return entry.type;
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  fail("{}: the config's rotary embedding is of type {}; known are {}", settings.path(),
       show_json(wanted), known);
}

// "factor", or, where it is null or absent, how far the context was extended.
double extension(const Config& settings, const Rotary& rotary) {
  return settings.has("factor") ? settings.positive("factor") : rotary.positions / rotary.original;
}

void read_llama3(const Config& settings, Rotary& rotary) {
  rotary.factor = settings.positive("factor");
  rotary.low = settings.positive("low_freq_factor");
  rotary.high = settings.positive("high_freq_factor");
  if (rotary.high <= rotary.low) {
    fail("{}: the config says {} is {}; it must be above {}, which is {}", settings.path(),
         settings.name("high_freq_factor"), rotary.high, settings.name("low_freq_factor"),
         rotary.low);
  }
}

void read_attention_factor(const Config& settings, Rotary& rotary) {
  if (settings.has("attention_factor")) {
    rotary.attention_factor = settings.positive("attention_factor");
  }
}

void read_yarn(const Config& settings, Rotary& rotary) {
  if (!settings.names("factor")) settings.number("factor");  // null has a meaning, absence none
  rotary.factor = extension(settings, rotary);
  read_attention_factor(settings, rotary);
  rotary.mscale = settings.number("mscale", 0);
  rotary.mscale_all = settings.number("mscale_all_dim", 0);
  // 0 stands for the default, as null does.
  if (const double fast = settings.number("beta_fast", 0); fast != 0) rotary.fast = fast;
  if (const double slow = settings.number("beta_slow", 0); slow != 0) rotary.slow = slow;
  rotary.truncate = settings.flag("truncate", true);
  settings.skip({"finetuned"});  // whether the extension was trained, which the weights show
}

// One above 0 for each pair of a head.
std::vector<double> read_factors(const Config& settings, const char* key, const Rotary& rotary) {
  const std::vector<double> factors = settings.numbers(key);
  const bool above = std::all_of(factors.begin(), factors.end(), [](double f) { return f > 0; });
  if (factors.size() == rotary.width / 2 && above) return factors;
  fail("{}: the config's {} must have {} numbers above 0, one for each pair of a head",
       settings.path(), settings.name(key), rotary.width / 2);
}

void read_long_rope(const Config& settings, Rotary& rotary) {
  rotary.factor = extension(settings, rotary);
  read_attention_factor(settings, rotary);
  rotary.short_factors = read_factors(settings, "short_factor", rotary);
  rotary.long_factors = read_factors(settings, "long_factor", rotary);
}

void read_settings(const Config& settings, Rotary& rotary) {
  switch (rotary.type) {
    case RotaryType::kDefault:
      return;
    case RotaryType::kDynamic:
      settings.skip({"original_max_position_embeddings"});  // written by 4.x, used by none
      [[fallthrough]];
    case RotaryType::kLinear:
      rotary.factor = settings.positive("factor");
      return;
    case RotaryType::kProportional:
      if (settings.has("factor")) rotary.factor = settings.positive("factor");
      return;
    case RotaryType::kLlama3:
      return read_llama3(settings, rotary);
    case RotaryType::kYarn:
      return read_yarn(settings, rotary);
    case RotaryType::kLongRope:
      return read_long_rope(settings, rotary);
    case RotaryType::kDivided:
      rotary.divisors = read_factors(settings, "divisors", rotary);
      return;
  }
}

// How much of a head the formula is about.
void set_width(const Config& config, const RotaryPlace& place, Rotary& rotary) {
  if (!(rotary.partial > 0 && rotary.partial <= 1)) {
    fail("{}: the config's partial_rotary_factor is {}; it must be above 0 and at most 1",
         config.path(), rotary.partial);
  }
  const uint32_t share = static_cast<uint32_t>(place.head_width * rotary.partial);
  const bool whole = rotary.type == RotaryType::kProportional ||
                     (rotary.type == RotaryType::kDefault && !place.partial);
  rotary.width = whole ? place.head_width : share;
  if (rotary.width == 0 || rotary.width % 2 != 0) {
    fail("{}: the config's rotary embedding turns {} elements of a head; it needs an even number",
         config.path(), rotary.width);
  }
  if (!place.partial && rotary.width != place.head_width) {
    fail(
        "{}: the config's partial_rotary_factor of {} turns {} of {} elements of a head; this "
        "family turns whole heads",
        config.path(), rotary.partial, rotary.width, place.head_width);
  }
}

}  // namespace

Rotary read_rotary(const Config& config, const RotaryPlace& place) {
  RotarySettings places(config);
  places.find_object(place.layer_type);
  Rotary rotary;
  rotary.positions = place.positions;
  rotary.theta = places.number({"rope_theta", "rotary_emb_base"}).value_or(place.theta);
  rotary.partial = places.number({"partial_rotary_factor", "rotary_pct"}).value_or(place.share);
  if (rotary.theta == 0 && place.theta == 0) config.number("rope_theta");
  if (!(rotary.theta > 0)) {
    fail("{}: the config's rope_theta is {}; it must be above 0", config.path(), rotary.theta);
  }
  if (places.inside() != nullptr) rotary.type = read_type(*places.inside());
  set_width(config, place, rotary);
  const RotaryType type = rotary.type;
  if (type == RotaryType::kLlama3 || type == RotaryType::kYarn || type == RotaryType::kLongRope) {
    rotary.original = places.number({"original_max_position_embeddings"}).value_or(place.positions);
    if (!(rotary.original > 0)) {
      fail("{}: the config's original_max_position_embeddings is {}; it must be above 0",
           config.path(), rotary.original);
    }
  }
  if (places.inside() != nullptr) read_settings(*places.inside(), rotary);
  return rotary;
}

Rotary read_layer_rotary(const Config& config, const RotaryPlace& place, const char* theta_key) {
  const bool layered = config.has("rope_parameters");
  if (layered && config.object("rope_parameters").has(place.layer_type)) {
    return read_rotary(config, place);
  }
  Rotary rotary;
  rotary.theta = config.positive(theta_key, place.theta);
  rotary.positions = place.positions;
  set_width(config, place, rotary);
  return rotary;
}

}  // namespace fovea::tools
