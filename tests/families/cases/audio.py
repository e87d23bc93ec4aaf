"""What listens: Whisper, Moonshine, wav2vec 2.0, HuBERT, the audio spectrogram transformer."""

import torch
import transformers as t

from .common import LABELS, rename, drop


def whispers():
    small = dict(vocab_size=40, num_mel_bins=6, d_model=16, encoder_layers=1, decoder_layers=2,
                 encoder_attention_heads=2, decoder_attention_heads=4, encoder_ffn_dim=20,
                 decoder_ffn_dim=16, max_source_positions=9, max_target_positions=20, pad_token_id=0,
                 bos_token_id=1, eos_token_id=2, decoder_start_token_id=1)
    return {
        "whisper-1": dict(config=t.WhisperConfig(**small, begin_suppress_tokens=[5, 2],
                                                 suppress_tokens=[7, 8]),
                          model=t.WhisperForConditionalGeneration, dtype=torch.float16),
        "whisper-2": dict(config=t.WhisperConfig(**dict(small, encoder_layers=2, decoder_layers=1),
                                                 activation_function="relu",
                                                 begin_suppress_tokens=[]),
                          model=t.WhisperForConditionalGeneration, dtype=torch.bfloat16,
                          old=dict(config=lambda c: (drop("tie_word_embeddings")(c), c.update(
                              forced_decoder_ids=[[1, 4], [2, 6]], num_hidden_layers=2)),
                              tensors=lambda made: {**made, "proj_out.weight":
                                                    made["model.decoder.embed_tokens.weight"].clone()})),
        "whisper-3": dict(config=t.WhisperConfig(**dict(small, decoder_layers=1, num_mel_bins=5),
                                                 begin_suppress_tokens=[]),
                          model=t.WhisperModel, dtype=torch.float16),
        # Features are made of samples, of which some bands have none.
        "whisper-4": dict(config=t.WhisperConfig(**dict(small, decoder_layers=1, num_mel_bins=12,
                                                        max_source_positions=10),
                                                 begin_suppress_tokens=[]),
                          model=t.WhisperForConditionalGeneration, dtype=torch.float16,
                          extractor=t.WhisperFeatureExtractor(feature_size=12, sampling_rate=1200,
                                                              hop_length=60, chunk_length=1, n_fft=180)),
    }


def moonshines():
    small = dict(vocab_size=40, hidden_size=14, intermediate_size=12, encoder_num_hidden_layers=2,
                 decoder_num_hidden_layers=1, encoder_num_attention_heads=2, decoder_num_attention_heads=2,
                 max_position_embeddings=20, pad_token_id=0)
    return {
        "moonshine-1": dict(config=t.MoonshineConfig(**small), model=t.MoonshineForConditionalGeneration,
                            dtype=torch.float16, samples=1800,
                            extractor=t.Wav2Vec2FeatureExtractor(do_normalize=False)),
        "moonshine-2": dict(config=t.MoonshineConfig(**dict(small, attention_bias=True, decoder_num_hidden_layers=2,
                                                            pad_head_dim_to_multiple_of=8,
                                                            decoder_hidden_act="gelu")),
                            model=t.MoonshineModel, dtype=torch.bfloat16, samples=1500,
                            unread=[f"{side}.layers.{i}.{part}.k_proj.bias" for side, part in
                                    (("encoder", "self_attn"), ("decoder", "self_attn"),
                                     ("decoder", "encoder_attn")) for i in range(2)]),
    }


def listeners():
    small = dict(vocab_size=12, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
                 intermediate_size=20, conv_dim=[6, 8, 10], conv_kernel=[5, 3, 2], conv_stride=[3, 2, 1],
                 num_conv_pos_embeddings=6, num_conv_pos_embedding_groups=4, feat_extract_norm="layer",
                 num_feat_extract_layers=3)
    keys = [f"{base}encoder.layers.{i}.attention.k_proj.bias" for i in range(2)
            for base in ("wav2vec2.", "hubert.", "")]
    names = (("parametrizations.weight.original0", "weight_g"),
             ("parametrizations.weight.original1", "weight_v"))
    cases = {
        "wav2vec2-1": dict(config=t.Wav2Vec2Config(**small), model=t.Wav2Vec2ForCTC, dtype=torch.float16),
        "wav2vec2-2": dict(config=t.Wav2Vec2Config(**dict(small, num_conv_pos_embeddings=5), conv_bias=True,
                                                   do_stable_layer_norm=True,
                                                   feat_extract_activation="gelu_new"),
                           model=t.Wav2Vec2Model, dtype=torch.bfloat16, old=dict(tensors=rename(*names))),
        "hubert-1": dict(config=t.HubertConfig(**small, feat_proj_layer_norm=False), model=t.HubertForCTC,
                         dtype=torch.float16),
        "hubert-2": dict(config=t.HubertConfig(**dict(small, num_conv_pos_embedding_groups=1,
                                                      num_hidden_layers=1), do_stable_layer_norm=True),
                         model=t.HubertModel, old=dict(tensors=rename(*names))),
    }
    # One norm of convolutions, over time, and samples as they were recorded.
    for name, config, model in (("wav2vec2-3", t.Wav2Vec2Config, t.Wav2Vec2ForCTC),
                                ("hubert-3", t.HubertConfig, t.HubertModel)):
        cases[name] = dict(config=config(**dict(small, feat_extract_norm="group", num_hidden_layers=1)),
                           model=model, dtype=torch.float16,
                           extractor=t.Wav2Vec2FeatureExtractor(do_normalize=name == "wav2vec2-3"))
    for case in cases.values():
        case.update(samples=60, unread=keys + ["masked_spec_embed", "wav2vec2.masked_spec_embed",
                                               "hubert.masked_spec_embed"])
    return cases


def spectrograms():
    small = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24, patch_size=4,
                 frequency_stride=3, time_stride=2, max_length=13, num_mel_bins=11)
    name = "audio-spectrogram-transformer"
    keys = [f"{base}layers.{i}.attention.k_proj.bias" for i in range(2) for base in ("audio_spectrogram_transformer.", "")]
    cases = {
        f"{name}-1": dict(config=t.ASTConfig(**small), model=t.ASTModel, samples=(13, 11)),
        # Fewer frames than there are at most; names of tensors as version 5 has them.
        f"{name}-2": dict(config=t.ASTConfig(**small, **LABELS), model=t.ASTForAudioClassification,
                          dtype=torch.float16, samples=400 + 160 * 7 + 100, save=dict(save_original_format=False),
                          extractor=t.ASTFeatureExtractor(num_mel_bins=11, max_length=13)),
        # As many frames, as they are; pieces that leave gaps.
        f"{name}-3": dict(config=t.ASTConfig(**dict(small, patch_size=2, max_length=9, num_hidden_layers=1),
                                             qkv_bias=False, hidden_act="gelu_new", layer_norm_eps=1e-3, **LABELS),
                          model=t.ASTForAudioClassification, dtype=torch.bfloat16, samples=400 + 160 * 8, old={},
                          extractor=t.ASTFeatureExtractor(num_mel_bins=11, max_length=9, do_normalize=False)),
    }
    for case in cases.values():
        case["unread"] = keys
    return cases
