#include "tasks/policies/make_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

PolicyResources WithDemos() {
  return {.read_demos = [](const std::filesystem::path& file) {
    if (file != "pour.hdf5") throw Error("cannot open " + file.string());
    return DemoActions{{7, {{1}, {2}}}};
  }};
}

std::unique_ptr<Policy> Make(const std::string& text, const PolicyResources& resources) {
  return MakePolicy(text, FindProtocol("libero"), resources);
}

TEST(MakePolicyTest, MakesEachKind) {
  EXPECT_EQ(Make("noop", {})->description(), "noop");
  EXPECT_EQ(Make("random", {})->description(), "random");
  EXPECT_EQ(Make("replay:pour.hdf5", WithDemos())->description(), "replay of pour.hdf5");
}

TEST(MakePolicyTest, ListsWhatThereIs) {
  EXPECT_THAT(PolicyForms({}), ElementsAre("noop", "random"));
  EXPECT_THAT(PolicyForms(WithDemos()), ElementsAre("noop", "random", "replay:FILE"));
}

TEST(MakePolicyTest, ReportsWhatItCannotMake) {
  EXPECT_THAT([] { Make("randon", {}); },
              ThrowsMessage<Error>("unknown policy 'randon'\n  hint: did you mean 'random'? known "
                                   "policies: noop, random"));
  EXPECT_THAT([] { Make("noop:x", {}); }, ThrowsMessage<Error>("policy 'noop:x': expected noop"));
  EXPECT_THAT([] { Make("replay", WithDemos()); },
              ThrowsMessage<Error>("policy 'replay': expected replay:FILE"));
  EXPECT_THAT([] { Make("replay:no.hdf5", WithDemos()); },
              ThrowsMessage<Error>("cannot open no.hdf5"));
}

}  // namespace
}  // namespace libero
