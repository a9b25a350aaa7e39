#include "policy/word_vocabulary.h"

#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/prompt.h"
#include "sim/base/check.h"
#include "tasks/suites.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

const std::vector<std::string> kWords = {"put", "it", ":", "\n", "Out"};  // ids from 4

std::vector<int> Encode(std::string_view segment) {
  std::vector<int> ids;
  WordVocabulary(kWords).Encode(segment, ids);
  return ids;
}

TEST(WordVocabularyTest, EncodesWordsAndBlanks) {
  EXPECT_THAT(Encode("put it"), ElementsAre(4, 5));
  EXPECT_THAT(Encode(" put  it "), ElementsAre(3, 4, 3, 5, 3));
  EXPECT_THAT(Encode("\nOut:"), ElementsAre(3, 7, 8, 6));
  EXPECT_THAT(Encode("put,it"), ElementsAre(4, 0, 5));
  EXPECT_THAT(Encode("Put"), ElementsAre(0));
  EXPECT_THAT(Encode(" "), ElementsAre(3, 3));
}

TEST(WordVocabularyTest, CollectsWordsInOrder) {
  const std::vector<std::string> texts = {"put it: ", "it\nput_it"};
  EXPECT_THAT(CollectWords(texts), ElementsAre("put", "it", ":", "\n", "put_it"));
}

TEST(WordVocabularyTest, ReturnsFromAFile) {
  const TestFolder folder;
  WriteWords(folder / "words.txt", kWords);
  EXPECT_EQ(ReadWords(folder / "words.txt"), kWords);
  const Tokenizer tokenizer = LoadTokenizer(folder.path());
  EXPECT_THAT(tokenizer.Encode("put<ACT_15>"), ElementsAre(1, 4, 256 + 16));
  EXPECT_EQ(tokenizer.special().num_rows(), 320);
}

TEST(WordVocabularyTest, RefusesListsThatAreNone) {
  const TestFolder folder;
  const auto expect = [&folder](const std::string& list, const std::string& part) {
    std::ofstream(folder / "words.txt") << list;
    EXPECT_THAT([&folder] { (void)LoadTokenizer(folder.path()); },
                ThrowsMessage<Error>(testing::AllOf(HasSubstr(part), HasSubstr("words.txt"))));
  };
  expect("put\nit\nput\n", "'put' is there twice");
  expect("put it\n", "'put it' is not a word");
  expect("put\n\nit\n", "'' is not a word");
  std::string many;
  for (int i = 0; i < 253; ++i) many += std::to_string(i) + "\n";
  expect(many, "253 words, expected at most 252");
}

// V is fixed, so that the models that are trained here differ in their words alone.
TEST(WordVocabularyTest, HoldsAllInstructions) {
  std::vector<std::string> instructions;
  for (const Suite& suite : LoadSuites(LIBERO_DEPS_DIR)) {
    for (const Task& task : suite.tasks) instructions.push_back(task.instruction);
  }
  const Tokenizer tokenizer = MakeWordTokenizer(PromptWords(instructions));
  for (const std::string& instruction : instructions) {
    EXPECT_THAT(PromptIds(tokenizer, instruction, {{0, 1, 2, 3}}),
                Not(Contains(SpecialTokens::kUnknown)))
        << instruction;
  }
}

}  // namespace
}  // namespace libero
