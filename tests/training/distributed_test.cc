// Processes that train together, each of them distributed_worker.cc.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

// Sums of 32-bit floats in another order, over as many steps.
constexpr double kTolerance = 2e-5;
constexpr int kNumSteps = 6;

// A port that nobody listens on.
int FreePort() {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof(address);
  LIBERO_CHECK(bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0);
  LIBERO_CHECK(getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(descriptor);
  return ntohs(address.sin_port);
}

struct Work {
  int steps = kNumSteps;
  int accumulation = 1;
  int replicas = 1;
  int last = 0;
  int join_s = 60;
};

// A worker that runs.
class Worker {
 public:
  // `launcher`: variables, as in "RANK=0 WORLD_SIZE=2".
  Worker(const std::string& launcher, const fs::path& folder, const Work& work)
      : output_(popen(fmt::format("env {} OMP_NUM_THREADS=1 " LIBERO_DISTRIBUTED_WORKER
                                  " {} {} {} {} {} {} 2>&1",
                                  launcher, folder.string(), work.steps, work.accumulation,
                                  work.replicas, work.last, work.join_s)
                          .c_str(),
                      "r")) {}

  // Waits until it ends; returns what it said.
  std::string Wait() {
    std::string text;
    std::array<char, 4096> buffer{};
    while (const size_t count = fread(buffer.data(), 1, buffer.size(), output_)) {
      text.append(buffer.data(), count);
    }
    status_ = pclose(output_);
    return text;
  }
  [[nodiscard]] bool has_failed() const { return status_ != 0; }

 private:
  FILE* output_;
  int status_ = 0;
};

std::string Torchrun(int rank, int size, int port) {
  return fmt::format("RANK={0} WORLD_SIZE={1} LOCAL_RANK={0} MASTER_ADDR=127.0.0.1 MASTER_PORT={2}",
                     rank, size, port);
}

// Runs that many processes and returns what each said.
std::vector<std::string> RunTogether(const std::vector<fs::path>& folders, const Work& work) {
  const int port = FreePort();
  const int size = static_cast<int>(folders.size());
  std::vector<Worker> workers;
  for (int rank = 0; rank < size; ++rank) {
    workers.emplace_back(Torchrun(rank, size, port), folders[static_cast<size_t>(rank)], work);
  }
  std::vector<std::string> said;
  said.reserve(workers.size());
  for (Worker& worker : workers) said.push_back(worker.Wait());
  return said;
}

void RunAlone(const fs::path& folder, const Work& work) {
  Worker worker("-u RANK -u WORLD_SIZE -u SLURM_PROCID", folder, work);
  const std::string said = worker.Wait();
  ASSERT_FALSE(worker.has_failed()) << said;
}

std::vector<json> ReadLines(const fs::path& path) {
  std::vector<json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(json::parse(line));
  return lines;
}

json ReadWeights(const fs::path& folder, int rank) {
  std::ifstream file(folder / fmt::format("weights-{}.json", rank));
  return json::parse(file);
}

void ExpectNear(const json& expected, const json& got) {
  ASSERT_EQ(expected.size(), got.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(got[i].get<double>(), expected[i].get<double>(), kTolerance);
  }
}

void ExpectSameTraining(const fs::path& expected, const fs::path& got) {
  const std::vector<json> expected_lines = ReadLines(expected / "metrics.jsonl");
  const std::vector<json> lines = ReadLines(got / "metrics.jsonl");
  ASSERT_EQ(lines.size(), static_cast<size_t>(kNumSteps));
  ASSERT_EQ(expected_lines.size(), lines.size());
  for (size_t i = 0; i < lines.size(); ++i) {
    for (const char* const name : {"loss", "mse", "gradient_norm"}) {
      EXPECT_NEAR(lines[i][name].get<double>(), expected_lines[i][name].get<double>(), kTolerance)
          << name << " of step " << i + 1;
    }
  }
  const json expected_weights = ReadWeights(expected, 0);
  const json weights = ReadWeights(got, 0);
  for (const char* const name : {"first", "second", "unused"}) {
    ExpectNear(expected_weights[name], weights[name]);
  }
  EXPECT_EQ(ReadWeights(got, 1), weights);  // bit by bit
}

TEST(DistributedTest, TwoProcessesTrainAsOneWithTheWholeBatch) {
  const TestFolder folder;
  fs::create_directories(folder / "alone");
  RunAlone(folder / "alone", {});
  EXPECT_LT(ReadLines(folder / "alone/metrics.jsonl").back()["loss"],
            ReadLines(folder / "alone/metrics.jsonl").front()["loss"]);
  for (const Work& work : {Work{}, Work{.accumulation = 2}, Work{.replicas = 2}}) {
    SCOPED_TRACE(fmt::format("accumulation {}, replicas {}", work.accumulation, work.replicas));
    const fs::path together =
        folder / fmt::format("together-{}-{}", work.accumulation, work.replicas);
    fs::create_directories(together);
    for (const std::string& said : RunTogether({together, together}, work)) EXPECT_EQ(said, "");
    ExpectSameTraining(folder / "alone", together);
  }
  // what came to the stage came from both
  std::vector<double> expected = ReadWeights(folder / "alone", 0)["codes"];
  std::vector<double> codes = ReadWeights(folder / "together-1-1", 1)["codes"];
  std::ranges::sort(expected);
  std::ranges::sort(codes);
  EXPECT_EQ(codes, expected);
}

TEST(DistributedTest, AllGoOnFromOneState) {
  const TestFolder folder;
  for (const char* const name : {"straight", "interrupted", "other"}) {
    fs::create_directories(folder / name);
  }
  const fs::path interrupted = folder / "interrupted";
  RunTogether({folder / "straight", folder / "straight"}, {});
  RunTogether({interrupted, interrupted}, {.steps = kNumSteps / 2});
  const std::vector<std::string> said = RunTogether({interrupted, folder / "other"}, {});
  for (const std::string& text : said) {
    EXPECT_THAT(text, HasSubstr("rank 1 goes on from step 0, rank 0 from step 3"));
  }
  RunTogether({interrupted, interrupted}, {});
  for (const int rank : {0, 1}) {
    EXPECT_EQ(ReadWeights(interrupted, rank), ReadWeights(folder / "straight", rank));
  }
}

TEST(DistributedTest, SaysWhoDoesNotCome) {
  const TestFolder folder;
  Worker worker(Torchrun(0, 3, FreePort()), folder.path(), {.join_s = 2});
  EXPECT_THAT(worker.Wait(),
              HasSubstr("rank 0: 2 of 3 processes did not come within 2 s: ranks 1, 2"));
  EXPECT_TRUE(worker.has_failed());
}

TEST(DistributedTest, SaysThatRankZeroCannotBeReached) {
  const TestFolder folder;
  const int port = FreePort();
  Worker worker(Torchrun(1, 2, port), folder.path(), {.join_s = 2});
  EXPECT_THAT(
      worker.Wait(),
      HasSubstr(fmt::format("rank 1: no store of the processes at 127.0.0.1:{} within 2 s", port)));
  EXPECT_TRUE(worker.has_failed());
}

TEST(DistributedTest, SaysWhoDied) {
  const TestFolder folder;
  const std::vector<std::string> said =
      RunTogether({folder.path(), folder.path()}, {.last = kNumSteps / 2});
  EXPECT_THAT(said[0], HasSubstr("rank 0: rank 1 no longer answers"));
}

TEST(DistributedTest, RefusesABatchThatCannotBeDivided) {
  const TestFolder folder;
  for (const std::string& said : RunTogether({folder.path(), folder.path(), folder.path()}, {})) {
    EXPECT_THAT(said, HasSubstr("a batch of 16 examples cannot be divided among 3"));
  }
}

}  // namespace
}  // namespace libero
