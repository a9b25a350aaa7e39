#include "viewer/save_demo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/test_folder.h"
#include "tests/viewer/viewer_fixture.h"

namespace libero {
namespace {

class SaveDemoTest : public ViewerFixture {
 protected:
  // An episode that the expert solves.
  static EpisodeChoice Choice() {
    return {.episode = {.suite = "libero_goal", .task_index = 7, .init_index = 0, .reset_index = 1},
            .policy = "expert"};
  }
  DemoRequest Request(const Recording& recording) const {
    DemoRequest request = {.episode = recording.info.episode,
                           .policy = "expert",
                           .protocol = options_.protocol,
                           .picture_size = 32};
    for (const Moment& moment : recording.moments) {
      if (moment.step > 0) request.actions.push_back(moment.action);
    }
    return request;
  }

  TestFolder folder_;
};

// What was watched is saved, and what was saved is watched, to the last bit.
TEST_F(SaveDemoTest, SavesWhatWasWatchedAndPlaysItAgain) {
  Simulation simulation(suites_, store_, options_);
  simulation.Load(Choice());
  simulation.SetTarget(1000);
  simulation.WaitUntilIdle();
  const EpisodeResult watched = simulation.Result();
  ASSERT_EQ(watched.end, EpisodeEnd::kSuccess);
  const DemoRequest request = Request(*simulation.Read());
  const std::filesystem::path file = folder_ / "new" / "stove_demo.hdf5";
  EXPECT_EQ(SaveDemo(request, file, suites_, store_, options_.make_renderer), "demo_0");
  EXPECT_EQ(SaveDemo(request, file, suites_, store_, options_.make_renderer), "demo_1");
  EXPECT_THAT(DemoFile(file).demo_numbers(), testing::ElementsAre(0, 1));

  EpisodeChoice replay = Choice();
  replay.demo_file = file;
  replay.demo = 1;
  simulation.Load(replay);
  simulation.SetTarget(1000);
  simulation.WaitUntilIdle();
  EXPECT_EQ(simulation.Read()->error, "");
  EXPECT_EQ(simulation.Result().final_state_hash, watched.final_state_hash);
  EXPECT_EQ(simulation.Result().steps, watched.steps);
  EXPECT_EQ(simulation.Result().end, EpisodeEnd::kSuccess);
  const Simulation::Access recording = simulation.Read();
  EXPECT_EQ(recording->info.demo, "demo_1");
  EXPECT_EQ(recording->info.task.index, 7);
  for (const Moment& moment : recording->moments) {
    ASSERT_TRUE(moment.state_error) << moment.step;
    EXPECT_EQ(*moment.state_error, 0) << moment.step;
  }
}

TEST_F(SaveDemoTest, RefusesActionsThatDoNotSolveTheTask) {
  DemoRequest request = {.episode = Choice().episode,
                         .actions = {{0, 0, 0, 0, 0, 0, -1}},
                         .protocol = options_.protocol};
  EXPECT_THAT(
      [&] { (void)SaveDemo(request, folder_ / "a.hdf5", suites_, store_, options_.make_renderer); },
      testing::ThrowsMessage<Error>(testing::HasSubstr("do not solve")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a.hdf5"));
}

}  // namespace
}  // namespace libero
