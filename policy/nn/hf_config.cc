#include <fmt/format.h>

#include <string>
#include <vector>

#include "policy/nn/config.h"
#include "sim/base/check.h"
#include "sim/base/text_file.h"

#include <nlohmann/json.hpp>

// config.json of published models.
namespace libero {
namespace {

using Json = nlohmann::json;

// The towers that are known, by timm's names.
struct Tower {
  std::string_view timm_id;
  VitConfig config;
};

std::vector<Tower> KnownTowers() {
  const UniVlaConfig published;
  return {{"vit_large_patch14_reg4_dinov2.lvd142m", published.featurizer},
          {"vit_so400m_patch14_siglip_224", published.fused_featurizer}};
}

// The text under "model_type"; what it is instead if it is no text, "" if there is nothing.
std::string ModelType(const Json& json) {
  if (!json.is_object() || !json.contains("model_type")) return "";
  const Json& type = json["model_type"];
  return type.is_string() ? type.get<std::string>() : type.dump();
}

// The value under a name; throws Error if it is absent or of another type.
template <typename T>
T Get(const Json& json, const std::string& name, const std::string& where) {
  try {
    return json.at(name).get<T>();
  } catch (const Json::exception& error) {
    throw Error(fmt::format("{}: cannot read '{}': {}", where, name, error.what()));
  }
}

VitConfig FindTower(const std::string& timm_id, int64_t image_size, const std::string& where) {
  std::string known;
  for (const Tower& tower : KnownTowers()) {
    if (tower.timm_id == timm_id) {
      VitConfig config = tower.config;
      config.image_size = image_size;
      return config;
    }
    known += fmt::format("{}{}", known.empty() ? "" : ", ", tower.timm_id);
  }
  throw Error(fmt::format("{}: the tower '{}' is not known", where, timm_id), "known are " + known);
}

void ReadLanguageModel(const Json& text, const std::string& where, LlamaConfig* config) {
  const std::string type = ModelType(text);
  if (!type.empty() && type != "llama") {
    throw Error(fmt::format("{}: expected the language model llama, got {}", where, type));
  }
  const auto size = [&](const char* name, int64_t* field) {
    if (text.contains(name)) *field = Get<int64_t>(text, name, where);
  };
  size("vocab_size", &config->vocabulary);
  size("hidden_size", &config->dim);
  size("num_hidden_layers", &config->depth);
  size("num_attention_heads", &config->heads);
  size("intermediate_size", &config->mlp_dim);
  int64_t key_value_heads = config->heads;
  size("num_key_value_heads", &key_value_heads);
  if (key_value_heads != config->heads) {
    throw Error(fmt::format("{}: num_key_value_heads: expected {}, got {}", where, config->heads,
                            key_value_heads),
                "language models with grouped keys are not known");
  }
  if (text.contains("rms_norm_eps")) config->rms_eps = Get<double>(text, "rms_norm_eps", where);
  if (text.contains("rope_theta")) config->rope_theta = Get<double>(text, "rope_theta", where);
}

ModelConfig ParseOpenVlaConfig(const Json& json, const std::string& where) {
  ModelConfig config;
  UniVlaConfig& vla = config.vla;
  if (json.contains("timm_model_ids") || json.contains("image_sizes")) {
    const auto ids = Get<std::vector<std::string>>(json, "timm_model_ids", where);
    const auto sizes = Get<std::vector<int64_t>>(json, "image_sizes", where);
    if (ids.size() != 2 || sizes.size() != 2) {
      throw Error(fmt::format("{}: expected two towers, got {} timm_model_ids and {} image_sizes",
                              where, ids.size(), sizes.size()));
    }
    vla.featurizer = FindTower(ids[0], sizes[0], where);
    vla.fused_featurizer = FindTower(ids[1], sizes[1], where);
  }
  if (json.contains("text_config")) {
    ReadLanguageModel(json["text_config"], where + ": text_config", &vla.language_model);
  }
  vla.projector_dim = 4 * vla.vision_dim();
  if (json.contains("pad_token_id")) vla.pad_id = Get<int64_t>(json, "pad_token_id", where);
  vla.first_action_id = vla.pad_id + 1;
  config.action_decoder.input_dim = vla.language_model.dim;
  return ParseModelConfig(ToJson(config), where);  // checks that the sizes fit together
}

}  // namespace

ModelConfig ReadConfigFile(const std::filesystem::path& path) {
  const Json json = ReadJsonFile(path);
  if (json.is_object() && json.contains("libero")) {
    return ParseModelConfig(json["libero"], path.string() + ": libero");
  }
  const std::string type = ModelType(json);
  if (type != "openvla") {
    throw Error(fmt::format("{}: expected a model of libero or an 'openvla', got '{}'",
                            path.string(), type),
                "UniVLA's folders have \"model_type\": \"openvla\"");
  }
  return ParseOpenVlaConfig(json, path.string());
}

}  // namespace libero
