#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/program.h"

#include <nlohmann/json.hpp>

// `libero speed` for a policy's networks.
namespace libero {
namespace {

using testing::HasSubstr;

ProgramResult Speed(const std::string& options) {
  return RunProgram("speed --device cpu --seconds 0.05 --threads 1 " + options);
}

TEST(SpeedPolicyTest, SplitsTheTimeOfEachBatchSize) {
  const ProgramResult result = Speed("--preset tiny --random-weights --batch 1,3 --json");
  ASSERT_EQ(result.status, 0) << result.output;
  const auto report = nlohmann::json::parse(result.output);
  EXPECT_EQ(report["model"], "tiny with random weights, float32 on cpu, fixed");
  ASSERT_EQ(report["batches"].size(), 2u);
  for (const auto& batch : report["batches"]) {
    const double latency_ms = batch["latency_ms"]["mean"];
    EXPECT_GT(latency_ms, 0);
    EXPECT_GE(batch["repeats"], 3);
    EXPECT_EQ(batch["stages_ms"].size(), 5u);
    for (const auto& stage_ms : batch["stages_ms"]) EXPECT_GT(stage_ms, 0);
  }
  EXPECT_EQ(report["batches"][1]["batch"], 3);
  EXPECT_GT(report["resident_bytes"], 10e6);
  EXPECT_EQ(report["gpu_bytes"], 0);
  EXPECT_EQ(report["provenance"].count("libtorch"), 1u);
  EXPECT_EQ(report["provenance"].count("git_commit"), 1u);
}

TEST(SpeedPolicyTest, PrintsATable) {
  const ProgramResult result = Speed("--preset tiny --random-weights --batch 2");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.output, HasSubstr("queries/s"));
  EXPECT_THAT(result.output, HasSubstr("action decoder, ms"));
}

TEST(SpeedPolicyTest, RefusesWhatItCannotMeasure) {
  const auto expect_refused = [](const std::string& options, const std::string& message) {
    const ProgramResult result = Speed(options);
    EXPECT_NE(result.status, 0);
    EXPECT_THAT(result.output, HasSubstr(message));
  };
  expect_refused("--preset tiny", "add --random-weights to measure speed");
  expect_refused("--random-weights", "expected either --policy DIR or --preset NAME");
  expect_refused("--policy x --random-weights", "--random-weights: --policy DIR has weights");
  expect_refused("--preset tinny --random-weights", "did you mean 'tiny'?");
  expect_refused("--preset tiny --random-weights --batch 0", "--batch: expected 1 to 4096, got 0");
  expect_refused("--preset tiny --random-weights --prompt-length 0", "--prompt-length: expected 1");
}

}  // namespace
}  // namespace libero
