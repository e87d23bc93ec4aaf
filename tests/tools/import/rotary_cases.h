// Rotary embeddings of every type, against transformers. The numbers were made by transformers
// 5.24 with torch 2.13, whose f32 and float types had been replaced by float64: the buffer
// rotary_emb.inv_freq, attention_scaling, and the last logits of the random Llama of
// rotary_logits_test.cc for tokens (7 i + 3) mod 9.

#ifndef FOVEA_TESTS_TOOLS_IMPORT_ROTARY_CASES_H_
#define FOVEA_TESTS_TOOLS_IMPORT_ROTARY_CASES_H_

#include <cstdint>
#include <vector>

namespace fovea::test {

struct RotaryCase {
  const char* name;
  const char* settings;  // members of the config
  uint32_t context;      // the run's tokens too
  double factor;
  std::vector<double> frequencies, logits;
};

inline const char* const kLongRope =
    R"("rope_theta": 1e4, "original_max_position_embeddings": 16, "rope_scaling": {)"
    R"("rope_type": "longrope", "factor": 4, )"
    R"("short_factor": [1, 1.125, 1.25, 1.375, 1.5, 1.625, 1.75, 1.875], )"
    R"("long_factor": [1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5]})";

inline const RotaryCase kRotaryCases[] = {
    {"default",
     R"("rope_theta": 10000)",
     40,
     1,
     {1, 0.316227766, 0.1, 0.0316227766, 0.01, 0.00316227766, 0.001, 0.000316227766},
     {-0.7776595388, 0.1922529681, 0.3560757401, -0.3209287341, -1.519397935, 1.585521785,
      0.1371417633, 1.530095615, 1.275631581}},
    {"linear",
     R"("rope_theta": 10000, "rope_scaling": {"type": "linear", "factor": 2.5})",
     40,
     1,
     {0.4, 0.1264911064, 0.04, 0.01264911064, 0.004, 0.001264911064, 0.0004, 0.0001264911064},
     {-0.8529634645, 0.5805189207, 0.4297873009, -0.9777132959, -1.3878486, 1.66693262,
      0.5717365697, 1.362246348, 1.299736164}},
    {"dynamic within the config's context",
     R"("rope_theta": 10000, "rope_scaling": {"rope_type": "dynamic", "factor": 4.0})",
     40,
     1,
     {1, 0.316227766, 0.1, 0.0316227766, 0.01, 0.00316227766, 0.001, 0.000316227766},
     {-0.7776595388, 0.1922529681, 0.3560757401, -0.3209287341, -1.519397935, 1.585521785,
      0.1371417633, 1.530095615, 1.275631581}},
    {"dynamic beyond it",
     R"("rope_theta": 10000, "rope_scaling": {"rope_type": "dynamic", "factor": 4.0})",
     100,
     1,
     {1, 0.2672229817, 0.07140812194, 0.01908189126, 0.00509911988, 0.001362602018, 0.0003641185742,
      9.730085108e-05},
     {-0.5014069028, -0.1786354957, 2.367515801, 0.7416909704, -1.228211606, 0.6476418388,
      0.5932317576, 0.2249754838, 0.4187401866}},
    {"llama3",
     R"("rope_theta": 10000, "rope_scaling": {"rope_type": "llama3", "factor": 8, )"
     R"("low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 64})",
     40,
     1,
     {1, 0.2443845994, 0.01304225604, 0.003952847075, 0.00125, 0.0003952847075, 0.000125,
      3.952847075e-05},
     {-0.8091642515, 0.4736585601, 0.4359005024, -1.185991142, -1.369439545, 1.793546479,
      0.7399909456, 1.303408034, 1.263262335}},
    {"yarn",
     R"("rope_parameters": {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, )"
     R"("original_max_position_embeddings": 1000})",
     40,
     1.138629436111989,
     {1, 0.316227766, 0.08125, 0.01976423538, 0.004375, 0.000790569415, 0.00025, 7.90569415e-05},
     {-0.7730584499, 0.2356005263, 0.1552061125, -0.4408910267, -1.488661364, 1.580598538,
      0.2387805527, 1.50036081, 1.325146988}},
    {"yarn with all its settings",
     R"("rope_parameters": {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, )"
     R"("original_max_position_embeddings": 1000, "mscale": 0.5, "mscale_all_dim": 1.25, )"
     R"("beta_fast": 8, "beta_slow": 2, "truncate": false})",
     40,
     0.9113839195031708,
     {1, 0.316227766, 0.1, 0.02369410866, 0.0025, 0.000790569415, 0.00025, 7.90569415e-05},
     {-0.7931847141, 0.2618429572, 0.4602494627, -0.3550146754, -1.547828837, 1.60310196,
      0.1557303021, 1.519502424, 1.230359191}},
    {"yarn whose factor is null",
     R"("rope_parameters": {"rope_type": "yarn", "rope_theta": 10000.0, "factor": null, )"
     R"("original_max_position_embeddings": 16, "attention_factor": 0.75})",
     40,
     0.75,
     {1, 0.0790569415, 0.025, 0.00790569415, 0.0025, 0.000790569415, 0.00025, 7.90569415e-05},
     {-0.8198108963, 0.3776153271, 0.7707038066, -0.7759965154, -1.508358007, 1.694760905,
      0.4562809976, 1.378477286, 1.074127806}},
    {"longrope beyond the original context",
     kLongRope,
     40,
     1.224744871391589,
     {1, 0.2108185081, 0.05, 0.01264911087, 0.003333333333, 0.000903507941, 0.00025,
      7.02728385e-05},
     {-0.8564695548, 0.3743967289, 0.1406545316, -0.7507792048, -1.397765521, 1.583325383,
      0.3641694937, 1.388510591, 1.485115251}},
    {"longrope within it",
     kLongRope,
     12,
     1.224744871391589,
     {1, 0.2810913442, 0.08, 0.0229983834, 0.006666666667, 0.001946017104, 0.0005714285714,
      0.0001686548124},
     {-0.8475595046, 0.06231058838, 0.5302018736, -1.090138632, -1.23867989, 1.184560999,
      0.5702439421, -2.434957345, 0.01973090193}},
    {"proportional",
     R"("rope_parameters": {"rope_type": "proportional", "rope_theta": 10000.0, )"
     R"("partial_rotary_factor": 0.5, "factor": 2.0})",
     40,
     1,
     {0.5, 0.158113883, 0.05, 0.0158113883, 0, 0, 0, 0},
     {-0.8130103588, 0.4541983408, 0.345020345, -0.8576953898, -1.391133874, 1.638742123,
      0.4332002445, 1.519192118, 1.261808077}},
};

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_IMPORT_ROTARY_CASES_H_
