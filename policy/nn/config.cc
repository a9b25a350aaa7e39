#include "policy/nn/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <type_traits>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/suggest.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::json;

constexpr int64_t kMaxFrame = 4096;  // pixels that cameras make, both ways

constexpr std::array<std::pair<std::string_view, VitNames>, 2> kVitNames = {
    {{"timm", VitNames::kTimm}, {"hub", VitNames::kHub}}};

// Each struct's fields, once for reading and writing: `visit(name, field)`.
template <typename Visitor>
void VisitFields(VitConfig& c, Visitor& visit) {
  visit("image_size", c.image_size);
  visit("patch_size", c.patch_size);
  visit("dim", c.dim);
  visit("depth", c.depth);
  visit("heads", c.heads);
  visit("mlp_dim", c.mlp_dim);
  visit("has_class_token", c.has_class_token);
  visit("num_registers", c.num_registers);
  visit("has_layer_scale", c.has_layer_scale);
  visit("has_attention_pool", c.has_attention_pool);
  visit("position_grid", c.position_grid);
  visit("names", c.names);
}

template <typename Visitor>
void VisitFields(T5Config& c, Visitor& visit) {
  visit("vocabulary", c.vocabulary);
  visit("dim", c.dim);
  visit("depth", c.depth);
  visit("heads", c.heads);
  visit("head_dim", c.head_dim);
  visit("mlp_dim", c.mlp_dim);
  visit("num_buckets", c.num_buckets);
  visit("max_distance", c.max_distance);
}

template <typename Visitor>
void VisitFields(LlamaConfig& c, Visitor& visit) {
  visit("vocabulary", c.vocabulary);
  visit("dim", c.dim);
  visit("depth", c.depth);
  visit("heads", c.heads);
  visit("mlp_dim", c.mlp_dim);
  visit("rope_theta", c.rope_theta);
  visit("rms_eps", c.rms_eps);
}

template <typename Visitor>
void VisitFields(LamConfig& c, Visitor& visit) {
  visit("stage", c.stage);
  visit("features", c.features);
  visit("feature_pool", c.feature_pool);
  visit("dim", c.dim);
  visit("heads", c.heads);
  visit("encoder_depth", c.encoder_depth);
  visit("decoder_depth", c.decoder_depth);
  visit("num_queries", c.num_queries);
  visit("code_dim", c.code_dim);
  visit("codebook_size", c.codebook_size);
  visit("text", c.text);
  visit("text_frozen", c.text_frozen);
  visit("decoder_text_from_encoder", c.decoder_text_from_encoder);
}

template <typename Visitor>
void VisitFields(UniVlaConfig& c, Visitor& visit) {
  visit("featurizer", c.featurizer);
  visit("fused_featurizer", c.fused_featurizer);
  visit("projector_dim", c.projector_dim);
  visit("language_model", c.language_model);
  visit("pad_id", c.pad_id);
  visit("first_action_id", c.first_action_id);
  visit("num_action_ids", c.num_action_ids);
  visit("tokens_per_action", c.tokens_per_action);
}

template <typename Visitor>
void VisitFields(ActionDecoderConfig& c, Visitor& visit) {
  visit("input_dim", c.input_dim);
  visit("dim", c.dim);
  visit("heads", c.heads);
  visit("mlp_ratio", c.mlp_ratio);
  visit("chunk_size", c.chunk_size);
  visit("action_dim", c.action_dim);
  visit("proprio_dim", c.proprio_dim);
  visit("sees_picture", c.sees_picture);
}

template <typename Visitor>
void VisitFields(ModelConfig& c, Visitor& visit) {
  visit("latent_action_model", c.latent_action_model);
  visit("vla", c.vla);
  visit("action_decoder", c.action_decoder);
  visit("quirks", c.quirks);
  visit("frame_size", c.frame_size);
  visit("knows_history", c.knows_history);
}

struct Writer {
  Json json = Json::object();

  template <typename T>
  void operator()(const char* name, T& field) {
    if constexpr (std::is_same_v<T, VitNames>) {
      json[name] = field == VitNames::kTimm ? "timm" : "hub";
    } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
      json[name] = field;
    } else {
      Writer inner;
      VisitFields(field, inner);
      json[name] = inner.json;
    }
  }
};

class Reader {
 public:
  Reader(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
    if (!json.is_object()) {
      throw Error(fmt::format("{}: expected an object, got {}", where_, json.type_name()));
    }
  }

  template <typename T>
  void operator()(const char* name, T& field) {
    names_.emplace_back(name);
    const auto found = json_.find(name);
    if (found == json_.end()) return;
    Read(*found, where_ + ": " + name, field);
  }

  // Throws Error if the object has a name that no field has.
  void Finish() const {
    for (const auto& [name, value] : json_.items()) {
      if (std::ranges::find(names_, name) == names_.end()) {
        throw Error(fmt::format("{}: unknown name '{}'", where_, name), DidYouMean(name, names_));
      }
    }
  }

 private:
  static void Read(const Json& value, const std::string& where, bool& field) {
    if (!value.is_boolean()) Fail(where, "true or false", value);
    field = value.get<bool>();
  }
  static void Read(const Json& value, const std::string& where, std::string& field) {
    if (!value.is_string()) Fail(where, "a text", value);
    field = value.get<std::string>();
  }
  static void Read(const Json& value, const std::string& where, VitNames& field) {
    for (const auto& [name, names] : kVitNames) {
      if (value == name) {
        field = names;
        return;
      }
    }
    Fail(where, "\"timm\" or \"hub\"", value);
  }
  static void Read(const Json& value, const std::string& where, double& field) {
    if (!value.is_number() || value.get<double>() <= 0) Fail(where, "a number above 0", value);
    field = value.get<double>();
  }
  template <typename T>
  requires std::is_integral_v<T>
  static void Read(const Json& value, const std::string& where, T& field) {
    constexpr int64_t kMax = int64_t{1} << 24;  // of any size; keeps products from overflowing
    if (!value.is_number_integer() || value.get<int64_t>() < 0 || value.get<int64_t>() > kMax) {
      Fail(where, fmt::format("a whole number from 0 to {}", kMax), value);
    }
    field = static_cast<T>(value.get<int64_t>());
  }
  template <typename T>
  requires std::is_class_v<T>
  static void Read(const Json& value, const std::string& where, T& field) {
    Reader reader(value, where);
    VisitFields(field, reader);
    reader.Finish();
  }
  [[noreturn]] static void Fail(const std::string& where, const std::string& expected,
                                const Json& value) {
    throw Error(fmt::format("{}: expected {}, got {}", where, expected,
                            value.dump(-1, ' ', true, Json::error_handler_t::replace)));
  }

  const Json& json_;
  std::string where_;
  std::vector<std::string> names_;
};

void Require(bool condition, const std::string& where, const std::string& message) {
  if (!condition) throw Error(where + ": " + message);
}

void CheckAttention(int64_t dim, int64_t heads, const std::string& where) {
  Require(dim > 0 && heads > 0 && dim % heads == 0, where,
          fmt::format("expected dim to be a multiple of heads, got {} and {}", dim, heads));
}

void CheckVit(const VitConfig& c, const std::string& where) {
  CheckAttention(c.dim, c.heads, where);
  Require(c.patch_size > 0 && c.image_size > 0 && c.image_size % c.patch_size == 0, where,
          fmt::format("expected image_size to be a multiple of patch_size, got {} and {}",
                      c.image_size, c.patch_size));
  Require(c.depth > 0 && c.mlp_dim > 0, where, "expected depth and mlp_dim above 0");
  Require(c.has_class_token || c.names == VitNames::kTimm, where,
          "the names \"hub\" come with a class token");
}

void CheckLam(const LamConfig& c, const std::string& where) {
  CheckVit(c.features, where + ": features");
  CheckAttention(c.dim, c.heads, where);
  Require(c.stage == 1 || c.stage == 2, where,
          fmt::format("expected stage 1 or 2, got {}", c.stage));
  Require(c.feature_pool > 0 && c.features.grid() % c.feature_pool == 0, where,
          fmt::format("expected feature_pool to divide the grid of {} patches, got {}",
                      c.features.grid(), c.feature_pool));
  Require(c.encoder_depth > 0 && c.decoder_depth > 0 && c.num_queries > 0 && c.code_dim > 0 &&
              c.codebook_size > 0 && c.dim % 2 == 0,
          where, "expected sizes above 0 and an even dim");
  Require(c.text.vocabulary > 0 && c.text.dim > 0 && c.text.depth > 0 && c.text.heads > 0 &&
              c.text.head_dim > 0 && c.text.mlp_dim > 0 && c.text.num_buckets >= 4 &&
              c.text.num_buckets % 4 == 0 && c.text.max_distance > c.text.num_buckets / 4,
          where + ": text",
          "expected sizes above 0, num_buckets a multiple of 4 and max_distance "
          "above a quarter of it");
}

void CheckVla(const UniVlaConfig& c, const std::string& where) {
  CheckVit(c.featurizer, where + ": featurizer");
  CheckVit(c.fused_featurizer, where + ": fused_featurizer");
  Require(c.featurizer.image_size == c.fused_featurizer.image_size &&
              c.featurizer.num_patches() == c.fused_featurizer.num_patches(),
          where, "expected both towers to have the same image_size and patch_size");
  const LlamaConfig& llama = c.language_model;
  CheckAttention(llama.dim, llama.heads, where + ": language_model");
  Require(llama.dim / llama.heads % 2 == 0, where + ": language_model",
          "expected an even number of channels a head");
  Require(llama.depth > 0 && llama.mlp_dim > 0 && llama.vocabulary > 0 && c.projector_dim > 0,
          where, "expected sizes above 0");
  Require(
      c.num_action_ids > 0 && c.tokens_per_action > 0 &&
          c.first_action_id + c.num_action_ids <= llama.vocabulary && c.pad_id < llama.vocabulary,
      where,
      fmt::format("expected the ids {} to {} and {} within the vocabulary of {}", c.first_action_id,
                  c.first_action_id + c.num_action_ids - 1, c.pad_id, llama.vocabulary));
}

void CheckConfig(const ModelConfig& config, const std::string& where) {
  CheckLam(config.latent_action_model, where + ": latent_action_model");
  CheckVla(config.vla, where + ": vla");
  const ActionDecoderConfig& decoder = config.action_decoder;
  CheckAttention(decoder.dim, decoder.heads, where + ": action_decoder");
  Require(decoder.input_dim == config.vla.language_model.dim, where + ": action_decoder",
          fmt::format("expected input_dim to be the language model's dim {}, got {}",
                      config.vla.language_model.dim, decoder.input_dim));
  Require(decoder.mlp_ratio > 0 && decoder.chunk_size > 0 && decoder.action_dim > 0,
          where + ": action_decoder", "expected sizes above 0");
  Require(config.quirks == "compat" || config.quirks == "fixed", where + ": quirks",
          fmt::format("expected compat or fixed, got '{}'", config.quirks));
  Require(config.frame_size >= 1 && config.frame_size <= kMaxFrame, where + ": frame_size",
          fmt::format("expected 1 to {}, got {}", kMaxFrame, config.frame_size));
}

}  // namespace

ModelConfig ParseModelConfig(const Json& json, const std::string& where) {
  ModelConfig config;
  Reader reader(json, where);
  VisitFields(config, reader);
  reader.Finish();
  CheckConfig(config, where);
  return config;
}

Json ToJson(const ModelConfig& config) {
  ModelConfig copy = config;  // the visitor wants fields that it could write to
  Writer writer;
  VisitFields(copy, writer);
  return writer.json;
}

}  // namespace libero
