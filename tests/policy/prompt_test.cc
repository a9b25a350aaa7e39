#include "policy/prompt.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/word_vocabulary.h"
#include "sim/base/check.h"

namespace libero {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::ThrowsMessage;

const std::vector<int> kHistory = {3, 0, 15, 7};
const std::vector<int> kAnswer = {1, 12, 3, 4};

Tokenizer Words() {
  return MakeWordTokenizer(PromptWords(std::vector<std::string>{"open the drawer"}));
}

Tokenizer Pieces() {
  return LoadTokenizer(std::filesystem::path(LIBERO_GOLDEN_DIR) / "tokenizer");
}

TEST(PromptTest, AsksForTheInstructionInLowerCase) {
  EXPECT_EQ(PromptText("Open the Drawer", {}),
            "In: What action should the robot take to open the drawer?\nOut: ");
}

TEST(PromptTest, NamesTheHistory) {
  EXPECT_EQ(PromptText("open it", kHistory),
            "In: What action should the robot take to open it? History action "
            "<ACT_3><ACT_0><ACT_15><ACT_7>\nOut: ");
}

// What the model has read when it predicts is what it has read in training.
TEST(PromptTest, IsTheBeginningOfItsTrainingExample) {
  for (const Tokenizer& tokenizer : {Words(), Pieces()}) {
    for (const std::vector<int>& history : {std::vector<int>{}, kHistory}) {
      const std::vector<int> ids = PromptIds(tokenizer, "open the drawer", history);
      const LabelledPrompt example =
          MakeLabelledPrompt(tokenizer, "open the drawer", history, kAnswer);
      ASSERT_EQ(example.ids.size(), ids.size() + 5);
      EXPECT_EQ(std::vector<int>(example.ids.begin(), example.ids.end() - 5), ids);
      EXPECT_EQ(ids.back(), tokenizer.blank());
    }
  }
}

TEST(PromptTest, LabelsTheAnswerAndTheEnd) {
  const Tokenizer tokenizer = Pieces();
  const LabelledPrompt example = MakeLabelledPrompt(tokenizer, "open it", kHistory, kAnswer);
  ASSERT_EQ(example.labels.size(), example.ids.size());
  EXPECT_THAT(std::vector<int>(example.labels.begin(), example.labels.end() - 5),
              Each(kIgnoredLabel));
  EXPECT_THAT(std::vector<int>(example.labels.end() - 5, example.labels.end()),
              ElementsAreArray({482, 493, 484, 485, 2}));
}

TEST(PromptTest, BothTokenizersGiveOneForm) {
  const Tokenizer tokenizer = Words();
  const int act = tokenizer.special().act(0);
  const std::vector<int> ids = PromptIds(tokenizer, "open the drawer", kHistory);
  EXPECT_THAT(ids,
              ElementsAreArray({1,  4,  5, 6, 7,       8,   9,        10,      11, 12, 17, 9, 18,
                                13, 14, 7, 3, act + 3, act, act + 15, act + 7, 3,  15, 16, 5, 3}));
}

TEST(PromptTest, RefusesCodesThatAreNot) {
  const Tokenizer tokenizer = Pieces();
  const std::vector<int> codes = {1, 16, 2, 3};
  EXPECT_THAT([&] { (void)PromptIds(tokenizer, "x", codes); },
              ThrowsMessage<Error>(AllOf(HasSubstr("16"), HasSubstr("0..15"))));
  EXPECT_THROW((void)MakeLabelledPrompt(tokenizer, "x", {}, codes), Error);
}

}  // namespace
}  // namespace libero
