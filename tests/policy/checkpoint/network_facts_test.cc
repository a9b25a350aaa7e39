#include "policy/network_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/program.h"

namespace libero {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Status = ReportEntry::Status;

TEST(NetworkFactsTest, SaysWhetherNetworksRunOnGpus) {
  TorchFacts facts = {.version = "2.11.0", .folder = "/torch", .kernels = "AVX2"};
  facts.no_cuda = "LibTorch's libraries for CUDA are not there";
  Machine machine;
  EXPECT_EQ(ReportNetworks(machine, facts)[1].status, Status::kOk);
  EXPECT_EQ(ReportNetworks(machine, facts)[1].value, "not needed: no GPU here");
  machine.cuda.gpus.resize(2);
  EXPECT_EQ(ReportNetworks(machine, facts)[1].status, Status::kNote);
  EXPECT_EQ(ReportNetworks(machine, facts)[1].fix, "LIBERO_CUDA=1 ./libero build");
  facts.no_cuda = "";
  facts.num_gpus = 2;
  EXPECT_EQ(ReportNetworks(machine, facts)[1].value, "GPUs: 2");
}

TEST(NetworkFactsTest, ThePluginKnowsItsLibTorch) {
  const TorchFacts facts = FindTorchFacts();
  EXPECT_THAT(facts.version, testing::MatchesRegex("2\\.[0-9]+\\.[0-9]+"));
  EXPECT_GE(facts.num_threads, 1);
  EXPECT_THAT(RunProgram("doctor").output, AllOf(HasSubstr("LibTorch"), HasSubstr(facts.version),
                                                 HasSubstr("LibTorch on GPUs")));
}

}  // namespace
}  // namespace libero
