"""What sees: ViT, its descendants, CLIP and SigLIP; what writes what it sees: TrOCR."""

import torch
import transformers as t

from .common import LABELS, drop


def towers(small, numbers):
    texts = dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=2, intermediate_size=20,
                 vocab_size=30, max_position_embeddings=14, bos_token_id=0, eos_token_id=29)
    clip = dict(text_config=texts, vision_config=small, projection_dim=10)

    def old_clip(config):
        config["text_config_dict"] = None
        config["text_config"].update(bad_words_ids=None, top_k=50, torchscript=False, eos_token_id=2)

    def positions(tensors):
        return dict(tensors, **{"text_model.embeddings.position_ids": torch.arange(14)[None],
                                "vision_model.embeddings.position_ids": torch.arange(5)[None]})

    cases = {
        "clip-1": dict(config=t.CLIPConfig(**clip), model=t.CLIPModel, images="towers"),
        "clip-2": dict(config=t.CLIPConfig(**dict(clip, text_config=dict(texts, hidden_act="gelu"))),
                       model=t.CLIPModel, images="towers", dtype=torch.float16,
                       old=dict(config=old_clip, tensors=positions),
                       processor=t.CLIPImageProcessorPil(size=dict(shortest_edge=8),
                                                         crop_size=dict(height=8, width=8), **numbers)),
        "clip-3": dict(config=t.CLIPConfig(**clip, **LABELS), model=t.CLIPForImageClassification,
                       dtype=torch.bfloat16),
        "clip_vision_model-1": dict(config=t.CLIPVisionConfig(**small), model=t.CLIPVisionModel,
                                    images="towers"),
        "clip_vision_model-2": dict(config=t.CLIPVisionConfig(**small, projection_dim=10),
                                    model=t.CLIPVisionModelWithProjection, images="towers",
                                    dtype=torch.float16),
        "clip_text_model-1": dict(config=t.CLIPTextConfig(**texts), model=t.CLIPTextModel, images="towers"),
        "clip_text_model-2": dict(config=t.CLIPTextConfig(**texts, projection_dim=10),
                                  model=t.CLIPTextModelWithProjection, images="towers",
                                  dtype=torch.bfloat16),
        "siglip-1": dict(config=t.SiglipConfig(text_config=dict(texts, projection_size=16),
                                               vision_config=dict(small, image_size=11, num_hidden_layers=1)),
                         model=t.SiglipModel, images="towers"),
        "siglip-2": dict(config=t.SiglipConfig(text_config=texts, vision_config=small, **LABELS),
                         model=t.SiglipForImageClassification, dtype=torch.float16,
                         processor=t.SiglipImageProcessorPil(size=dict(height=8, width=8), **numbers)),
        "siglip_vision_model-1": dict(config=t.SiglipVisionConfig(**small), model=t.SiglipVisionModel,
                                      images="towers"),
        "siglip_vision_model-2": dict(config=t.SiglipVisionConfig(**small, vision_use_head=False),
                                      model=t.SiglipVisionModel, images="towers", dtype=torch.bfloat16),
        "siglip_text_model-1": dict(config=t.SiglipTextConfig(**texts, projection_size=12),
                                    model=t.SiglipTextModel, images="towers"),
        "siglip_text_model-2": dict(config=t.SiglipTextConfig(**dict(texts, hidden_act="gelu"),
                                                              projection_size=10),
                                    model=t.SiglipTextModel, images="towers", dtype=torch.float16),
    }
    return cases


SMALL_IMAGES = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
                    image_size=8, patch_size=4, num_channels=3)
NUMBERS = dict(image_mean=[0.4, 0.5, 0.6], image_std=[0.2, 0.25, 0.3])


def vits():
    small, numbers = SMALL_IMAGES, NUMBERS
    return {
        "vit-1": dict(config=t.ViTConfig(**dict(small, image_size=[8, 12])), model=t.ViTModel),
        "vit-2": dict(config=t.ViTConfig(**small, **LABELS), model=t.ViTForImageClassification,
                      dtype=torch.float16, old=dict(config=drop("pooler_act", "pooler_output_size")),
                      processor=t.ViTImageProcessorPil(size=dict(height=8, width=8), **numbers)),
        # One channel, pixels left over behind the last patch, and names of tensors as version 5 has them.
        "vit-3": dict(config=t.ViTConfig(**dict(small, num_channels=1, image_size=9), qkv_bias=False,
                                         hidden_act="gelu_new", pooler_act="relu"),
                      model=t.ViTModel, dtype=torch.bfloat16, save=dict(save_original_format=False),
                      processor=t.ViTImageProcessorPil(size=dict(height=9, width=9), do_normalize=False)),
        "deit-1": dict(config=t.DeiTConfig(**small), model=t.DeiTModel),
        "deit-2": dict(config=t.DeiTConfig(**small, **LABELS),
                       model=t.DeiTForImageClassificationWithTeacher, dtype=torch.float16),
        "deit-3": dict(config=t.DeiTConfig(**small, **LABELS), model=t.DeiTForImageClassification,
                       save=dict(save_original_format=False),
                       processor=t.DeiTImageProcessorPil(size=dict(height=10, width=10), do_rescale=True,
                                                         crop_size=dict(height=8, width=8),
                                                         do_center_crop=True, **numbers)),
    }


def dinos():
    numbers = NUMBERS
    dino = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=12, patch_size=4,
                num_channels=3, mlp_ratio=2)
    crop = dict(crop_size=dict(height=8, width=12), do_center_crop=True, size=dict(shortest_edge=14), **numbers)
    return {
        "dinov2-1": dict(config=t.Dinov2Config(**dino), model=t.Dinov2Model,
                         unread=("embeddings.mask_token",)),
        # Another size than the position table's, and a hub's keys.
        "dinov2-2": dict(config=t.Dinov2Config(**dino, use_swiglu_ffn=True, **LABELS), size=[8, 12],
                         model=t.Dinov2ForImageClassification, dtype=torch.float16,
                         unread=("dinov2.embeddings.mask_token",),
                         old=dict(config=drop("use_mask_token")),
                         processor=t.BitImageProcessorPil(**crop)),
        "dinov2-3": dict(config=t.Dinov2Config(**dino, use_swiglu_ffn=True, use_mask_token=False),
                         model=t.Dinov2Model, save=dict(save_original_format=False), dtype=torch.bfloat16),
        "dinov2_with_registers-1": dict(config=t.Dinov2WithRegistersConfig(**dino, num_register_tokens=3,
                                                                           **LABELS),
                                        model=t.Dinov2WithRegistersForImageClassification,
                                        unread=("dinov2_with_registers.embeddings.mask_token",)),
        "dinov2_with_registers-2": dict(config=t.Dinov2WithRegistersConfig(**dino, qkv_bias=False), size=[8, 12],
                                        model=t.Dinov2WithRegistersModel, dtype=torch.float16,
                                        unread=("embeddings.mask_token",),
                                        processor=t.BitImageProcessorPil(**crop)),
    }


def beits_and_dinos3():
    small, numbers = SMALL_IMAGES, NUMBERS
    beit = dict(small, use_relative_position_bias=True, layer_scale_init_value=0.5)
    dino3 = dict(small, image_size=[8, 12], num_register_tokens=2, rope_theta=20.0)
    return {
        "beit-1": dict(config=t.BeitConfig(**beit), model=t.BeitModel),
        "beit-2": dict(config=t.BeitConfig(**dict(beit, image_size=12), **LABELS), dtype=torch.float16,
                       model=t.BeitForImageClassification,
                       old=dict(config=drop("add_fpn", "stage_names"), tensors=lambda x: dict(
                           x, **{f"beit.encoder.layer.{i}.attention.attention.relative_position_bias."
                                 "relative_position_index": torch.zeros(10, 10, dtype=torch.long)
                                 for i in range(2)}))),
        "beit-3": dict(config=t.BeitConfig(**dict(small, layer_scale_init_value=0.0),
                                           use_shared_relative_position_bias=True,
                                           use_absolute_position_embeddings=True, use_mean_pooling=False),
                       model=t.BeitModel, dtype=torch.bfloat16, save=dict(save_original_format=False)),
        "dinov3_vit-1": dict(config=t.DINOv3ViTConfig(**dino3), model=t.DINOv3ViTModel,
                             unread=("embeddings.mask_token",)),
        "dinov3_vit-2": dict(config=t.DINOv3ViTConfig(**dict(dino3, num_register_tokens=0), use_gated_mlp=True,
                                                      hidden_act="silu", key_bias=True, query_bias=False),
                             model=t.DINOv3ViTModel, dtype=torch.float16, size=[12, 8],
                             unread=("embeddings.mask_token", "embeddings.register_tokens"),
                             save=dict(save_original_format=False),
                             processor=t.ViTImageProcessorPil(size=dict(height=12, width=8), **numbers)),
    }


def swins():
    numbers = NUMBERS
    # Windows that do not fill the grid; as wide as the second stage's; merged where lines are odd.
    swin = dict(patch_size=2, embed_dim=8, depths=[2, 2], num_heads=[2, 4], window_size=3, mlp_ratio=1.5)
    return {
        "swin-1": dict(config=t.SwinConfig(**swin, image_size=16), model=t.SwinModel,
                       old=dict(config=drop("out_features", "out_indices", "stage_names"), tensors=lambda x: dict(
                           x, **{f"encoder.layers.{i}.blocks.{j}.attention.self.relative_position_index":
                                 torch.zeros(9, 9, dtype=torch.long) for i in range(2) for j in range(2)}))),
        "swin-2": dict(config=t.SwinConfig(**swin, image_size=[12, 20], **LABELS), dtype=torch.float16,
                       model=t.SwinForImageClassification, save=dict(save_original_format=False),
                       processor=t.ViTImageProcessorPil(size=dict(height=12, width=20), **numbers)),
        "swin-3": dict(config=t.SwinConfig(**dict(swin, depths=[1, 2, 1], num_heads=[1, 2, 2], window_size=2),
                                           image_size=[10, 14], use_absolute_embeddings=True, qkv_bias=False,
                                           layer_norm_eps=1e-2), model=t.SwinModel, dtype=torch.bfloat16),
    }


def shift_means(model):
    """Statistics that show, and that f16 can hold."""
    random = torch.Generator().manual_seed(3)
    norm = model.decode_head.batch_norm
    norm.running_mean.copy_(torch.randn(norm.running_mean.shape, generator=random).half())
    norm.running_var.copy_(0.5 + torch.rand(norm.running_var.shape, generator=random).half())


def segformers():
    # Grids whose lines and columns no stride and no reduction divides.
    small = dict(num_encoder_blocks=3, depths=[2, 1, 1], hidden_sizes=[6, 8, 12], num_attention_heads=[1, 2, 3],
                 mlp_ratios=[2, 2, 1], sr_ratios=[2, 2, 1], patch_sizes=[7, 3, 3], strides=[4, 2, 2])

    def hub(config):
        config.update(image_size=[24, 28], downsampling_rates=[1, 4, 8], reshape_last_stage=True)

    return {
        "segformer-1": dict(config=t.SegformerConfig(**small), model=t.SegformerModel, size=[24, 28],
                            old=dict(config=hub)),
        "segformer-2": dict(config=t.SegformerConfig(**small, **LABELS), size=[22, 29], dtype=torch.float16,
                            model=t.SegformerForImageClassification, save=dict(save_original_format=False),
                            processor=t.SegformerImageProcessorPil(size=dict(height=22, width=29), **NUMBERS)),
        # One channel, patches of an even side, and keys of every patch.
        "segformer-3": dict(config=t.SegformerConfig(
            num_channels=1, num_encoder_blocks=2, depths=[1, 2], hidden_sizes=[8, 10], num_attention_heads=[2, 1],
            mlp_ratios=[3, 2], sr_ratios=[1, 3], patch_sizes=[4, 2], strides=[3, 1], hidden_act="relu",
            reshape_last_stage=False, **LABELS), size=[13, 16], dtype=torch.bfloat16,
            model=t.SegformerForImageClassification, old=dict(config=lambda c: c.update(image_size=[13, 16]))),
        "segformer-4": dict(config=t.SegformerConfig(**small, decoder_hidden_size=10, **LABELS), size=[24, 28],
                            model=t.SegformerForSemanticSegmentation, dtype=torch.float16, prepare=shift_means,
                            processor=t.SegformerImageProcessorPil(size=dict(height=24, width=28), **NUMBERS)),
        "segformer-5": dict(config=t.SegformerConfig(**small, decoder_hidden_size=9, **LABELS), size=[20, 28],
                            model=t.SegformerForSemanticSegmentation, save=dict(save_original_format=False),
                            prepare=shift_means, old=dict(config=lambda c: c.update(image_size=[20, 28]))),
    }


def images():
    cases = {**vits(), **dinos(), **beits_and_dinos3(), **swins(), **segformers(), **towers(SMALL_IMAGES, NUMBERS)}
    for case in cases.values():
        case.setdefault("images", True)
        case["config"]._attn_implementation = "eager"
    return cases


def hub_trocr(config):
    """Of transformers 4: keys of generation in each part, and a number of sinusoids' device."""
    for part in "encoder", "decoder":
        config[part].update(torch_dtype=None, top_k=50, max_length=20, num_beams=1, bad_words_ids=None,
                            tie_encoder_decoder=False, torchscript=False, use_bfloat16=False)
    for key in "pooler_act", "pooler_output_size":
        config["encoder"].pop(key)
    config.pop("decoder_start_token_id")


def own_output(tensors):
    table = tensors["decoder.model.decoder.embed_tokens.weight"]
    return {**tensors, "decoder.output_projection.weight": table.clone(),
            "decoder.model.decoder.embed_positions._float_tensor": torch.zeros(1)}


def readers():
    small = dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=24, image_size=8,
                 patch_size=4, num_channels=3)
    words = dict(vocab_size=40, d_model=12, decoder_layers=2, decoder_attention_heads=2, decoder_ffn_dim=20,
                 max_position_embeddings=20, attn_implementation="eager")
    numbers = dict(image_mean=[0.4, 0.5, 0.6], image_std=[0.2, 0.25, 0.3])

    def case(encoder, decoder, **more):
        ids = dict(decoder_start_token_id=2, eos_token_id=2, pad_token_id=1)
        config = t.VisionEncoderDecoderConfig.from_encoder_decoder_configs(encoder, t.TrOCRConfig(**decoder), **ids)
        unread = [f"encoder.pooler.dense.{kind}" for kind in ("weight", "bias")]
        unread += ["encoder.layers.0.attention.k_proj.bias"]
        unread += [f"encoder.pooler.layernorm.{kind}" for kind in ("weight", "bias")]
        unread += [f"decoder.model.decoder.layers.{i}.{kind}.k_proj.bias" for i in range(2)
                   for kind in ("self_attn", "encoder_attn")]
        return dict(config=config, model=t.VisionEncoderDecoderModel, unread=unread, **more)

    def own_head(model):
        random = torch.Generator().manual_seed(3)
        weight = torch.randn(model.decoder.output_projection.weight.shape, generator=random)
        model.decoder.output_projection.weight = torch.nn.Parameter(weight)

    return {
        "vision-encoder-decoder-1": case(t.ViTConfig(**small, qkv_bias=False), dict(words, cross_attention_hidden_size=16),
                                         dtype=torch.float16,
                                         processor=t.ViTImageProcessorPil(size=dict(height=8, width=8), **numbers)),
        # Sinusoids, as many columns, and what the hub has.
        "vision-encoder-decoder-2": case(t.DeiTConfig(**small),
                                         dict(words, d_model=16, decoder_layers=1, activation_function="relu",
                                              use_learned_position_embeddings=False, layernorm_embedding=False,
                                              scale_embedding=True),
                                         old=dict(config=hub_trocr, tensors=own_output), dtype=torch.bfloat16),
        # A linear layer between them, and a head of its own.
        "vision-encoder-decoder-3": case(t.BeitConfig(**small, use_relative_position_bias=True,
                                                      use_mean_pooling=False, layer_scale_init_value=0.5),
                                         dict(words, decoder_layers=1, tie_word_embeddings=False), prepare=own_head,
                                         save=dict(save_original_format=False)),
    }
