#include "policy/checkpoint/policy_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/nn/presets.h"
#include "policy/prompt.h"
#include "policy/tokenizer.h"
#include "sim/base/check.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

ActionStatistics SomeStatistics() {
  return ComputeStatistics({{-0.5, 0, 0, 0, 0, 0, 1}, {0.5, 1, 1, 1, 1, 1, 0}}, 1);
}

PolicyFolderTexts SomeTexts() {
  const std::vector<std::string> instructions = {"open the drawer"};
  return {.config = FindPreset("tiny"),
          .words = PromptWords(instructions),
          .statistics = {{"libero_goal", SomeStatistics()}}};
}

TEST(PolicyFolderTest, WhatIsWrittenReadsTheSame) {
  const TestFolder folder;
  PolicyFolderTexts texts = SomeTexts();
  texts.config.quirks = "compat";
  texts.config.frame_size = 96;
  WritePolicyFolderTexts(folder.path(), texts);

  const ModelConfig config = ReadConfigFile(folder / "config.json");
  EXPECT_EQ(ToJson(config), ToJson(texts.config));
  EXPECT_EQ(config.quirks, "compat");
  EXPECT_EQ(config.frame_size, 96);
  const Tokenizer tokenizer = LoadTokenizer(folder.path());
  EXPECT_EQ(tokenizer.special().num_rows(), config.vla.language_model.vocabulary);
  EXPECT_NE(tokenizer.Encode("drawer").at(1), SpecialTokens::kUnknown);
  const DatasetStatistics statistics = DatasetStatistics::ReadFolder(folder.path());
  EXPECT_THAT(statistics.keys(), ElementsAre("libero_goal"));
  EXPECT_EQ(statistics.ForSuite("libero_goal").q99, SomeStatistics().q99);
}

TEST(PolicyFolderTest, RefusesWhatNoPolicyCouldActWith) {
  const TestFolder folder;
  const auto write = [&](const PolicyFolderTexts& texts) {
    return [&folder, texts] {
      WritePolicyFolderTexts(folder.path(), texts);
    };
  };
  PolicyFolderTexts texts = SomeTexts();
  texts.config.vla.first_action_id = 258;
  EXPECT_THAT(write(texts), ThrowsMessage<Error>(HasSubstr(
                                "wrong vocabulary: a word tokenizer has 320 rows, <PAD> 256 and 16 "
                                "latent-action tokens from 257 on, the model 320, 256 and 16 from "
                                "258 on")));
  texts = SomeTexts();
  texts.statistics.clear();
  EXPECT_THAT(write(texts), ThrowsMessage<Error>(HasSubstr("statistics of one suite at least")));
  texts = SomeTexts();
  texts.config.vla.projector_dim = 0;
  EXPECT_THAT(write(texts), ThrowsMessage<Error>(HasSubstr("the model's config: vla: expected")));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace libero
