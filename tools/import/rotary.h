// Rotary embeddings as Hugging Face's configs describe them (transformers 4 and 5), brought to
// what the operator takes: a frequency for each pair and one factor.

#ifndef FOVEA_TOOLS_IMPORT_ROTARY_H_
#define FOVEA_TOOLS_IMPORT_ROTARY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/import/config.h"

namespace fovea::tools {

// Angles up to here have sines and cosines that are right (kernels/ARITHMETIC.md).
inline constexpr double kMostAngle = 16777216;

enum class RotaryType {
  kDefault,
  kLinear,
  kDynamic,
  kLlama3,
  kYarn,
  kLongRope,
  kProportional,
  kDivided
};

// What a family says of its heads.
struct RotaryPlace {
  uint32_t head_width = 0;
  uint32_t positions = 0;            // that the config promises (max_position_embeddings)
  bool partial = false;              // whether the plain type heeds partial_rotary_factor
  const char* layer_type = nullptr;  // "full_attention", ...: where settings differ between layers
  double share = 1;                  // of a head that turns, where the config does not say
  double theta = 10000;              // where the config does not say; 0: it has to
};

// The settings. Those that a type does not have keep their defaults.
struct Rotary {
  RotaryType type = RotaryType::kDefault;
  double theta = 10000;
  double partial = 1;      // share of a head that turns
  uint32_t width = 0;      // elements of a head that the formula is about
  uint32_t positions = 0;  // that the config promises
  double factor = 1;
  double original = 0;                     // positions before the context was extended
  double low = 0, high = 0;                // kLlama3
  std::optional<double> attention_factor;  // kYarn, kLongRope
  double mscale = 0, mscale_all = 0, fast = 32, slow = 1;  // kYarn
  bool truncate = true;                                    // kYarn
  std::vector<double> short_factors, long_factors;         // kLongRope
  std::vector<double> divisors;                            // kDivided

  // Positions that make sense at most: scaling may reach beyond what the config promises.
  uint32_t longest() const;
  // The longest context that has the table of this one.
  uint32_t longest_alike(uint32_t context) const;
};

// Reads them wherever transformers writes them: rope_theta, partial_rotary_factor,
// original_max_position_embeddings and older names of these beside, or inside, rope_parameters or
// rope_scaling, which may be divided by layer type. Throws InputError where a key that the type
// requires is absent, where two places contradict each other, and on unknown types.
Rotary read_rotary(const Config& config, const RotaryPlace& place);

// Those of one layer type: of its object in rope_parameters, or, as transformers 4 wrote them,
// plain ones of which the config's `theta_key` is the theta.
Rotary read_layer_rotary(const Config& config, const RotaryPlace& place, const char* theta_key);

struct RotaryTable {
  std::vector<double> frequencies;  // one for each pair
  double factor = 1;                // of cosines and sines
  std::string note;                 // what was chosen for this context, or empty
};

// The table for sequences of at most `context` tokens. Transformers changes some types' tables
// with the length of a sequence; here they are those of the longest.
RotaryTable rotary_table(const Rotary& rotary, uint32_t context);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_ROTARY_H_
