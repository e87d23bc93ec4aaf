// What folders of encoders of images say and is not understood: each refusal names it.

#include <doctest/doctest.h>

#include <string>

#include "tests/tools/families/changed_folder.h"

namespace fovea::test {
namespace {

TEST_CASE("what an encoder of images' config says and is not understood is refused by name") {
  const char* config = "config.json";
  refuse("vit-1", config, "\"patch_size\": 4", "\"patch_size\": 0", "patch_size is 0");
  refuse("vit-1", config, "\"patch_size\": 4", "\"patch_size\": 100", "fit no image of 8 x 12");
  refuse("vit-1", config, "\"num_channels\": 3", "\"num_channels\": 4", "projection.weight",
         "[16, 4, 4, 4]");
  refuse("deit-2", config, "ImageClassificationWithTeacher", "MaskedImageModeling",
         "DeiTForMaskedImageModeling");
  refuse("dinov2-1", config, "\"mlp_ratio\": 2", "\"mlp_ratio\": 1e9", "mlp_ratio");
  refuse("clip-1", config, "\"quick_gelu\"", "\"quick_silu\"", "hidden_act", "quick_silu");
  refuse("clip-1", config, "\"text_config\": {", "\"text_config\": {\"some_gate\": 1,",
         "text_config", "some_gate (1)");
  refuse("beit-1", config, "\"use_shared_relative_position_bias\": false",
         "\"use_shared_relative_position_bias\": true", "use_shared_relative_position_bias");
  refuse("dinov3_vit-1", config, "\"num_attention_heads\": 2", "\"num_attention_heads\": 8",
         "heads of 2 columns");
}

TEST_CASE("what a Swin's config says and is not understood is refused by name") {
  const auto instead = [&](const std::string& key, const std::string& was, const std::string& is,
                           const auto&... parts) {
    refuse("swin-1", "config.json", "\"" + key + "\": " + was, "\"" + key + "\": " + is, key,
           parts...);
  };
  instead("window_size", "3", "5", "of 5", "4 x 4 patches");
  instead("window_size", "3", "33", "at most 32");
  refuse("swin-1", "config.json", "\"window_size\": 3", "\"window_size\": 2",
         "relative_position_bias_table", "[9, 2]");
  instead("num_heads", "[\n  2,\n  4\n ]", "[2]", "depths", "2 and 1 stages");
  instead("num_heads", "[\n  2,\n  4\n ]", "[2, 3]", "width of 16 in stage 1");
  instead("num_heads", "[\n  2,\n  4\n ]", "[2, 1.5]", "whole numbers");
  instead("depths", "[\n  2,\n  2\n ]", "[]", "has 0 stages");
  instead("depths", "[\n  2,\n  2\n ]", "[2, 1000000]", "from 1 to 1024");
  instead("hidden_size", "16", "17", "end with 16");
  instead("patch_size", "2", "3", "16 x 16");
  instead("mlp_ratio", "1.5", "0.01", "mlp_ratio");
}

TEST_CASE("what a SegFormer's config says and is not understood is refused by name") {
  const auto instead = [&](const std::string& key, const std::string& was, const std::string& is,
                           const auto&... parts) {
    refuse("segformer-1", "config.json", "\"" + key + "\": " + was, "\"" + key + "\": " + is,
           parts...);
  };
  const std::string three = "[\n  ";
  instead("num_encoder_blocks", "3", "2", "depths has 3 numbers", "num_encoder_blocks is 2");
  instead("depths", three, "[1, ", "depths has 4 numbers");
  instead("sr_ratios", three, "[0, ", "sr_ratios", "whole numbers from 1 to 4096");
  instead("strides", three, "[1.5, ", "strides", "whole numbers");
  instead("num_attention_heads", three + "1", "[4", "num_attention_heads of 4", "width of 6",
          "stage 0");
  instead("sr_ratios", three + "2", "[7", "sr_ratios of 7", "6 x 7 patches of stage 0");
  instead("sr_ratios", three + "2", "[3", "attention.self.sr.weight", "[6, 6, 3, 3]");
  instead("patch_sizes", three + "7", "[200", "patch_embeddings.0.proj.weight");
  instead("strides", three + "4", "[24", "sr_ratios of 2", "stage 0");
  instead("mlp_ratios", three + "2", "[3", "mlp.dense1.weight");
  instead("hidden_act", "\"gelu\"", "\"gelu_wide\"", "hidden_act", "gelu_wide");
  instead("image_size", three + "24,\n  28\n ]", "null",
          "neither image_size nor an image processor");
  instead("num_channels", "3", "65", "num_channels of 65");
  refuse("segformer-1", "config.json", "{", "{\"some_gate\": 1,", "some_gate (1)");
  refuse("segformer-2", "config.json", "ImageClassification", "SemanticSegmentation",
         "decode_head.linear_fuse.weight");
  refuse("segformer-4", "config.json", "\"decoder_hidden_size\": 10", "\"decoder_hidden_size\": 11",
         "decode_head.linear_fuse.weight", "[11, 33, 1, 1]");
}

TEST_CASE("what an image processor does and is not understood is refused by name") {
  const char* processor = "preprocessor_config.json";
  refuse("vit-2", processor, "{", "{\"some_noise\": 1,", processor, "some_noise (1)");
  refuse("vit-2", processor, "{", "{\"do_flip_channel_order\": true,", "do_flip_channel_order");
  refuse("vit-2", processor, "\"image_std\"", "\"image_deviation\"", "image_std");
  refuse("vit-2", processor, "\"height\": 8", "\"height\": 16", "16 x 8", "image_size is 8");
  refuse("vit-2", processor, "\"rescale_factor\": 0", "\"rescale_factor\": -0", "above 0");
  refuse("vit-2", processor, "    0.2,\n", "", "image_std has 2 numbers");
}

}  // namespace
}  // namespace fovea::test
