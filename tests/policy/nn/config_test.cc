#include "policy/nn/config.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/nn/presets.h"
#include "sim/base/check.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

ModelConfig Parse(const std::string& text) {
  return ParseModelConfig(nlohmann::json::parse(text), "config");
}

TEST(ModelConfigTest, WhatIsWrittenReadsTheSame) {
  for (const Preset& preset : Presets()) {
    const nlohmann::json json = ToJson(FindPreset(preset.name));
    EXPECT_EQ(ToJson(ParseModelConfig(json, "again")), json) << preset.name;
  }
}

TEST(ModelConfigTest, ThePublishedPresetHasEveryField) {
  for (const Preset& preset : Presets()) {
    if (preset.name != "univla-7b") continue;
    EXPECT_EQ(nlohmann::json::parse(preset.text), ToJson(ModelConfig()));
  }
}

TEST(ModelConfigTest, MistakesAreNamed) {
  EXPECT_THAT(
      [] { Parse(R"({"vla": {"language_model": {"deph": 2}}})"); },
      ThrowsMessage<Error>(AllOf(HasSubstr("config: vla: language_model: unknown name 'deph'"),
                                 HasSubstr("did you mean 'depth'?"))));
  EXPECT_THAT([] { Parse(R"({"vla": {"projector_dim": -1}})"); },
              ThrowsMessage<Error>(HasSubstr("projector_dim: expected a whole number from 0")));
  EXPECT_THAT(
      [] { Parse(R"({"vla": {"featurizer": {"heads": 7}}})"); },
      ThrowsMessage<Error>(HasSubstr("expected dim to be a multiple of heads, got 1024 and 7")));
  EXPECT_THAT([] { Parse(R"({"vla": {"language_model": {"vocabulary": 32010}}})"); },
              ThrowsMessage<Error>(HasSubstr("within the vocabulary of 32010")));
  EXPECT_THAT([] { Parse(R"({"action_decoder": {"input_dim": 512}})"); },
              ThrowsMessage<Error>(HasSubstr("the language model's dim 4096, got 512")));
  EXPECT_THAT([] { Parse(R"({"quirks": "most"})"); },
              ThrowsMessage<Error>(HasSubstr("quirks: expected compat or fixed, got 'most'")));
  EXPECT_THAT([] { Parse(R"({"quirks": 1})"); },
              ThrowsMessage<Error>(HasSubstr("config: quirks: expected a text, got 1")));
  EXPECT_THAT([] { Parse(R"({"frame_size": 0})"); },
              ThrowsMessage<Error>(HasSubstr("frame_size: expected 1 to 4096, got 0")));
  EXPECT_THAT([] { (void)FindPreset("tinny"); },
              ThrowsMessage<Error>(HasSubstr("did you mean 'tiny'?")));
}

class ConfigFileTest : public testing::Test {
 protected:
  ModelConfig Read(const std::string& text) const {
    std::ofstream(folder_ / "config.json") << text;
    return ReadConfigFile(folder_ / "config.json");
  }
  const TestFolder folder_;
};

TEST_F(ConfigFileTest, ReadsPublishedFolders) {
  const ModelConfig config = Read(R"({
    "model_type": "openvla", "pad_token_id": 32000, "image_sizes": [224, 224],
    "timm_model_ids": ["vit_large_patch14_reg4_dinov2.lvd142m", "vit_so400m_patch14_siglip_224"],
    "text_config": {"model_type": "llama", "vocab_size": 32064, "torch_dtype": "bfloat16"}})");
  EXPECT_EQ(ToJson(config), ToJson(ModelConfig()));
  // the default of Hugging Face, unless the file says otherwise
  EXPECT_EQ(config.vla.language_model.rms_eps, 1e-6);
  EXPECT_EQ(Read(R"({"model_type": "openvla", "text_config": {"rms_norm_eps": 1e-5}})")
                .vla.language_model.rms_eps,
            1e-5);
}

TEST_F(ConfigFileTest, RefusesOtherModels) {
  EXPECT_THAT([&] { Read(R"({"model_type": "llama"})"); },
              ThrowsMessage<Error>(HasSubstr("or an 'openvla', got 'llama'")));
  EXPECT_THAT([&] { Read(R"({"model_type": 3})"); }, ThrowsMessage<Error>(HasSubstr("openvla")));
  EXPECT_THAT([&] { Read("{"); }, ThrowsMessage<Error>(HasSubstr("config.json")));
  EXPECT_THAT(
      [&] {
        Read(
            R"({"model_type": "openvla", "timm_model_ids": ["resnet", "x"], "image_sizes": [1, 2]})");
      },
      ThrowsMessage<Error>(HasSubstr("the tower 'resnet' is not known")));
  EXPECT_THAT([&] { Read(R"({"model_type": "openvla", "text_config": {"model_type": "phi"}})"); },
              ThrowsMessage<Error>(HasSubstr("expected the language model llama, got phi")));
}

}  // namespace
}  // namespace libero
