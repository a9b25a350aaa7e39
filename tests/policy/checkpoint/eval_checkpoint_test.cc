#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/checkpoint/load_networks.h"
#include "policy/checkpoint/load_weights.h"
#include "policy/checkpoint/policy_folder.h"
#include "policy/nn/presets.h"
#include "policy/prompt.h"
#include "sim/base/text_file.h"
#include "tests/policy/program.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

// `libero eval --policy DIR`, from the command line to the record.
namespace libero {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

class EvalCheckpointTest : public testing::Test {
 protected:
  EvalCheckpointTest() { fs::create_directories(checkpoint_); }

  // A checkpoint of the smallest preset, with random weights; `proprio`: its decoder is told the
  // robot's state, of these statistics.
  void MakeCheckpoint(bool is_told = false,
                      const std::optional<ColumnStatistics<8>>& proprio = std::nullopt) const {
    constexpr uint64_t kLarge = uint64_t{1} << 40;
    ModelConfig sizes = FindPreset("tiny");
    sizes.action_decoder.proprio_dim = is_told ? 8 : 0;
    const PolicyNetworks networks = MakePolicyNetworks(sizes, at::kCPU, 5);
    SaveWeights(networks.vla.get(), checkpoint_, "model", at::kFloat, kLarge);
    SaveWeights(networks.decoder.get(), checkpoint_, "action_decoder", at::kFloat, kLarge);
    ActionStatistics statistics;
    statistics.q01.fill(-0.5);
    statistics.q99.fill(0.5);
    statistics.proprio = proprio;
    const std::vector<std::string> instructions = {"open the middle drawer of the cabinet"};
    WritePolicyFolderTexts(checkpoint_, {.config = networks.config,
                                         .words = PromptWords(instructions),
                                         .statistics = {{"libero_goal", statistics}}});
  }

  // Runs episodes of one task; in one thread, for tests run side by side.
  [[nodiscard]] ProgramResult Eval(const std::string& options, const std::string& run = "run",
                                   const std::string& suite = "goal") const {
    return RunProgram("eval --suite " + suite + " --tasks 0 --max-steps 15 --threads 1 --policy " +
                      checkpoint_.string() + " --out " + (folder_ / run).string() + " " + options);
  }

  [[nodiscard]] json Read(const std::string& run, const std::string& file) const {
    return ReadJsonFile(folder_ / run / file);
  }

  // What the log says of a run's episodes, by init state.
  [[nodiscard]] std::map<int, json> Episodes(const std::string& run) const {
    std::map<int, json> episodes;
    std::ifstream lines(folder_ / run / "episodes.jsonl");
    for (std::string line; std::getline(lines, line);) {
      const json episode = json::parse(line);
      episodes[episode["init_index"].get<int>()] = episode;
    }
    return episodes;
  }

  // Says that eval refuses with this message, before it writes anything.
  void ExpectRefused(const ProgramResult& result, const std::string& message) const {
    EXPECT_NE(result.status, 0);
    EXPECT_THAT(result.output, HasSubstr(message));
    EXPECT_FALSE(fs::exists(folder_ / "run")) << message;
  }

  const TestFolder folder_;
  const fs::path checkpoint_ = folder_ / "checkpoint";
};

TEST_F(EvalCheckpointTest, PlaysAnEpisodeAndRecordsWhatItDependsOn) {
  MakeCheckpoint();
  for (const std::string act : {"ensemble", "chunked"}) {
    const ProgramResult result = Eval("--episodes 1 --device cpu --act " + act, act);
    ASSERT_EQ(result.status, 0) << result.output;
    const std::map<int, json> episodes = Episodes(act);
    ASSERT_EQ(episodes.size(), 1u);
    EXPECT_EQ(episodes.at(0)["steps"], 15);
    const json config = Read(act, "config.json");
    const json& record = config["checkpoint"];
    EXPECT_EQ(record["act"], act);
    EXPECT_EQ(record["decode"], "greedy");
    EXPECT_EQ(record["quirks"], "fixed");
    EXPECT_EQ(record["dtype"], "float32");
    EXPECT_EQ(record["files"].size(), 5u);
    EXPECT_EQ(record["files"]["model.safetensors"]["sha256"].get<std::string>().size(), 64u);
    EXPECT_EQ(config["protocol"]["frames"][0]["width"], 128);
    const json manifest = Read(act, "manifest.json");
    EXPECT_EQ(manifest["checkpoint"], record);
    EXPECT_EQ(manifest["calls"][0]["policy"]["device"], "cpu");
    EXPECT_EQ(manifest["calls"][0]["policy"]["description"],
              "checkpoint, float32 on cpu, fixed, greedy, " + act);
  }
  EXPECT_NE(Episodes("ensemble").at(0)["final_state_hash"],
            Episodes("chunked").at(0)["final_state_hash"]);
}

TEST_F(EvalCheckpointTest, ResultsDoNotDependOnTheNumberOfEnvironments) {
  MakeCheckpoint();
  const std::string options = "--episodes 2 --decode sample --device cpu --envs ";
  ASSERT_EQ(Eval(options + "1", "one").status, 0);
  ASSERT_EQ(Eval(options + "2", "two").status, 0);
  const std::map<int, json> one = Episodes("one");
  const std::map<int, json> two = Episodes("two");
  ASSERT_EQ(one.size(), 2u);
  ASSERT_EQ(two.size(), 2u);
  for (const auto& [init_index, episode] : one) {
    EXPECT_EQ(episode["end"], two.at(init_index)["end"]);
    EXPECT_EQ(episode["steps"], two.at(init_index)["steps"]);
    EXPECT_EQ(episode["final_state_hash"], two.at(init_index)["final_state_hash"])
        << "on a CPU, to the last bit";
  }
}

TEST_F(EvalCheckpointTest, TellsTheRobotsStateToANetworkThatWantsIt) {
  MakeCheckpoint(true);
  ExpectRefused(Eval(""), "its statistics for 'libero_goal' have no 'proprio'");
  // the same weights and the same world, but other numbers for where the hand is
  ColumnStatistics<8> statistics;
  statistics.min.fill(-2);
  statistics.max.fill(2);
  std::set<std::string> ends;
  for (const double q99 : {2.0, 1.0}) {
    statistics.q01.fill(-q99);
    statistics.q99.fill(q99);
    MakeCheckpoint(true, statistics);
    const std::string run = fmt::format("run{}", q99);
    ASSERT_EQ(Eval("--episodes 1 --device cpu", run).status, 0);
    ends.insert(Episodes(run).at(0)["final_state_hash"]);
  }
  EXPECT_EQ(ends.size(), 2U);
}

TEST_F(EvalCheckpointTest, AChangedCheckpointDoesNotContinueARun) {
  MakeCheckpoint();
  ASSERT_EQ(Eval("--episodes 1").status, 0);
  fs::remove(folder_ / "run" / "DONE");
  EXPECT_THAT(Eval("--episodes 1 --decode sample").output,
              AllOf(HasSubstr("was made with other options"), HasSubstr("checkpoint")));
  std::ofstream(checkpoint_ / "words.txt", std::ios::app) << "xyzzy\n";
  EXPECT_THAT(Eval("--episodes 1").output,
              AllOf(HasSubstr("was made with other options"), HasSubstr("words.txt")));
}

TEST_F(EvalCheckpointTest, RefusesAFolderThatIsNoCheckpoint) {
  ExpectRefused(Eval(""), "checkpoint is no checkpoint: it has no config.json");
  fs::remove(checkpoint_);
  ExpectRefused(Eval(""), "--policy: there is no folder");
  std::ofstream(checkpoint_) << "text";
  ExpectRefused(Eval(""), "is no folder");
}

TEST_F(EvalCheckpointTest, RefusesOptionsThatCannotBe) {
  MakeCheckpoint();
  ExpectRefused(Eval("--device gpu"), "expected the device auto, cpu, cuda or cuda:N, got 'gpu'");
  ExpectRefused(Eval("--decode best"), "unknown way to decode 'best'");
  ExpectRefused(Eval("--act never"), "'never'");
  ExpectRefused(Eval("--quirks none"), "unknown set of quirks 'none'");
  ExpectRefused(Eval("--camera-size 256"),
                "--camera-size: the policy looks at frames of 128 pixels, got 256");
  ExpectRefused(RunProgram("eval --suite goal --policy noop --decode greedy --out " +
                           (folder_ / "run").string()),
                "--decode greedy: the policy 'noop' has no networks");
}

TEST_F(EvalCheckpointTest, RefusesPartsThatDoNotBelongTogether) {
  MakeCheckpoint();
  ExpectRefused(Eval("", "run", "spatial"), "no action statistics 'libero_spatial_no_noops'");
  ExpectRefused(Eval("--statistics bridge"), "there are: libero_goal");
  json config = ReadJsonFile(checkpoint_ / "config.json");
  config["libero"]["vla"]["first_action_id"] = 258;
  std::ofstream(checkpoint_ / "config.json") << config;
  ExpectRefused(Eval(""), "wrong vocabulary: the tokenizer has 16 latent-action tokens from 257");
  fs::remove(checkpoint_ / "words.txt");
  ExpectRefused(Eval(""), "words.txt");
  fs::remove(checkpoint_ / "action_decoder.safetensors");
  ExpectRefused(Eval(""), "no action decoder");
}

}  // namespace
}  // namespace libero
