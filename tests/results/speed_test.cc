#include "results/speed.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/speed_command.h"
#include "sim/base/check.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr double kMaxBytesPerEnv = 10e6;
constexpr double kMaxCameraBytesPerEnv = 2e6;

SpeedCommandOptions Options() {
  SpeedCommandOptions options;
  options.data_root = LIBERO_DEPS_DIR;
  options.cache_folder = LIBERO_TEST_CACHE_DIR;
  options.speed.seconds = 0.5;
  options.json = true;
  return options;
}

TEST(SpeedTest, ReportsEveryFigureWithItsProvenance) {
  SpeedCommandOptions options = Options();
  options.speed.num_envs = 2;
  options.speed.num_threads = 2;
  std::ostringstream out;
  EXPECT_EQ(RunSpeedCommand(options, out), 0);
  const auto report = nlohmann::json::parse(out.str());
  EXPECT_GT(report["control_steps_per_s"]["mean"], 0);
  EXPECT_GT(report["raw_control_steps_per_s"]["mean"], 0);
  EXPECT_EQ(report["frames_per_s"]["mean"], 0);
  EXPECT_GT(report["reset_ms"]["mean"], 0);
  EXPECT_LT(report["bytes_per_env"], kMaxBytesPerEnv);
  EXPECT_TRUE(report["provenance"].contains("blas_kernels"));
}

TEST(SpeedTest, MeasuresFramesOfEachCameraAndRenderer) {
  SpeedCommandOptions options = Options();
  options.speed.num_cameras = 2;
  options.speed.frame_size = 64;
  options.speed.renderer.name = "cpu";
  options.speed.compare = "cpu";
  std::ostringstream out;
  EXPECT_EQ(RunSpeedCommand(options, out), 0);
  const auto report = nlohmann::json::parse(out.str());
  EXPECT_GT(report["frames_per_s"]["mean"], 0);
  EXPECT_LT(report["camera_bytes_per_env"], kMaxCameraBytesPerEnv);
  std::vector<std::string> cameras;
  for (const auto& frames : report["frames"]) {
    cameras.push_back(frames["camera"]);
    EXPECT_THAT(frames["renderer"].get<std::string>(), HasSubstr("CPU rasteriser"));
    EXPECT_GT(frames["full_per_s"]["mean"], 0);
    EXPECT_GT(frames["sequence_per_s"]["mean"], 0);
  }
  EXPECT_THAT(cameras,
              ElementsAre("agentview", "agentview", "robot0_eye_in_hand", "robot0_eye_in_hand"));

  options.json = false;
  out.str("");
  EXPECT_EQ(RunSpeedCommand(options, out), 0);
  EXPECT_THAT(out.str(), AllOf(HasSubstr("MB for its pictures"), HasSubstr("in sequence")));
}

TEST(SpeedTest, RefusesOptionsThatMakeNoSense) {
  const auto refuses = [](const SpeedCommandOptions& options, const std::string& message) {
    std::ostringstream out;
    EXPECT_THAT([&] { RunSpeedCommand(options, out); }, ThrowsMessage<Error>(HasSubstr(message)));
    EXPECT_EQ(out.str(), "");
  };
  SpeedCommandOptions options = Options();
  options.speed.num_cameras = 3;
  refuses(options, "--cameras: expected 0, 1 or 2, got 3");
  options = Options();
  options.speed.num_threads = 2;
  refuses(options, "--threads: expected 1 to 1, the number of environments, got 2");
  options = Options();
  options.mode = "quick";
  refuses(options, "unknown mode 'quick'");
  options = Options();
  options.speed.compare = "gl";
  refuses(options, "--compare: expected --cameras 1 or 2 with it");
  options = Options();
  options.speed.num_cameras = 1;
  options.speed.compare = "lg";
  refuses(options, "unknown renderer 'lg'");
  options = Options();
  options.speed.num_cameras = 1;
  options.speed.frame_size = 0;
  refuses(options, "got 0×0");
}

TEST(FigureTest, IsMeanAndDeviationOfASample) {
  const Figure figure = MakeFigure({1, 2, 3});
  EXPECT_EQ(figure.mean, 2);
  EXPECT_EQ(figure.sigma, 1);
  EXPECT_EQ(MakeFigure({5}).sigma, 0);
}

}  // namespace
}  // namespace libero
