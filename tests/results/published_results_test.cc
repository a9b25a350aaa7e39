#include "results/published_results.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace libero {
namespace {

// The averages that the sources print beside the suites' rates.
TEST(PublishedResultsTest, HaveThePublishedAverages) {
  constexpr double kRounding = 0.0501;  // of averages with one decimal
  const std::map<std::string, double> averages = {{"LAPA", 65.7},
                                                  {"Diffusion Policy", 72.4},
                                                  {"Octo", 75.1},
                                                  {"TraceVLA", 74.8},
                                                  {"MDT", 76.1},
                                                  {"OpenVLA", 76.5},
                                                  {"UniVLA", 95.2},
                                                  {"UniVLA, Bridge only", 92.5},
                                                  {"UniVLA, human videos only", 88.7},
                                                  {"OpenVLA-OFT", 97.1},
                                                  {"OpenVLA-OFT, one camera", 95.3},
                                                  {"π0", 94.2},
                                                  {"π0-FAST", 85.5},
                                                  {"π0.5", 96.9},
                                                  {"VLA-Adapter (0.5 B)", 97.3}};
  for (const PublishedResult& result : PublishedResults()) {
    const auto average = averages.find(result.policy);
    if (average == averages.end()) continue;
    const double mean = (result.spatial + result.object + result.goal + result.libero_10) / 4;
    EXPECT_NEAR(mean, average->second, kRounding) << result.policy;
  }
}

TEST(PublishedResultsTest, AreOfTheFourSuites) {
  const PublishedResult& first = PublishedResults().front();
  EXPECT_EQ(first.rate("libero_10"), first.libero_10);
  EXPECT_EQ(first.rate("libero_90"), std::nullopt);
  EXPECT_EQ(first.rate("libero_goal_swap"), std::nullopt);
}

}  // namespace
}  // namespace libero
