// What a file says of rotary embedding.

#include <utility>

#include "tools/checkpoint/gguf/architecture.h"
#include "tools/checkpoint/json.h"
#include "tools/common/error.h"

namespace fovea::tools {

using nlohmann::json;

// Under its older or its newer keys; null where nothing is scaled.
json GgufImport::rope_scaling() {
  json made = json::object();
  const json type = take("rope.scaling.type"), factor = take("rope.scaling.factor");
  const json older = take("rope.scale_linear"),
             original = take("rope.scaling.original_context_length");
  const json attention = take("rope.scaling.attn_factor");
  take("rope.scaling.finetuned");  // whether it was trained, which the weights show
  const std::vector<float> long_factors = numbers("rope_factors_long.weight"),
                           short_factors = numbers("rope_factors_short.weight"),
                           divisors = numbers("rope_freqs.weight");
  if (!original.is_null()) made["original_max_position_embeddings"] = original;
  if (!divisors.empty()) {  // of frequencies; what made them is not in the file
    if (!type.is_null() && type != "none") {
      fail("{}: has rope_freqs.weight and {}; one of them is wrong", path(),
           key("rope.scaling.type"));
    }
    return {{"rope_type", "divided"}, {"divisors", divisors}};
  }
  if (!long_factors.empty() || !short_factors.empty()) {
    made["rope_type"] = "longrope";
    made["long_factor"] = long_factors;
    made["short_factor"] = short_factors;
    if (!attention.is_null()) made["attention_factor"] = attention;
    return made;
  }
  if (!attention.is_null() && attention != 1.0) {
    fail("{}: {} is {} without factors of frequencies", path(), key("rope.scaling.attn_factor"),
         show_json(attention));
  }
  if (type.is_null() && !older.is_null() && older != 1.0) {
    return {{"rope_type", "linear"}, {"factor", older}};
  }
  if (type.is_null() || type == "none") return {};
  made["rope_type"] = type;
  made["factor"] = factor;
  if (type == "linear") made.erase("original_max_position_embeddings");
  if (type != "yarn") return made;
  for (const auto& [gguf, own] :
       {std::pair("yarn_beta_fast", "beta_fast"), {"yarn_beta_slow", "beta_slow"}}) {
    const json value = take(std::string("rope.scaling.") + gguf);
    if (!value.is_null()) made[own] = value;
  }
  return made;
}

// How much of a head turns.
void GgufImport::add_rotary_share() {
  const json said = take("rope.dimension_count");
  const double width = head_width();
  if (said.is_null() || !(width > 0)) return;
  const double turning = said.is_number() ? said.get<double>() : 0;
  if (turning == width) return;
  if (!architecture_.partial || !(turning > 0 && turning < width)) {
    fail("{}: {} is {} of {} elements of a head; all of them have to turn", path(),
         key("rope.dimension_count"), show_json(said), width);
  }
  // A little more, so that the product with the width is not a little less than the number.
  config()["partial_rotary_factor"] = (turning + 0.25) / width;
}

void GgufImport::add_rotary() {
  if (!architecture_.turned) return;
  constexpr double kUsualTheta = 10000;
  config()["rope_theta"] = number("rope.freq_base", kUsualTheta);
  add_rotary_share();
  const json scaling = rope_scaling();
  if (!scaling.is_null()) config()["rope_scaling"] = scaling;
}

}  // namespace fovea::tools
