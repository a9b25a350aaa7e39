#include "policy/tokenizer.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/prompt.h"
#include "policy/sentence_piece.h"
#include "sim/base/check.h"
#include "sim/base/counter_random.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::ThrowsMessage;

const std::filesystem::path kFolder = std::filesystem::path(LIBERO_GOLDEN_DIR) / "tokenizer";

// Llama-2's own tokenizer.model, which its licence keeps out of this repository.
constexpr const char* kLlamaVariable = "LIBERO_LLAMA_TOKENIZER";

std::vector<int> ReadIds(const std::string& line) {
  std::istringstream words(line);
  std::vector<int> ids;
  for (int id = 0; words >> id;) ids.push_back(id);
  return ids;
}

// Compares with what transformers made of the recorded texts; returns their number.
int ExpectReferences(const Tokenizer& tokenizer, const std::string& name) {
  std::ifstream file(kFolder / name);
  int num_texts = 0;
  for (std::string text, ids; std::getline(file, text) && std::getline(file, ids); ++num_texts) {
    EXPECT_THAT(tokenizer.Encode(nlohmann::json::parse(text).get<std::string>()),
                ElementsAreArray(ReadIds(ids)))
        << text;
  }
  return num_texts;
}

// A folder with Llama's model and the tokens of UniVLA.
class LlamaTokenizerTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* const path = std::getenv(kLlamaVariable);
    if (path == nullptr) {
      GTEST_SKIP() << "set " << kLlamaVariable << " to the path of Llama-2's tokenizer.model";
    }
    std::filesystem::copy_file(path, folder_ / "tokenizer.model");
    nlohmann::json added = {{"<PAD>", 32000}};
    for (int code = 0; code < 16; ++code) added[ActText(code)] = 32001 + code;
    std::ofstream(folder_ / "added_tokens.json") << added;
  }

  TestFolder folder_;
};

TEST(TokenizerTest, EqualsTransformersTokenizer) {
  EXPECT_EQ(ExpectReferences(LoadTokenizer(kFolder), "references.txt"), 30);
}

TEST(T5TokenizerTest, EqualsTransformersTokenizer) {
  const TextEncoder encode = LoadT5Tokenizer(kFolder / "spiece.model");
  std::ifstream file(kFolder / "t5.txt");
  int num_texts = 0;
  for (std::string text, ids; std::getline(file, text) && std::getline(file, ids); ++num_texts) {
    EXPECT_THAT(encode(nlohmann::json::parse(text).get<std::string>()),
                ElementsAreArray(ReadIds(ids)))
        << text;
  }
  EXPECT_EQ(num_texts, 9);
}

TEST(T5TokenizerTest, RefusesAModelOfAnotherLayout) {
  EXPECT_THAT([] { (void)LoadT5Tokenizer(kFolder / "tokenizer.model"); },
              ThrowsMessage<Error>(HasSubstr("<unk> has id 0, expected 2")));
}

TEST(TokenizerTest, KnowsItsSpecialTokens) {
  const Tokenizer tokenizer = LoadTokenizer(kFolder);
  EXPECT_EQ(tokenizer.special().pad, 480);
  EXPECT_EQ(tokenizer.special().num_acts, 16);
  EXPECT_THAT(tokenizer.Encode(" "), ElementsAreArray({1, tokenizer.blank(), tokenizer.blank()}));
}

TEST(TokenizerTest, TakesTheLongestSpecialToken) {
  const Tokenizer tokenizer(MakeSpecialTokens(100, 12), 3,
                            [](std::string_view segment, std::vector<int>& ids) {
                              ids.push_back(-static_cast<int>(segment.size()));
                            });
  EXPECT_THAT(tokenizer.Encode("ab<ACT_11><ACT_1>c<ACT_12>"),
              ElementsAreArray({1, -2, 112, 102, -9}));
}

TEST(TokenizerTest, SaysThatAFolderHasNone) {
  const TestFolder folder;
  EXPECT_THAT([&folder] { (void)LoadTokenizer(folder.path()); },
              ThrowsMessage<Error>(HasSubstr("neither tokenizer.model nor words.txt")));
}

TEST(TokenizerTest, RefusesWhatIsNoModel) {
  const TestFolder folder;
  std::ofstream(folder / "tokenizer.model") << "version https://git-lfs";
  EXPECT_THAT([&folder] { (void)LoadTokenizer(folder.path()); },
              ThrowsMessage<Error>(HasSubstr("not a SentencePiece model")));
}

// A download that was cut, or a bad disk: an error or a tokenizer, never a crash.
TEST(TokenizerTest, SurvivesDamagedModels) {
  std::ifstream file(kFolder / "tokenizer.model", std::ios::binary);
  const std::string model(std::istreambuf_iterator<char>(file), {});
  const TestFolder folder;
  std::filesystem::copy_file(kFolder / "added_tokens.json", folder / "added_tokens.json");
  const auto load = [&folder](const std::string& bytes) {
    std::ofstream(folder / "tokenizer.model", std::ios::binary) << bytes;
    try {
      (void)LoadTokenizer(folder.path()).Encode("open the drawer\n");
    } catch (const Error&) {
      return false;
    }
    return true;
  };
  EXPECT_TRUE(load(model));
  for (size_t size = 0; size < model.size(); size += 61) {
    EXPECT_FALSE(load(model.substr(0, size))) << size;
  }
  CounterRandom random("damaged models");
  for (int i = 0; i < 200; ++i) {
    std::string damaged = model;
    damaged[random.Bits() % damaged.size()] = static_cast<char>(random.Bits());
    (void)load(damaged);
  }
}

TEST(TokenizerTest, RefusesTokensOfAnotherModel) {
  const TestFolder folder;
  std::filesystem::copy_file(kFolder / "tokenizer.model", folder / "tokenizer.model");
  std::ofstream(folder / "added_tokens.json") << R"({"<PAD>": 32000, "<ACT_0>": 32001})";
  EXPECT_THAT([&folder] { (void)LoadTokenizer(folder.path()); },
              ThrowsMessage<Error>(HasSubstr("after 480 pieces")));
}

TEST_F(LlamaTokenizerTest, EqualsTransformersTokenizer) {
  EXPECT_EQ(ExpectReferences(LoadTokenizer(folder_.path()), "llama.txt"), 30);
}

// Prompt ids that users of OpenVLA's and UniVLA's checkpoints recorded with transformers 4.40.1.
TEST_F(LlamaTokenizerTest, GivesThePublishedPromptIds) {
  const Tokenizer tokenizer = LoadTokenizer(folder_.path());
  EXPECT_THAT(
      PromptIds(tokenizer,
                "pick up the black bowl between the plate and the ramekin and place it on "
                "the plate",
                {}),
      ElementsAreArray({1,   512,  29901, 1724,  3158, 881,   278,   19964, 2125, 304,   5839, 701,
                        278, 4628, 12580, 29880, 1546, 278,   15284, 322,   278,  364,   420,  9089,
                        322, 2058, 372,   373,   278,  15284, 29973, 13,    3744, 29901, 29871}));
  EXPECT_THAT(
      PromptIds(tokenizer, "put both the alphabet soup and the tomato sauce in the basket", {}),
      ElementsAreArray({1,    512,  29901, 1724,  3158,  881, 278,  19964, 2125, 304,
                        1925, 1716, 278,   22968, 22300, 322, 278,  6454,  1219, 12507,
                        346,  297,  278,   25972, 29973, 13,  3744, 29901, 29871}));
}

TEST_F(LlamaTokenizerTest, PutsABlankBehindTheHistory) {
  const std::vector<int> ids = PromptIds(LoadTokenizer(folder_.path()), "open", {{3, 0, 15, 7}});
  EXPECT_THAT(std::vector<int>(ids.end() - 9, ids.end()),
              ElementsAreArray({32004, 32001, 32016, 32008, 29871, 13, 3744, 29901, 29871}));
}

}  // namespace
}  // namespace libero
