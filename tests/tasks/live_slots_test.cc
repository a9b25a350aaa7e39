#include "tasks/live_slots.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tasks/policies/make_policy.h"
#include "tasks/rollout.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;

LiveSlot SomeSlot() {
  LiveSlot slot;
  slot.slot = 3;
  slot.episode = {.suite = "libero_goal", .task_index = 2, .init_index = 7, .reset_index = 8};
  slot.step = 41;
  slot.action = {0.1, -0.2, 0.3, 0, 0, 1.0 / 3, -1};
  slot.predicates = {true, false};
  slot.end = "timeout";
  slot.snapshot.qpos = {1, 2, 1e-300};
  slot.snapshot.cam_xmat = {0.5};
  slot.snapshot.site_rgba = {0.25F, 1};
  return slot;
}

TEST(LiveSlotTest, ComesBackFromItsBytes) {
  const LiveSlot slot = SomeSlot();
  const LiveSlot read = LiveSlotFromBytes(ToBytes(slot));
  EXPECT_EQ(read.slot, 3);
  EXPECT_EQ(read.episode.suite, "libero_goal");
  EXPECT_EQ(read.episode.init_index, 7);
  EXPECT_EQ(read.episode.reset_index, 8);
  EXPECT_EQ(read.step, 41);
  EXPECT_EQ(read.action, slot.action);
  EXPECT_EQ(read.predicates, slot.predicates);
  EXPECT_EQ(read.end, "timeout");
  EXPECT_EQ(read.snapshot.qpos, slot.snapshot.qpos);
  EXPECT_EQ(read.snapshot.cam_xmat, slot.snapshot.cam_xmat);
  EXPECT_EQ(read.snapshot.site_rgba, slot.snapshot.site_rgba);
  EXPECT_TRUE(read.snapshot.xpos.empty());
}

TEST(LiveSlotTest, IsNotReadFromBytesThatAreCutOffOrOfAnotherVersion) {
  std::string bytes = ToBytes(SomeSlot());
  EXPECT_THAT([&] { (void)LiveSlotFromBytes(bytes.substr(0, bytes.size() - 1)); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("not whole")));
  EXPECT_THAT([&] { (void)LiveSlotFromBytes("{\"format\": \"libero live slot 0\"}\n"); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("libero live slot 1")));
  EXPECT_THAT([&] { (void)LiveSlotFromBytes("{\"format\": \"libero live slot 1\"}\n"); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("makes no sense")));
  EXPECT_THROW((void)LiveSlotFromBytes(""), Error);
}

class LiveSlotsTest : public testing::Test {
 protected:
  // Two episodes in two slots, looked on at after each status.
  void Run(const std::function<void()>& on_status) {
    Protocol protocol = FindProtocol("univla");
    SetMaxSteps(protocol, 3);
    protocol.settle_steps = 1;
    const std::vector<EpisodeSpec> episodes = {
        {.suite = "libero_goal", .task_index = 0, .init_index = 4, .reset_index = 5},
        {.suite = "libero_goal", .task_index = 0, .init_index = 6, .reset_index = 7}};
    const std::unique_ptr<Policy> policy = MakePolicy("noop", protocol);
    RunEpisodes(episodes, suites_, store_, *policy,
                {.num_slots = 2,
                 .num_threads = 1,
                 .protocol = protocol,
                 .make_watcher = MakeLiveWatchers(folder_.path()),
                 .on_status =
                     [&](const RolloutStatus&) {
                       on_status();
                     }},
                [](const EpisodeResult&) {});
  }

  TestFolder folder_;
  std::vector<Suite> suites_ = LoadSuites(LIBERO_DEPS_DIR);
  SceneStore store_{LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR};
};

TEST_F(LiveSlotsTest, AreThereWhileTheyAreWanted) {
  LiveSlotReader reader(folder_.path());
  reader.Want();
  size_t num_seen = 0;
  Run([&] {
    reader.Update();
    num_seen = std::max(num_seen, reader.slots().size());
  });
  EXPECT_EQ(num_seen, 2);

  // the last of both episodes
  reader.Update();
  ASSERT_EQ(reader.slots().size(), 2);
  for (const auto& [number, slot] : reader.slots()) {
    EXPECT_EQ(slot.slot, number);
    EXPECT_THAT(slot.episode.init_index, testing::AnyOf(4, 6));
    EXPECT_EQ(slot.end, "timeout");
    EXPECT_EQ(slot.step, 3);
    EXPECT_LT(slot.age_s, 600);
    EXPECT_FALSE(slot.snapshot.geom_xpos.empty());
    EXPECT_EQ(slot.predicates.size(), 1);
  }
  RemoveLiveSlots(folder_.path());
  reader.Update();
  EXPECT_TRUE(reader.slots().empty());
}

TEST_F(LiveSlotsTest, LeaveNothingWhereNobodyLooksOn) {
  Run([] {});
  EXPECT_TRUE(fs::is_empty(folder_.path()));

  // who looked on long ago does not count, and what was written then is forgotten
  fs::create_directory(folder_ / "live");
  std::ofstream(folder_ / "live" / "wanted") << "\n";
  std::ofstream(folder_ / "live" / "slot_0") << "old\n";
  fs::last_write_time(folder_ / "live" / "wanted",
                      fs::file_time_type::clock::now() - std::chrono::minutes(1));
  Run([] {});
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

TEST_F(LiveSlotsTest, AreNothingThatARunFailsOf) {
  // a folder in place of the file
  fs::create_directories(folder_ / "live" / "slot_0" / "in the way");
  const LiveSlotReader reader(folder_.path());
  reader.Want();
  EXPECT_NO_THROW(Run([] {}));
  LiveSlotReader other(folder_.path());
  other.Update();
  EXPECT_FALSE(other.slots().contains(0));
}

TEST(LiveSlotReaderTest, LeavesNothingBehind) {
  const TestFolder folder;
  {
    const LiveSlotReader reader(folder.path());
    reader.Want();
    EXPECT_TRUE(fs::exists(folder / "live" / "wanted"));
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace libero
