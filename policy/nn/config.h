#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <nlohmann/json_fwd.hpp>

// The sizes of networks, as plain data. A checkpoint's config.json holds them; all of them are
// positive unless a comment says otherwise.
namespace libero {

// What the parameters of a vision transformer are called.
enum class VitNames {
  kTimm,  // reg_token, ls1.scale_factor: the towers in checkpoints of the VLA
  kHub,   // register_tokens, ls1.gamma, mask_token: DINOv2's own, in checkpoints of the LAM
};

// A vision transformer without a head.
struct VitConfig {
  int64_t image_size = 224;  // pixels, both ways; a multiple of patch_size
  int64_t patch_size = 14;
  int64_t dim = 768;
  int64_t depth = 12;
  int64_t heads = 12;
  int64_t mlp_dim = 3072;
  bool has_class_token = true;
  int64_t num_registers = 4;  // ≥ 0; registers come behind the class token
  bool has_layer_scale = true;
  bool has_attention_pool = false;  // a head that is in the file and is not used
  int64_t position_grid = 0;        // patches each way that pos_embed is for; 0: the image's
  VitNames names = VitNames::kTimm;

  [[nodiscard]] int64_t grid() const { return image_size / patch_size; }
  [[nodiscard]] int64_t num_patches() const { return grid() * grid(); }
};

// T5's encoder.
struct T5Config {
  int64_t vocabulary = 32128;
  int64_t dim = 768;
  int64_t depth = 12;
  int64_t heads = 12;
  int64_t head_dim = 64;
  int64_t mlp_dim = 3072;
  int64_t num_buckets = 32;    // of relative positions
  int64_t max_distance = 128;  // that has a bucket of its own
};

// Llama 2.
struct LlamaConfig {
  int64_t vocabulary = 32064;  // rows of embed_tokens and lm_head
  int64_t dim = 4096;
  int64_t depth = 32;
  int64_t heads = 32;
  int64_t mlp_dim = 11008;
  double rope_theta = 10000;
  double rms_eps = 1e-6;
};

// The latent action model. Stage 1 has a text encoder, stage 2 two sets of queries instead.
struct LamConfig {
  int stage = 2;  // 1 or 2
  VitConfig features{.position_grid = 37, .names = VitNames::kHub};
  int64_t feature_pool = 1;  // features are means over squares of so many patches, both ways
  int64_t dim = 768;
  int64_t heads = 12;
  int64_t encoder_depth = 12;
  int64_t decoder_depth = 12;
  int64_t num_queries = 4;  // latent actions between two frames, of each kind
  int64_t code_dim = 128;
  int64_t codebook_size = 16;
  T5Config text;            // stage 1 only
  bool text_frozen = true;  // false: the text encoder is trained too, as there is no published one
  // Stage 1: what the decoder gets as text, the encoder's output instead of T5's. The published
  // stage-1 model was trained so, before upstream's f242e27 of 2025-08-21.
  bool decoder_text_from_encoder = false;

  [[nodiscard]] int64_t grid() const { return features.grid() / feature_pool; }
  [[nodiscard]] int64_t num_features() const { return grid() * grid(); }
};

// The vision-language-action model: two towers, a projector, a language model.
struct UniVlaConfig {
  VitConfig featurizer{.dim = 1024, .depth = 24, .heads = 16, .mlp_dim = 4096};
  VitConfig fused_featurizer{.dim = 1152,
                             .depth = 27,
                             .heads = 16,
                             .mlp_dim = 4304,
                             .has_class_token = false,
                             .num_registers = 0,
                             .has_layer_scale = false,
                             .has_attention_pool = true};
  int64_t projector_dim = 8704;  // of its first hidden layer
  LlamaConfig language_model;
  int64_t pad_id = 32000;           // pads prompts on the right
  int64_t first_action_id = 32001;  // <ACT_0>
  int64_t num_action_ids = 16;
  int64_t tokens_per_action = 4;  // latent actions in an answer

  [[nodiscard]] int64_t num_patches() const { return featurizer.num_patches(); }
  [[nodiscard]] int64_t vision_dim() const { return featurizer.dim + fused_featurizer.dim; }
};

// The head that turns hidden states into motions.
struct ActionDecoderConfig {
  int64_t input_dim = 4096;  // of the language model
  int64_t dim = 512;
  int64_t heads = 8;
  int64_t mlp_ratio = 4;
  int64_t chunk_size = 12;
  int64_t action_dim = 7;
  int64_t proprio_dim = 0;   // numbers of the robot's own state that it is told; 0: none
  bool sees_picture = true;  // false: the latent actions' states are all it sees, to compare
};

// All networks of a policy, and how they are used. The defaults are the published ones.
struct ModelConfig {
  LamConfig latent_action_model;
  UniVlaConfig vla;
  ActionDecoderConfig action_decoder;
  std::string quirks = "compat";  // the set that it was trained with, see policy/quirks.h
  int64_t frame_size = 256;       // of the cameras' square frames, from which pictures are made
  bool knows_history = true;      // it was trained on prompts with the last plan's latent action
};

// Reads {"latent_action_model": {…}, "vla": {…}, "action_decoder": {…}, "quirks": "compat" or
// "fixed", "frame_size": 256, …} with the names above; what is absent keeps its default. Throws
// Error for unknown names, wrong types, sizes that are not positive or do not fit together. `where`
// starts the message.
[[nodiscard]] ModelConfig ParseModelConfig(const nlohmann::json& json, const std::string& where);

// The inverse, with every field.
[[nodiscard]] nlohmann::json ToJson(const ModelConfig& config);

// Reads a config.json: one of ours, which has "libero" with the above, or one of a published model
// ("model_type": "openvla"), of which timm_model_ids, image_sizes, text_config and the padding of
// the vocabulary are read. Throws Error if it is something else, or a model that is not known.
[[nodiscard]] ModelConfig ReadConfigFile(const std::filesystem::path& path);

}  // namespace libero
