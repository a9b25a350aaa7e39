#include "policy/special_tokens.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Property;
using testing::ThrowsMessage;

constexpr int kLlamaPieces = 32000;

class AddedTokensTest : public testing::Test {
 protected:
  std::filesystem::path Write(const std::string& text) {
    const std::filesystem::path path = folder_ / "added_tokens.json";
    std::ofstream(path) << text;
    return path;
  }

  TestFolder folder_;
};

TEST(SpecialTokensTest, LieBehindLlamasPieces) {
  const SpecialTokens tokens = MakeSpecialTokens(kLlamaPieces, 16);
  EXPECT_EQ(tokens.pad, 32000);
  EXPECT_EQ(tokens.act(0), 32001);
  EXPECT_EQ(tokens.act(15), 32016);
  EXPECT_EQ(tokens.code(32016), 15);
  EXPECT_EQ(tokens.num_rows(), 32064);
  EXPECT_FALSE(tokens.is_act(32000));
  EXPECT_TRUE(tokens.is_act(32001));
  EXPECT_TRUE(tokens.is_act(32016));
  EXPECT_FALSE(tokens.is_act(32017));
  EXPECT_EQ(tokens.texts().size(), 4 + 16);
}

TEST(SpecialTokensTest, RefusesActsThatLeaveTheEmbedding) {
  EXPECT_EQ(MakeSpecialTokens(kLlamaPieces, 63).act(62), 32063);
  EXPECT_THAT([] { (void)MakeSpecialTokens(kLlamaPieces, 64); },
              ThrowsMessage<Error>(AllOf(HasSubstr("32001..32064"), HasSubstr("32064 rows"))));
  EXPECT_THROW((void)MakeSpecialTokens(kLlamaPieces, 0), Error);
}

TEST_F(AddedTokensTest, TellHowManyCodesThereAre) {
  const auto path = Write(R"({"<ACT_1>": 32002, "<ACT_0>": 32001, "<PAD>": 32000})");
  EXPECT_EQ(ReadAddedTokens(path, kLlamaPieces).num_acts, 2);
}

TEST_F(AddedTokensTest, MayNameTheBaseTokens) {
  const auto path = Write(R"({"<unk>": 0, "<s>": 1, "</s>": 2, "<PAD>": 480, "<ACT_0>": 481})");
  EXPECT_EQ(ReadAddedTokens(path, 480).num_acts, 1);
}

TEST_F(AddedTokensTest, SaysWhatIsWrongWithAVocabulary) {
  const auto expect = [this](const std::string& text, const std::string& part) {
    const auto path = Write(text);
    EXPECT_THAT([&path] { (void)ReadAddedTokens(path, kLlamaPieces); },
                ThrowsMessage<Error>(AllOf(HasSubstr(part), HasSubstr("added_tokens.json"))))
        << text;
  };
  expect(R"({"<PAD>": 32000})", "no <ACT_0>");
  expect(R"({"<ACT_0>": 32001})", "no <PAD>");
  expect(R"({"<PAD>": 32000, "<ACT_0>": 32002})", "'<ACT_0>' has id 32002, expected 32001");
  expect(R"({"<PAD>": 32000, "<ACT_0>": "x"})", R"('<ACT_0>' has id "x")");
  expect(R"({"<PAD>": 32000, "<ACT_0>": 32001, "<ACT_2>": 32003})", "unexpected token '<ACT_2>'");
  expect(R"([])", "expected a JSON object, got array");
  expect(R"({"<PAD>")", "not JSON");
}

TEST_F(AddedTokensTest, SaysThatTheFileIsMissing) {
  EXPECT_THAT([this] { (void)ReadAddedTokens(folder_ / "added_tokens.json", kLlamaPieces); },
              ThrowsMessage<Error>(HasSubstr("No such file")));
}

}  // namespace
}  // namespace libero
