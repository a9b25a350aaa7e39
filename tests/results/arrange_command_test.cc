#include "results/arrange_command.h"

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tasks/demo_dataset.h"
#include "tests/results/collected_demo.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string Bytes(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class ArrangeCommandTest : public testing::Test {
 protected:
  // A file with one demonstration without pictures.
  static void SetUpTestSuite() {
    collected_ = std::make_unique<TestFolder>();
    CollectOneDemo(*collected_ / "demos");
  }
  static void TearDownTestSuite() { collected_.reset(); }

  [[nodiscard]] ArrangeOptions Options(const std::string& out) const {
    ArrangeOptions options;
    options.inputs = {*collected_ / "demos"};
    options.out = folder_ / out;
    options.num_pictures = 45;
    options.size = 32;
    options.renderer.name = "cpu";
    options.data_root = LIBERO_DEPS_DIR;
    options.cache_folder = LIBERO_TEST_CACHE_DIR;
    return options;
  }

  static std::unique_ptr<TestFolder> collected_;
  TestFolder folder_;
  std::ostringstream log_;
};

std::unique_ptr<TestFolder> ArrangeCommandTest::collected_;

TEST_F(ArrangeCommandTest, LeavesFilesThatTrainingReads) {
  const ArrangeOptions options = Options("scenes");
  EXPECT_EQ(RunArrangeCommand(options, log_), 0);
  EXPECT_THAT(log_.str(), HasSubstr("45/45 pictures"));
  const DemoDataset dataset(FindDemoFiles({options.out}), LoadSuites(options.data_root),
                            {.pictures = {"agentview_rgb"}, .numbers = {"states", "obs/ee_pos"}});
  ASSERT_EQ(dataset.demos().size(), 3U) << "of 20, 20 and 5 pictures";
  EXPECT_EQ(dataset.demos()[2].num_steps, 5);
  EXPECT_EQ(dataset.files()[0].observations, ObservationTime::kBeforeAction);
  EXPECT_EQ(dataset.picture_size(0), std::make_pair(32, 32));
  const DemoWindow window = dataset.Read(0, 0, 20);
  EXPECT_NE(window.pictures[0][0].rgb, window.pictures[0][1].rgb);
  EXPECT_NE(window.numbers[1][0], window.numbers[1][3]) << "the hand is elsewhere";
}

TEST_F(ArrangeCommandTest, ThreadsMakeNoDifferenceAndFilesThatAreThereStay) {
  ArrangeOptions one = Options("one");
  one.num_threads = 1;
  ArrangeOptions two = Options("two");
  two.num_threads = 2;
  EXPECT_EQ(RunArrangeCommand(one, log_), 0);
  EXPECT_EQ(RunArrangeCommand(two, log_), 0);
  const fs::path name = FindDemoFiles({one.out}).at(0).filename();
  EXPECT_TRUE(Bytes(one.out / name) == Bytes(two.out / name));

  const auto time = fs::last_write_time(one.out / name);
  fs::remove(one.out / "DONE");
  EXPECT_EQ(RunArrangeCommand(one, log_), 0);
  EXPECT_EQ(fs::last_write_time(one.out / name), time);
}

TEST_F(ArrangeCommandTest, SaysWhatIsWrong) {
  const auto run = [this](ArrangeOptions options) {
    RunArrangeCommand(options, log_);
  };
  ArrangeOptions options = Options("none");
  options.num_pictures = 0;
  EXPECT_THAT([&] { run(options); }, ThrowsMessage<Error>(HasSubstr("--pictures")));
  options = Options("none");
  options.cameras = "none";
  EXPECT_THAT([&] { run(options); }, ThrowsMessage<Error>(HasSubstr("--cameras")));
  options = Options("none");
  options.inputs = {folder_.path()};
  EXPECT_THAT([&] { run(options); }, ThrowsMessage<Error>(HasSubstr("no file *.hdf5")));
  EXPECT_FALSE(fs::exists(options.out));
}

}  // namespace
}  // namespace libero
