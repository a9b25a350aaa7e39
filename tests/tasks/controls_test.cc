#include "tasks/controls.h"

#include <algorithm>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tasks/env.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class ControlsTest : public testing::Test {
 protected:
  // Six episodes of each task of libero_goal.
  std::vector<EpisodeSpec> Episodes(InstructionControl control, uint32_t seed = 0) {
    std::vector<EpisodeSpec> episodes;
    for (int i = 0; i < 60; ++i)
      episodes.push_back({suite_.name, i % 10, i / 10, i / 10 + 1, seed});
    SetInstructions(control, suite_, episodes);
    return episodes;
  }
  [[nodiscard]] std::string Right(const EpisodeSpec& episode) const {
    return suite_.tasks[static_cast<size_t>(episode.task_index)].instruction;
  }
  static std::multiset<std::string> Words(const std::string& text) {
    std::istringstream stream(text);
    std::multiset<std::string> words;
    for (std::string word; stream >> word;) words.insert(word);
    return words;
  }

  std::vector<Suite> suites_ = LoadSuites(LIBERO_DEPS_DIR);
  const Suite& suite_ = FindSuite(suites_, "libero_goal");
};

TEST_F(ControlsTest, NoneAndBlankSayWhatTheyAre) {
  for (const EpisodeSpec& episode : Episodes(InstructionControl::kNone)) {
    EXPECT_EQ(episode.instruction, std::nullopt);
  }
  for (const EpisodeSpec& episode : Episodes(InstructionControl::kBlank)) {
    EXPECT_EQ(episode.instruction, "");
  }
}

TEST_F(ControlsTest, ShuffledHasTheSameWordsInAnotherOrder) {
  std::set<std::string> orders;  // of task 0
  for (const EpisodeSpec& episode : Episodes(InstructionControl::kShuffled)) {
    EXPECT_NE(episode.instruction, Right(episode));
    EXPECT_EQ(Words(*episode.instruction), Words(Right(episode)));
    if (episode.task_index == 0) orders.insert(*episode.instruction);
  }
  EXPECT_GT(orders.size(), 3u);
}

TEST_F(ControlsTest, WrongIsAnotherTasks) {
  std::set<std::string> known;
  for (const Task& task : suite_.tasks) known.insert(task.instruction);
  std::set<std::string> told;  // in task 0
  for (const EpisodeSpec& episode : Episodes(InstructionControl::kWrong)) {
    EXPECT_NE(episode.instruction, Right(episode));
    EXPECT_TRUE(known.contains(*episode.instruction));
    if (episode.task_index == 0) told.insert(*episode.instruction);
  }
  EXPECT_GT(told.size(), 2u);
}

TEST_F(ControlsTest, APolicyIsToldWhatTheEpisodeSays) {
  SceneStore store(LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR);
  const TaskSetup setup = LoadTaskSetup(suite_.tasks[0], store);
  const Env env(setup);
  EpisodeSpec episode = {suite_.name, 0, 0, 1, 0};
  EXPECT_EQ(InstructionOf(episode, env), "open the middle drawer of the cabinet");
  episode.instruction = "";
  EXPECT_EQ(InstructionOf(episode, env), "");
  episode.instruction = "cabinet the of";
  EXPECT_EQ(InstructionOf(episode, env), "cabinet the of");
}

TEST_F(ControlsTest, TheSeedDecides) {
  for (const InstructionControl control :
       {InstructionControl::kShuffled, InstructionControl::kWrong}) {
    const std::vector<EpisodeSpec> first = Episodes(control);
    const std::vector<EpisodeSpec> again = Episodes(control);
    const std::vector<EpisodeSpec> other = Episodes(control, 1);
    int num_equal = 0;
    for (size_t i = 0; i < first.size(); ++i) {
      EXPECT_EQ(first[i].instruction, again[i].instruction);
      num_equal += first[i].instruction == other[i].instruction ? 1 : 0;
    }
    EXPECT_LT(num_equal, 30) << Name(control);
  }
}

TEST_F(ControlsTest, RefusesWhatHasNoOtherForm) {
  Suite suite = suite_;
  suite.tasks.resize(1);
  std::vector<EpisodeSpec> episodes = {{suite.name, 0, 0, 1, 0}};
  EXPECT_THAT(
      [&] { SetInstructions(InstructionControl::kWrong, suite, episodes); },
      ThrowsMessage<Error>(HasSubstr("--instruction wrong: all tasks of libero_goal have")));
}

TEST_F(ControlsTest, NamesComeBack) {
  for (const char* name : {"none", "blank", "shuffled", "wrong"}) {
    EXPECT_EQ(Name(FindInstructionControl(name)), name);
  }
  EXPECT_EQ(Name(FindImageControl("blank")), "blank");
  EXPECT_THAT([] { (void)FindInstructionControl("shuffle"); },
              ThrowsMessage<Error>("--instruction: unknown control 'shuffle'\n  hint: did you mean "
                                   "'shuffled'? controls: none, blank, shuffled, wrong"));
  EXPECT_THAT([] { (void)FindImageControl("black"); },
              ThrowsMessage<Error>(HasSubstr("--image: unknown control 'black'")));
}

}  // namespace
}  // namespace libero
