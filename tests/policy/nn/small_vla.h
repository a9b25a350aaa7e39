#pragma once

#include "policy/nn/config.h"

namespace libero {

// The sizes of the VLA in tests/golden/record_networks.py.
inline UniVlaConfig SmallVla() {
  UniVlaConfig config;
  config.featurizer = {
      .image_size = 56, .patch_size = 14, .dim = 24, .depth = 3, .heads = 3, .mlp_dim = 96};
  config.fused_featurizer = {.image_size = 56,
                             .patch_size = 14,
                             .dim = 16,
                             .depth = 3,
                             .heads = 2,
                             .mlp_dim = 60,
                             .has_class_token = false,
                             .num_registers = 0,
                             .has_layer_scale = false,
                             .has_attention_pool = true};
  config.projector_dim = 160;
  config.language_model = {.vocabulary = 128, .dim = 32, .depth = 2, .heads = 4, .mlp_dim = 86};
  config.pad_id = 96;
  config.first_action_id = 97;
  return config;
}

}  // namespace libero
