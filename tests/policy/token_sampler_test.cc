#include "policy/token_sampler.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::ThrowsMessage;

constexpr int kNumDraws = 4096;

// How often each code comes up for numbers spread evenly over [0, 1).
std::map<int, double> Shares(const std::vector<float>& logits, const DecodeOptions& options) {
  std::map<int, double> shares;
  for (int i = 0; i < kNumDraws; ++i) {
    shares[ChooseCode(logits, options, (i + 0.5) / kNumDraws)] += 1.0 / kNumDraws;
  }
  return shares;
}

std::vector<float> Logs(const std::vector<double>& probabilities) {
  std::vector<float> logits;
  for (const double p : probabilities) logits.push_back(static_cast<float>(std::log(p)));
  return logits;
}

auto Near(double share) {
  return testing::DoubleNear(share, 2.0 / kNumDraws);
}

TEST(TokenSamplerTest, GreedyTakesTheFirstOfTheLargest) {
  const std::vector<float> logits = {0, 3, -1, 3};
  for (const double uniform : {0.0, 0.999}) EXPECT_EQ(ChooseCode(logits, {}, uniform), 1);
}

TEST(TokenSamplerTest, DrawsByProbability) {
  const DecodeOptions all = {.sample = true, .temperature = 1, .top_k = 50, .top_p = 1};
  EXPECT_THAT(
      Shares(Logs({0.1, 0.4, 0.2, 0.3}), all),
      ElementsAre(Pair(0, Near(0.1)), Pair(1, Near(0.4)), Pair(2, Near(0.2)), Pair(3, Near(0.3))));
}

TEST(TokenSamplerTest, DividesByTheTemperature) {
  const DecodeOptions half = {.sample = true, .temperature = 0.5, .top_p = 1};
  EXPECT_THAT(Shares(Logs({0.25, 0.75}), half), ElementsAre(Pair(0, Near(0.1)), Pair(1, Near(0.9))))
      << "squares: 1 to 9";
}

TEST(TokenSamplerTest, KeepsTheMostLikely) {
  const DecodeOptions two = {.sample = true, .temperature = 1, .top_k = 2, .top_p = 1};
  EXPECT_THAT(Shares(Logs({0.1, 0.5, 0.15, 0.25}), two),
              ElementsAre(Pair(1, Near(2.0 / 3)), Pair(3, Near(1.0 / 3))));
  EXPECT_EQ(Shares(Logs({0.3, 0.3, 0.3, 0.1}), two).size(), 3) << "equals of the second are kept";
}

TEST(TokenSamplerTest, KeepsTheNucleus) {
  DecodeOptions nucleus = {.sample = true, .temperature = 1, .top_p = 0.7};
  EXPECT_THAT(Shares(Logs({0.15, 0.5, 0.05, 0.3}), nucleus),
              ElementsAre(Pair(1, Near(0.625)), Pair(3, Near(0.375))))
      << "0.5 is not enough, 0.8 is";
  nucleus.top_p = 0.4;
  EXPECT_THAT(Shares(Logs({0.15, 0.5, 0.05, 0.3}), nucleus), ElementsAre(Pair(1, Near(1))))
      << "one stays";
}

// The order of the steps decides: a temperature before the nucleus makes it smaller.
TEST(TokenSamplerTest, AppliesTheTemperatureFirst) {
  const std::vector<float> logits = Logs({0.55, 0.3, 0.15});
  const DecodeOptions warm = {.sample = true, .temperature = 1, .top_p = 0.8};
  const DecodeOptions cold = {.sample = true, .temperature = 0.3, .top_p = 0.8};
  EXPECT_EQ(Shares(logits, warm).size(), 2);
  EXPECT_EQ(Shares(logits, cold).size(), 1);
}

// See tests/golden/token_sampler.py.
TEST(TokenSamplerTest, DrawsAsTransformersDoes) {
  std::ifstream file(std::string(LIBERO_GOLDEN_DIR) + "/token_sampler.txt");
  DecodeOptions options = {.sample = true};
  int num_cases = 0;
  for (size_t size = 0; file >> options.temperature >> options.top_k >> options.top_p >> size;) {
    std::vector<float> logits(size);
    for (float& logit : logits) file >> logit;
    std::map<int, double> shares = Shares(logits, options);
    for (int code = 0; code < static_cast<int>(size); ++code) {
      double probability = 0;
      file >> probability;
      EXPECT_THAT(shares[code], Near(probability)) << "case " << num_cases << ", code " << code;
      EXPECT_TRUE(probability > 0 || shares[code] == 0) << num_cases << ' ' << code;
    }
    ++num_cases;
  }
  EXPECT_EQ(num_cases, 33);
}

TEST(TokenSamplerTest, TheLastNumberGivesTheLastCode) {
  const DecodeOptions all = {.sample = true, .temperature = 1, .top_p = 1};
  EXPECT_EQ(ChooseCode(std::vector<float>(16, 0), all, std::nextafter(1.0, 0.0)), 15);
  EXPECT_EQ(ChooseCode(std::vector<float>(16, 0), all, 0), 0);
}

TEST(TokenSamplerTest, RefusesLogitsThatAreNotFinite) {
  const std::vector<float> logits = {0, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_THAT([&] { (void)ChooseCode(logits, {}, 0); },
              ThrowsMessage<Error>(HasSubstr("<ACT_1> is nan")));
}

TEST(TokenSamplerTest, RefusesNumbersOutOfRange) {
  const auto expect = [](const DecodeOptions& options, const char* part) {
    EXPECT_THAT([&] { CheckDecodeOptions(options); }, ThrowsMessage<Error>(HasSubstr(part)));
  };
  CheckDecodeOptions({});
  expect({.temperature = 0}, "temperature 0");
  expect({.top_k = 0}, "top-k 0");
  expect({.top_p = 0}, "top-p 0");
  expect({.top_p = 1.5}, "top-p 1.5");
}

TEST(TokenSamplerTest, HasNames) {
  EXPECT_FALSE(ParseDecode("greedy").sample);
  EXPECT_TRUE(ParseDecode("sample").sample);
  EXPECT_EQ(DecodeName(ParseDecode("sample")), "sample");
  EXPECT_THAT([] { (void)ParseDecode("beam"); },
              ThrowsMessage<Error>(HasSubstr("expected greedy or sample")));
}

}  // namespace
}  // namespace libero
