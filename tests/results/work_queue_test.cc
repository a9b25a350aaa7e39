#include "results/work_queue.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

// A store within the process.
struct Shelf {
  std::mutex mutex;
  std::map<std::string, int64_t> numbers;
  std::map<std::string, std::string> texts;
};

class FakeStore : public SharedStore {
 public:
  explicit FakeStore(Shelf& shelf) : shelf_(&shelf) {}
  int64_t Add(const std::string& name, int64_t amount) override {
    const std::lock_guard lock(shelf_->mutex);
    return shelf_->numbers[name] += amount;
  }
  void Set(const std::string& name, const std::string& text) override {
    const std::lock_guard lock(shelf_->mutex);
    shelf_->texts[name] = text;
  }
  std::optional<std::string> Get(const std::string& name) override {
    const std::lock_guard lock(shelf_->mutex);
    const auto found = shelf_->texts.find(name);
    return found == shelf_->texts.end() ? std::nullopt : std::optional(found->second);
  }
  std::string SetOnce(const std::string& name, const std::string& text) override {
    const std::lock_guard lock(shelf_->mutex);
    return shelf_->texts.try_emplace(name, text).first->second;
  }
  std::unique_ptr<SharedStore> Connect() override { return std::make_unique<FakeStore>(*shelf_); }

 private:
  Shelf* shelf_;
};

class WorkQueueTest : public testing::Test {
 protected:
  std::unique_ptr<WorkQueue> Join(int rank, const WorkQueueTimes& times = {}) {
    return std::make_unique<WorkQueue>(std::make_unique<FakeStore>(shelf_), rank, 3, times);
  }
  const nlohmann::ordered_json config_ = {{"seed", 1}};
  Shelf shelf_;
};

TEST_F(WorkQueueTest, EachEpisodeIsClaimedOnce) {
  const auto host = Join(0);
  const auto one = Join(1);
  host->Offer(config_, {4, 7, 9});
  EXPECT_THAT(one->AwaitOffer(config_), ElementsAre(4, 7, 9));
  EXPECT_TRUE(host->Claim(4));
  EXPECT_FALSE(one->Claim(4));
  EXPECT_TRUE(one->Claim(7));
  EXPECT_FALSE(host->Claim(7));
  host->Close();
  EXPECT_FALSE(host->Claim(9)) << "closed";
}

TEST_F(WorkQueueTest, CollectsEachRecordOnce) {
  const auto host = Join(0);
  const auto one = Join(1);
  const auto two = Join(2);
  host->Offer(config_, {0, 1, 2});
  one->HandIn("a");
  two->HandIn("b");
  one->HandIn("c");
  EXPECT_THAT(host->Collect(), ElementsAre("a", "c", "b"));
  EXPECT_THAT(host->Collect(), IsEmpty());
  two->HandIn("d");
  EXPECT_THAT(host->Collect(), ElementsAre("d"));
  for (const int place : {0, 1, 2}) {
    EXPECT_FALSE(host->is_all_done());
    host->MarkDone(place);
  }
  EXPECT_TRUE(host->is_all_done());
}

TEST_F(WorkQueueTest, OffersAgainWhatAProcessLeftUndone) {
  const auto host = Join(0);
  const auto one = Join(1);
  auto two = Join(2);
  host->Offer(config_, {0, 1, 2});
  EXPECT_TRUE(one->Claim(0));
  EXPECT_TRUE(two->Claim(1));
  EXPECT_TRUE(two->Claim(2));
  two->HandIn("of 2");
  for (const std::string& record : host->Collect()) EXPECT_EQ(record, "of 2");
  host->MarkDone(2);
  host->CheckOthers();
  EXPECT_THAT(one->TakeRetries(), IsEmpty());
  two.reset();
  host->CheckOthers();
  host->CheckOthers();  // once is enough
  EXPECT_THAT(one->TakeRetries(), ElementsAre(1));
  EXPECT_TRUE(one->Claim(1));
  EXPECT_THAT(host->TakeRetries(), ElementsAre(1));
  EXPECT_FALSE(host->Claim(1));
  EXPECT_THAT(one->TakeRetries(), IsEmpty());
}

TEST_F(WorkQueueTest, AProcessWithoutSignsOfLifeIsDead) {
  constexpr WorkQueueTimes kQuick = {.beat = std::chrono::milliseconds(5),
                                     .silence = std::chrono::milliseconds(100),
                                     .arrival = std::chrono::milliseconds(50)};
  const auto host = Join(0, kQuick);
  const auto one = Join(1, kQuick);
  host->Offer(config_, {0, 1});
  {
    // rank 2 gave one sign of life and claimed an episode
    FakeStore store(shelf_);
    store.Add("beat/2", 1);
    EXPECT_EQ(store.SetOnce("claim/0/0", "2"), "2");
  }
  EXPECT_TRUE(one->Claim(1));
  std::vector<int> retries;
  for (int i = 0; i < 100 && retries.empty(); ++i) {
    host->CheckOthers();
    retries = one->TakeRetries();
    std::this_thread::sleep_for(kQuick.beat);
  }
  EXPECT_THAT(retries, ElementsAre(0)) << "not 1: rank 1 lives";
}

TEST_F(WorkQueueTest, WaitsUntilAllHaveLeft) {
  constexpr WorkQueueTimes kQuick = {.beat = std::chrono::milliseconds(5),
                                     .silence = std::chrono::minutes(1),
                                     .arrival = std::chrono::milliseconds(1)};
  const auto host = Join(0, kQuick);
  auto one = Join(1, kQuick);
  while (FakeStore(shelf_).Add("beat/1", 0) == 0) std::this_thread::sleep_for(kQuick.beat);
  EXPECT_FALSE(host->HaveAllLeft());
  one.reset();
  while (!host->HaveAllLeft()) std::this_thread::sleep_for(kQuick.beat);  // rank 2 never came
}

TEST_F(WorkQueueTest, SaysWhenProcessesWereStartedDifferently) {
  auto host = Join(0);
  const auto one = Join(1);
  host->Offer(config_, {0});
  EXPECT_THAT(
      [&] {
        (void)one->AwaitOffer({{"seed", 2}});
      },
      ThrowsMessage<Error>(
          HasSubstr("rank 1 was started with other options than rank 0: seed: 1 → 2")));
  EXPECT_NO_THROW(one->CheckHost());
  host.reset();
  EXPECT_THAT([&] { one->CheckHost(); }, ThrowsMessage<Error>(HasSubstr("rank 0 is gone")));
}

}  // namespace
}  // namespace libero
