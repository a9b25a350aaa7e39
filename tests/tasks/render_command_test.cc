#include "tasks/render_command.h"

#include <cstdlib>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/golden/frames.h"
#include "tests/sim/gl_testing.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using testing::ThrowsMessage;

class RenderCommandTest : public testing::Test {
 protected:
  // A frame that was recorded.
  [[nodiscard]] RenderOptions Options() const {
    return {.data_root = LIBERO_DEPS_DIR,
            .cache_folder = LIBERO_TEST_CACHE_DIR,
            .suite = recorded_.suite,
            .task = std::to_string(recorded_.task_index),
            .init = recorded_.init,
            .camera = recorded_.frames[0].camera,
            .size = std::to_string(recorded_.frames[0].image.width),
            .renderer = {.name = "osmesa"},
            .out = folder_ / "frame.png"};
  }

  // Expects that the command fails, and that nothing is written.
  template <typename Matcher>
  void ExpectError(const RenderOptions& options, Matcher message) {
    std::ostringstream out;
    EXPECT_THAT([&] { RunRenderCommand(options, out); }, ThrowsMessage<Error>(message));
    EXPECT_EQ(out.str(), "");
    EXPECT_TRUE(fs::is_empty(folder_.path()));
  }

  // The same for options that are wrong without a look at the scene.
  template <typename Matcher>
  void ExpectEarlyError(RenderOptions options, Matcher message) {
    options.cache_folder = folder_.path();  // a scene would be left here
    ExpectError(options, message);
  }

  IgnoreDriverLeaks ignore_;
  const Recording recording_ = ReadRecording();
  const RecordedState& recorded_ = recording_.states[0];
  TestFolder folder_;
};

// The program, which draws with EGL on a GPU or by itself, and this process, which draws with
// OSMesa.
TEST_F(RenderCommandTest, WritesTheStacksFrameRightSideUp) {
  if (const std::string why_not = WhyNoGl("osmesa"); !why_not.empty()) GTEST_SKIP() << why_not;
  const Image& expected = recorded_.frames[0].image;
  std::ostringstream out;
  EXPECT_EQ(RunRenderCommand(Options(), out), 0);
  EXPECT_THAT(out.str(), AllOf(StartsWith(Options().out.string() +
                                          ": 128×128, agentview of libero_spatial 5 ("),
                               HasSubstr("), reset 1, init state 3; drawn by OSMesa, ")));
  const double max_difference =
      MaxMeanDifference(recording_, out.str().substr(0, out.str().size() - 1));
  EXPECT_LE(Compare(Flipped(ReadPng(Options().out)), expected).mean, max_difference);

  fs::create_directory_symlink(LIBERO_TEST_CACHE_DIR, folder_ / "scenes");
  const fs::path other = folder_ / "other.png";
  const std::string command =
      "LIBERO_DATA=" LIBERO_DEPS_DIR " LIBERO_CACHE=" + folder_.path().string() +
      " " LIBERO_PROGRAM + " render --suite spatial --task 5 --init 3 --size 128x128 --out " +
      other.string() + " >" + other.string() + ".txt";
  ASSERT_EQ(std::system(command.c_str()), 0);  // NOLINT(concurrency-mt-unsafe): no other thread
  EXPECT_LE(Compare(Flipped(ReadPng(other)), expected).mean, 8);
}

TEST_F(RenderCommandTest, DrawsTheStateOfTheResetWithoutAnInitState) {
  if (const std::string why_not = WhyNoGl("osmesa"); !why_not.empty()) GTEST_SKIP() << why_not;
  RenderOptions options = Options();
  options.init.reset();
  options.reset = 2;
  options.size = "40x30";
  std::ostringstream out;
  EXPECT_EQ(RunRenderCommand(options, out), 0);
  EXPECT_THAT(out.str(), AllOf(HasSubstr(": 40×30, "), HasSubstr(", reset 2; drawn by ")));
  const Image image = ReadPng(options.out);
  EXPECT_EQ(image.width, 40);
  EXPECT_EQ(image.height, 30);
}

TEST_F(RenderCommandTest, WritesDepthAndSegmentationOfTheSameView) {
  RenderOptions options = Options();
  options.renderer.name = "cpu";
  options.depth = folder_ / "depth.npy";
  options.segmentation = folder_ / "bodies.png";
  std::ostringstream out;
  EXPECT_EQ(RunRenderCommand(options, out), 0);
  EXPECT_THAT(out.str(), HasSubstr("; drawn by CPU rasteriser, "));
  EXPECT_GT(fs::file_size(*options.depth), 4U * 128 * 128);
  EXPECT_EQ(ReadPng(*options.segmentation).width, 128);
}

TEST_F(RenderCommandTest, NamesWhatIsNotThereBeforeTheSceneIsMade) {
  RenderOptions options = Options();
  options.suite = "libero_gaol";
  ExpectEarlyError(options, HasSubstr("libero_goal"));
  options = Options();
  options.task = "10";
  ExpectEarlyError(options, HasSubstr("10"));
  options = Options();
  options.renderer.name = "mesa";
  ExpectEarlyError(options,
                   HasSubstr("unknown renderer 'mesa': there are auto, cpu, gl, egl, osmesa"));
  options = Options();
  options.renderer = {.name = "gl", .device = 1000};
  ExpectEarlyError(options, HasSubstr("EGL has no CUDA device 1000"));
  for (const int init : {-1, 50}) {
    options = Options();
    options.init = init;
    ExpectEarlyError(options,
                     HasSubstr("expected an init state from 0 to 49, got " + std::to_string(init)));
  }
  options = Options();
  options.reset = 0;
  ExpectEarlyError(options, HasSubstr("no reset 0: resets count from 1"));
}

TEST_F(RenderCommandTest, RefusesSizesBeforeTheSceneIsMade) {
  RenderOptions options = Options();
  for (const char* size : {"0", "4097", "640x0", "640x", "x480", "1x2x3", "99999999999"}) {
    options.size = size;
    ExpectEarlyError(options, HasSubstr("expected a size of 1 to 4096 pixels"));
  }
  for (const char* size : {"", "big", "-1", "640,480", "12.5"}) {
    options.size = size;
    ExpectEarlyError(options, HasSubstr("expected a size"));
  }
}

TEST_F(RenderCommandTest, RefusesPlacesForTheFileBeforeTheSceneIsMade) {
  RenderOptions options = Options();
  options.out = folder_ / "missing" / "frame.png";
  ExpectEarlyError(options, HasSubstr("there is no folder " + (folder_ / "missing").string()));
  options.out = folder_.path();
  ExpectEarlyError(options, HasSubstr("it is a folder"));
  options = Options();
  options.depth = folder_ / "missing" / "depth.npy";
  ExpectEarlyError(options, HasSubstr("there is no folder"));
  options = Options();
  options.segmentation = folder_ / "bodies.jpg";
  ExpectEarlyError(options, HasSubstr("expected a name with .png or .npy"));
}

TEST_F(RenderCommandTest, NamesTheNearestCamera) {
  RenderOptions options = Options();
  options.camera = "agent_view";
  ExpectError(options, AllOf(HasSubstr("unknown camera 'agent_view'"),
                             HasSubstr("did you mean 'agentview'?")));
}

}  // namespace
}  // namespace libero
