#include "sim/base/process_environment.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;
using Environment = std::map<std::string, std::string>;

ProcessPlace Read(const Environment& environment) {
  return ReadProcessPlace([&](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    if (found == environment.end()) return std::nullopt;
    return found->second;
  });
}

Environment With(Environment environment, const std::string& name, const std::string& value) {
  environment[name] = value;
  return environment;
}

Environment Without(Environment environment, const std::string& name) {
  environment.erase(name);
  return environment;
}

const Environment& Torchrun() {
  static const Environment environment = {{"RANK", "5"},        {"WORLD_SIZE", "8"},
                                          {"LOCAL_RANK", "1"},  {"LOCAL_WORLD_SIZE", "4"},
                                          {"MASTER_ADDR", "a"}, {"MASTER_PORT", "29400"}};
  return environment;
}

const Environment& Slurm() {
  static const Environment environment = {{"SLURM_PROCID", "3"},
                                          {"SLURM_NTASKS", "4"},
                                          {"SLURM_LOCALID", "1"},
                                          {"SLURM_JOB_ID", "71"},
                                          {"SLURM_STEP_ID", "2"},
                                          {"SLURM_STEP_NUM_TASKS", "4"},
                                          {"SLURM_STEP_NODELIST", "gpu[012-013],big1"},
                                          {"SLURM_LAUNCH_NODE_IPADDR", "10.0.0.7"}};
  return environment;
}

TEST(ProcessEnvironmentTest, IsAloneWithoutALauncher) {
  EXPECT_EQ(Read({}).size, 1);
  EXPECT_EQ(Read({{"PATH", "/bin"}}).rank, 0);
}

TEST(ProcessEnvironmentTest, ReadsTorchrun) {
  const ProcessPlace place = Read(Torchrun());
  EXPECT_EQ(place.rank, 5);
  EXPECT_EQ(place.size, 8);
  EXPECT_EQ(place.local_rank, 1);
  EXPECT_EQ(place.local_size, 4);
  EXPECT_EQ(place.address, "a");
  EXPECT_EQ(place.port, 29400);
  EXPECT_FALSE(place.launcher_has_store);
}

TEST(ProcessEnvironmentTest, UsesTheStoreOfTorchrun) {
  const ProcessPlace place = Read(With(With(Torchrun(), "TORCHELASTIC_USE_AGENT_STORE", "True"),
                                       "TORCHELASTIC_RESTART_COUNT", "2"));
  EXPECT_TRUE(place.launcher_has_store);
  EXPECT_EQ(place.attempt, "2");
}

TEST(ProcessEnvironmentTest, IsAloneInAWorldOfOne) {
  EXPECT_EQ(Read({{"RANK", "0"}, {"WORLD_SIZE", "1"}}).size, 1);
}

TEST(ProcessEnvironmentTest, SaysWhatTorchrunWouldHaveSet) {
  for (const char* const name :
       {"RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"}) {
    EXPECT_THAT([&] { (void)Read(Without(Torchrun(), name)); },
                ThrowsMessage<Error>(AllOf(HasSubstr(std::string(name) + " is not set"),
                                           HasSubstr("torchrun"), HasSubstr("hint: "))));
  }
}

TEST(ProcessEnvironmentTest, RefusesNumbersOutOfRange) {
  EXPECT_THAT([] { (void)Read(With(Torchrun(), "RANK", "8")); },
              ThrowsMessage<Error>(HasSubstr("RANK: expected a number from 0 to 7, got '8'")));
  EXPECT_THAT([] { (void)Read(With(Torchrun(), "WORLD_SIZE", "two")); },
              ThrowsMessage<Error>(HasSubstr("WORLD_SIZE: expected a number from 1")));
  EXPECT_THAT([] { (void)Read(With(Torchrun(), "MASTER_PORT", "65536")); },
              ThrowsMessage<Error>(HasSubstr("from 1 to 65535, got '65536'")));
  EXPECT_THAT([] { (void)Read(With(Slurm(), "SLURM_PROCID", "-1")); },
              ThrowsMessage<Error>(HasSubstr("SLURM_PROCID: expected a number from 0 to 3")));
}

TEST(ProcessEnvironmentTest, ReadsSlurm) {
  const ProcessPlace place = Read(Slurm());
  EXPECT_EQ(place.rank, 3);
  EXPECT_EQ(place.size, 4);
  EXPECT_EQ(place.local_rank, 1);
  EXPECT_EQ(place.address, "gpu012");
  EXPECT_EQ(place.port, 15073);
  EXPECT_FALSE(place.launcher_has_store);
}

TEST(ProcessEnvironmentTest, FindsTheFirstMachineOfAStep) {
  const auto address = [](const std::string& list) {
    return Read(With(Slurm(), "SLURM_STEP_NODELIST", list)).address;
  };
  EXPECT_EQ(address("big1"), "big1");
  EXPECT_EQ(address("big1,gpu[012-013]"), "big1");
  EXPECT_EQ(address("gpu[7,9]"), "gpu7");
  EXPECT_EQ(address("gpu[7]"), "gpu7");
  EXPECT_EQ(Read(Without(Slurm(), "SLURM_STEP_NODELIST")).address, "10.0.0.7");
  EXPECT_EQ(Read(With(Slurm(), "MASTER_ADDR", "b")).address, "b");
  EXPECT_EQ(Read(With(Slurm(), "MASTER_PORT", "4000")).port, 4000);
}

TEST(ProcessEnvironmentTest, IsAloneInTheScriptOfAJob) {
  EXPECT_EQ(Read(Without(Slurm(), "SLURM_STEP_ID")).size, 1);
}

TEST(ProcessEnvironmentTest, PrefersTorchrunToSlurm) {
  Environment both = Slurm();
  both.insert(Torchrun().begin(), Torchrun().end());
  EXPECT_EQ(Read(both).rank, 5);
}

TEST(ProcessEnvironmentTest, SaysWhatSlurmWouldHaveSet) {
  EXPECT_THAT([] { (void)Read(Without(Slurm(), "SLURM_LOCALID")); },
              ThrowsMessage<Error>(AllOf(HasSubstr("SLURM_LOCALID is not set"), HasSubstr("Slurm"),
                                         HasSubstr("SLURM_PROCID"))));
}

}  // namespace
}  // namespace libero
