#include "tasks/policies/make_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::unique_ptr<Policy> Make(const std::string& text) {
  return MakePolicy(text, FindProtocol("libero"));
}

const std::string kDemos = LIBERO_GOLDEN_DIR "/episodes/libero_goal_0.hdf5";

TEST(MakePolicyTest, MakesEachKind) {
  EXPECT_EQ(Make("noop")->description(), "noop");
  EXPECT_EQ(Make("random")->description(), "random");
  EXPECT_EQ(Make("replay:" + kDemos)->description(), "replay of " + kDemos);
}

TEST(MakePolicyTest, ReplaysARunWithLoggedActions) {
  const TestFolder folder;
  EXPECT_THAT([&] { Make("replay:" + folder.path().string()); },
              ThrowsMessage<Error>(HasSubstr("no actions were logged")));
  std::filesystem::create_directories(folder / "actions");
  EXPECT_EQ(Make("replay:" + folder.path().string())->description(),
            "replay of " + folder.path().string());
}

TEST(MakePolicyTest, ListsWhatThereIs) {
  EXPECT_THAT(PolicyForms(), ElementsAre("noop", "random", "expert or expert:noise=0.05,speed=0.9",
                                         "replay:FILE"));
}

TEST(MakePolicyTest, ReportsWhatItCannotMake) {
  EXPECT_THAT([] { Make("randon"); },
              ThrowsMessage<Error>("unknown policy 'randon'\n  hint: did you mean 'random'? known "
                                   "policies: noop, random, expert or "
                                   "expert:noise=0.05,speed=0.9, replay:FILE"));
  EXPECT_THAT([] { Make("noop:x"); }, ThrowsMessage<Error>("policy 'noop:x': expected noop"));
  EXPECT_THAT([] { Make("replay"); },
              ThrowsMessage<Error>("policy 'replay': expected replay:FILE"));
  EXPECT_THAT([] { Make("replay:no.hdf5"); }, ThrowsMessage<Error>(HasSubstr("no.hdf5")));
}

}  // namespace
}  // namespace libero
