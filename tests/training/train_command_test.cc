#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/golden/hdf5_writer.h"
#include "tests/policy/program.h"
#include "tests/results/child.h"
#include "tests/test_folder.h"
#include "training/training.h"

#include <nlohmann/json.hpp>

// `libero train` as its users run it, on two tiny demonstrations.
namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class TrainCommandTest : public testing::Test {
 protected:
  TrainCommandTest() {
    Hdf5Writer writer(data_);
    for (int demo = 0; demo < 2; ++demo) AddDemo(writer, demo);
  }

  // 14 steps; pictures and positions that change with them.
  static void AddDemo(Hdf5Writer& writer, int demo) {
    constexpr uint64_t kSteps = 14;
    constexpr uint64_t kSide = 32;
    std::vector<double> actions;
    std::vector<double> states;
    std::vector<double> hands;
    std::vector<uint8_t> pictures;
    for (uint64_t t = 0; t < kSteps; ++t) {
      const double share = static_cast<double>(t) / kSteps;
      actions.insert(actions.end(),
                     {share, -share, 0.1 * demo, 0, 0, share / 2, t < 7 ? -1.0 : 1.0});
      states.insert(states.end(), {0.05 * static_cast<double>(t), share, 0.3 * demo, 7, 7});
      hands.insert(hands.end(), {share, 0.3 * demo, 1});
      for (uint64_t i = 0; i < kSide * kSide * 3; ++i) {
        pictures.push_back(static_cast<uint8_t>(i / 9 + 11 * t + 50 * static_cast<uint64_t>(demo)));
      }
    }
    const std::string group = fmt::format("data/demo_{}", demo);
    writer.F64(group + "/actions", {kSteps, 7}, actions);
    writer.F64(group + "/states", {kSteps, 5}, states);
    writer.F64(group + "/obs/ee_pos", {kSteps, 3}, hands);
    writer.F64(group + "/obs/ee_states", {kSteps, 6}, std::vector<double>(kSteps * 6, 0.5));
    writer.F64(group + "/obs/gripper_states", {kSteps, 2}, std::vector<double>(kSteps * 2, 0.01));
    writer.U8(group + "/obs/agentview_rgb", {kSteps, kSide, kSide, 3}, pictures);
  }

  [[nodiscard]] static std::string Bytes(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // The words of a command that trains with one thread and small batches.
  [[nodiscard]] std::vector<std::string> Arguments(const std::string& stage,
                                                   const std::string& from, const std::string& out,
                                                   const std::string& steps) const {
    std::vector<std::string> arguments = {
        "train", stage,     "--data", data_.string(), "--out", (folder_ / out).string(), "--steps",
        steps,   "--batch", "4",      "--threads",    "1"};
    if (!from.empty()) arguments.insert(arguments.end(), {"--from", (folder_ / from).string()});
    return arguments;
  }

  // Runs it with the cache of this test alone.
  [[nodiscard]] ProgramResult Train(const std::string& stage, const std::string& from,
                                    const std::string& out,
                                    const std::string& more = "--device cpu") const {
    std::string command =
        "LIBERO_DATA=" LIBERO_DEPS_DIR " LIBERO_CACHE=" + (folder_ / "cache").string() +
        " " LIBERO_PROGRAM;
    for (const std::string& argument : Arguments(stage, from, out, "2")) command += " " + argument;
    return RunShell(command + " " + more);
  }

  void ExpectError(const ProgramResult& result, const testing::Matcher<std::string>& message) {
    EXPECT_NE(result.status, 0) << result.output;
    EXPECT_THAT(result.output, message);
  }

  TestFolder folder_;
  fs::path data_ = folder_ / "turn_on_the_stove_demo.hdf5";
};

TEST_F(TrainCommandTest, StagesBuildOnEachOtherUpToACheckpoint) {
  std::string from;
  for (const char* stage : {"features", "lam1", "lam2", "vla", "finetune"}) {
    const ProgramResult result = Train(stage, from, stage);
    ASSERT_EQ(result.status, 0) << stage << ": " << result.output;
    EXPECT_THAT(result.output, HasSubstr("2 demonstrations in 1 files, 28 steps"));
    const fs::path run = folder_ / stage;
    EXPECT_TRUE(fs::exists(run / "DONE"));
    EXPECT_FALSE(fs::exists(run / "state")) << "it is not needed any more";
    EXPECT_THAT(Bytes(run / "metrics.jsonl"), HasSubstr(R"({"step":2,)"));
    from = stage;
  }
  const fs::path checkpoint = folder_ / "finetune" / "checkpoint";
  const ProgramResult inspected = RunProgram("inspect-checkpoint " + checkpoint.string());
  EXPECT_EQ(inspected.status, 0) << inspected.output;
  EXPECT_EQ(Bytes(checkpoint / "latent_action_model.safetensors"),
            Bytes(folder_ / "lam2" / "checkpoint" / "latent_action_model.safetensors"));

  // what is not given is the recipe's
  const auto recipe = [&](const std::string& run) {
    return nlohmann::json::parse(Bytes(folder_ / run / "config.json"))["recipe"];
  };
  for (const char* name : {"own_answers", "freeze_towers", "use_proprio"}) {
    EXPECT_EQ(recipe("finetune")[name], true) << name;
    EXPECT_EQ(recipe("features")[name], false) << name;
  }
  EXPECT_THAT(inspected.output, HasSubstr("is told the robot's state"));

  // other inputs: another decoder; it is trained from the beginning anyway
  const ProgramResult blind =
      Train("finetune", "finetune", "blind", "--device cpu --no-proprio --no-visual-states");
  ASSERT_EQ(blind.status, 0) << blind.output;
  EXPECT_EQ(recipe("blind")["use_proprio"], false);
  EXPECT_THAT(RunProgram("inspect-checkpoint " + (folder_ / "blind/checkpoint").string()).output,
              AllOf(HasSubstr("does not see the picture"), Not(HasSubstr("is told"))));

  // adapters end up in the weights: a policy needs to know nothing of them
  const ProgramResult lora = Train("finetune", "vla", "lora", "--device cpu --lora-rank 2");
  ASSERT_EQ(lora.status, 0) << lora.output;
  const ProgramResult adapted =
      RunProgram("inspect-checkpoint " + (folder_ / "lora" / "checkpoint").string());
  EXPECT_EQ(adapted.status, 0) << adapted.output;

  // what is done is left alone; what has begun is continued with the same options only
  EXPECT_THAT(Train("finetune", "vla", "finetune").output, HasSubstr("finetune: done already"));
  ExpectError(Train("finetune", "vla", "finetune", "--device cpu --seed 8"),
              AllOf(HasSubstr("was made with other options"), HasSubstr("seed: 7 → 8")));
}

TEST_F(TrainCommandTest, KilledOrNotTheWeightsAreTheSame) {
  std::string from;
  for (const char* stage : {"features", "lam1", "lam2"}) {
    ASSERT_EQ(Train(stage, from, stage).status, 0);
    from = stage;
  }
  const auto arguments = [&](const std::string& out) {
    std::vector<std::string> result = Arguments("finetune", "lam2", out, "30");
    result.insert(result.begin(), LIBERO_PROGRAM);
    result.insert(result.end(), {"--save-every", "2", "--device", "cpu"});
    return result;
  };
  Child undisturbed(arguments("undisturbed"));
  EXPECT_EQ(undisturbed.Wait(), 0);

  const fs::path run = folder_ / "killed";
  Child killed(arguments("killed"));
  while (!fs::exists(run / "state" / "step-4.safetensors")) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  killed.Kill();
  EXPECT_EQ(killed.Wait(), -SIGKILL);
  ASSERT_FALSE(fs::exists(run / "checkpoint")) << "killed too late to show anything";
  ExpectError(Train("finetune", "killed", "next"),
              AllOf(HasSubstr("killed: this training is not done"), HasSubstr("again")));
  EXPECT_FALSE(fs::exists(folder_ / "next")) << "nothing is written for bad options";

  Child again(arguments("killed"));
  EXPECT_EQ(again.Wait(), 0);
  for (const char* file :
       {"metrics.jsonl", "checkpoint/model.safetensors", "checkpoint/action_decoder.safetensors"}) {
    EXPECT_TRUE(Bytes(run / file) == Bytes(folder_ / "undisturbed" / file)) << file;
  }
  EXPECT_THAT(Bytes(run / "metrics.jsonl"), HasSubstr(R"({"step":30,)"));
}

// Before anything is written.
TEST_F(TrainCommandTest, SaysWhatIsWrong) {
  const auto expect = [&](const std::string& stage, const std::string& more,
                          const testing::Matcher<std::string>& message) {
    ExpectError(Train(stage, "", "out", more), message);
    EXPECT_FALSE(fs::exists(folder_ / "out")) << more;
  };
  expect("lam1", "", AllOf(HasSubstr("--from"), HasSubstr("lam1"), HasSubstr("--out folder")));
  expect("finetune", "", AllOf(HasSubstr("--from"), HasSubstr("finetune")));
  expect("lam3", "", HasSubstr("no stage is called 'lam3'"));
  expect("features", "--preset huge", HasSubstr("'huge'"));
  expect("features", "--preset univla-7b", HasSubstr("no stage 'features'"));
  expect("features", "--schedule linear",
         HasSubstr("--schedule: expected constant, step or cosine"));
  expect("features", "--accumulation 3",
         HasSubstr("--accumulation: expected a divisor of the batch"));
  expect("features", "--quirks none", HasSubstr("none"));
  expect("features", "--device tpu", HasSubstr("tpu"));
  expect("lam1", "--from " + (folder_ / "nowhere").string(),
         AllOf(HasSubstr("nowhere is no checkpoint folder"), HasSubstr("config.json")));
  fs::create_directories(folder_ / "empty");
  expect("features", "--data " + (folder_ / "empty").string(),
         HasSubstr("empty: there is no file *.hdf5 in it"));
  expect("features", "--data " + (folder_ / "missing.hdf5").string(), HasSubstr("missing.hdf5"));
  expect("vla", "--freeze-vla", HasSubstr("--freeze-vla"));
  expect("vla", "--eval-every=5", HasSubstr("--eval-every: what stage vla trains does not act"));
}

}  // namespace
}  // namespace libero
