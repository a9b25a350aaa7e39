#include "training/training_set.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/image_transform.h"
#include "sim/base/check.h"
#include "tests/golden/hdf5_writer.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr int kSide = 24;
constexpr int kSize = 16;
constexpr size_t kFrameBytes = kSize * kSize * 3;

class TrainingSetTest : public testing::Test {
 protected:
  // A picture with the number in it.
  static Image MakePicture(int number) {
    Image image = {kSide, kSide, {}};
    for (int i = 0; i < kSide * kSide * 3; ++i) {
      image.rgb.push_back(static_cast<uint8_t>(i / 9 + 37 * number));
    }
    return image;
  }

  // demo_<n>: action t is 10 n + t, the picture of row t is of number n + t, "obs/ee_states" is
  // (t, -t) and "states" 100 t.
  static void AddDemo(Hdf5Writer& writer, int number, int num_steps, int width = kSide) {
    const std::string group = "data/demo_" + std::to_string(number);
    const auto rows = static_cast<uint64_t>(num_steps);
    std::vector<double> actions;
    std::vector<double> states;
    std::vector<double> hand;
    std::vector<uint8_t> pictures;
    for (int t = 0; t < num_steps; ++t) {
      actions.insert(actions.end(), 7, 10.0 * number + t);
      states.push_back(100.0 * t);
      hand.insert(hand.end(), {1.0 * t, -1.0 * t});
      std::vector<uint8_t> rgb = MakePicture(number + t).rgb;
      rgb.resize(static_cast<size_t>(kSide * width * 3));
      pictures.insert(pictures.end(), rgb.begin(), rgb.end());
    }
    writer.F64(group + "/actions", {rows, 7}, actions);
    writer.F64(group + "/states", {rows, 1}, states);
    writer.F64(group + "/obs/ee_states", {rows, 2}, hand);
    writer.U8(group + "/obs/agentview_rgb", {rows, kSide, static_cast<uint64_t>(width), 3},
              pictures);
  }

  fs::path Written(const std::string& name, const std::function<void(Hdf5Writer&)>& write) {
    const fs::path path = folder_ / name;
    Hdf5Writer writer(path);
    write(writer);
    return path;
  }

  // Two demonstrations of 40 and 3 steps whose rows have the picture before their action.
  fs::path BeforeActions() {
    return Written("turn_on_the_stove_demo.hdf5", [](Hdf5Writer& writer) {
      AddDemo(writer, 1, 40);
      AddDemo(writer, 4, 3);
    });
  }

  [[nodiscard]] TrainingSetOptions Options() const {
    return {.transform = {.size = kSize}, .cache_folder = folder_ / "cache", .num_threads = 3};
  }

  [[nodiscard]] TrainingSet Load(const fs::path& file) {
    return LoadTrainingSet({file}, suites_, Options());
  }

  // As a network sees a picture in training, before random changes.
  static std::vector<uint8_t> Prepared(int number) {
    return ImageTransform({.frame_size = kSide, .size = kSize, .crop_area = 1})
        .Apply(MakePicture(number))
        .rgb;
  }

  static std::vector<uint8_t> FrameOf(const TrainingSet& set, int64_t index) {
    const std::span<const uint8_t> frame = set.frames.frame(index);
    return {frame.begin(), frame.end()};
  }

  // The only file in the cache.
  fs::path CacheFile() {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder_ / "cache")) files.push_back(entry);
    EXPECT_EQ(files.size(), 1U);
    return files.at(0);
  }

  // What the two demonstrations of BeforeActions become.
  static void ExpectAll(const TrainingSet& set) {
    ASSERT_EQ(set.num_rows(), 43);
    ASSERT_EQ(set.frames.info().num_frames, 43);
    for (int t = 0; t < 40; ++t) EXPECT_EQ(FrameOf(set, t), Prepared(1 + t)) << t;
    for (int t = 0; t < 3; ++t) EXPECT_EQ(FrameOf(set, 40 + t), Prepared(4 + t)) << t;
  }

  TestFolder folder_;
  std::vector<Suite> suites_ = LoadSuites(LIBERO_DEPS_DIR);
};

TEST_F(TrainingSetTest, HasWhatTheFilesHave) {
  const TrainingSet set = Load(BeforeActions());
  ExpectAll(set);
  EXPECT_THAT(set.demos,
              ElementsAre(AllOf(Field(&TrainingDemo::first, 0), Field(&TrainingDemo::count, 40),
                                Field(&TrainingDemo::task, "turn_on_the_stove"),
                                Field(&TrainingDemo::instruction, "turn on the stove")),
                          AllOf(Field(&TrainingDemo::first, 40), Field(&TrainingDemo::count, 3))));
  EXPECT_EQ(set.actions[39][0], 49);
  const std::span<const Action> last = set.ActionsOf(set.demos[1]);
  ASSERT_EQ(last.size(), 3U);
  EXPECT_EQ(last[0][6], 40);
  EXPECT_EQ(last[2][0], 42);
}

// LIBERO's own files: what row t sees is seen before action t + 1.
TEST_F(TrainingSetTest, PutsEachActionBesideWhatIsSeenBeforeIt) {
  const fs::path file = Written("turn_on_the_stove_demo.hdf5", [](Hdf5Writer& writer) {
    AddDemo(writer, 1, 4);
    AddDemo(writer, 2, 1);  // has no such pair
    AddDemo(writer, 3, 2);
    writer.Attribute("data", "env_args", std::string("{}"));
  });
  TrainingSetOptions options = Options();
  options.numbers = {"obs/ee_states", "states"};
  const TrainingSet set = LoadTrainingSet({file}, suites_, options);
  EXPECT_THAT(set.demos,
              ElementsAre(AllOf(Field(&TrainingDemo::first, 0), Field(&TrainingDemo::count, 3)),
                          AllOf(Field(&TrainingDemo::first, 3), Field(&TrainingDemo::count, 1))));
  ASSERT_EQ(set.num_rows(), 4);
  EXPECT_EQ(set.actions[0][0], 11);
  EXPECT_EQ(FrameOf(set, 0), Prepared(1));
  EXPECT_EQ(set.actions[2][0], 13);
  EXPECT_EQ(FrameOf(set, 2), Prepared(3));
  EXPECT_EQ(set.actions[3][0], 31);
  EXPECT_EQ(FrameOf(set, 3), Prepared(3));
  ASSERT_EQ(set.numbers.size(), 2U);
  EXPECT_EQ(set.numbers[0].width, 2U);
  EXPECT_THAT(set.numbers[0].values, ElementsAre(0, 0, 1, -1, 2, -2, 0, 0));
  EXPECT_EQ(set.numbers[1].width, 1U);
  EXPECT_THAT(set.numbers[1].values, ElementsAre(100, 200, 300, 100)) << "before the action, too";
}

TEST_F(TrainingSetTest, PreparesPicturesOnce) {
  const fs::path file = BeforeActions();
  TrainingSetOptions options = Options();
  int64_t done = 0;
  options.progress = [&](int64_t now, int64_t total) {
    EXPECT_LE(done, now);
    EXPECT_EQ(total, 43);
    done = now;
  };
  const TrainingSet first = LoadTrainingSet({file}, suites_, options);
  EXPECT_EQ(done, 43);

  done = -1;
  const TrainingSet again = LoadTrainingSet({file}, suites_, options);
  EXPECT_EQ(done, -1) << "nothing was to be done";
  EXPECT_EQ(again.key, first.key);
  ExpectAll(again);
}

TEST_F(TrainingSetTest, KeyIsOfContentsAndOptions) {
  const std::string key = Load(BeforeActions()).key;
  EXPECT_EQ(key.size(), 32U);

  const fs::path copy = folder_ / "sing_a_song_demo.hdf5";
  fs::copy_file(folder_ / "turn_on_the_stove_demo.hdf5", copy);
  EXPECT_EQ(Load(copy).key, key) << "not of names or times";

  TrainingSetOptions options = Options();
  options.transform.jpeg_quality = 0;
  EXPECT_NE(LoadTrainingSet({copy}, suites_, options).key, key);

  std::fstream(copy, std::ios::in | std::ios::out | std::ios::ate | std::ios::binary) << "more";
  EXPECT_NE(Load(copy).key, key);
}

TEST_F(TrainingSetTest, MakesDamagedFramesAnew) {
  const fs::path file = BeforeActions();
  (void)Load(file);
  const fs::path cached = CacheFile();
  const auto expect_repair = [&](const std::string& problem) {
    testing::internal::CaptureStderr();
    const TrainingSet set = Load(file);
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                AllOf(HasSubstr(cached.string()), HasSubstr(problem), HasSubstr("made anew")));
    ExpectAll(set);
  };
  const auto overwrite = [&](std::streamoff offset) {
    std::fstream stream(cached, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(offset);
    const auto old = static_cast<char>(stream.get());
    stream.seekp(offset);
    stream.put(static_cast<char>(old ^ 4));
  };

  fs::resize_file(cached, fs::file_size(cached) - 1);
  expect_repair("got " + std::to_string(4096 + 43 * (kFrameBytes + 8) - 1));
  fs::resize_file(cached, 0);
  expect_repair("got 0");
  overwrite(4096 + static_cast<std::streamoff>(7 * kFrameBytes) + 100);
  expect_repair("frame 7 of 43 is damaged");
  overwrite(4);
  expect_repair("the header is damaged");
  overwrite(4096 + static_cast<std::streamoff>(43 * kFrameBytes) + 8);
  expect_repair("the header is damaged");

  testing::internal::CaptureStderr();
  (void)Load(file);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(TrainingSetTest, LeavesNothingBehindWhenItIsStopped) {
  TrainingSetOptions options = Options();
  options.progress = [](int64_t, int64_t) {
    throw std::runtime_error("stopped");
  };
  EXPECT_THAT([&] { (void)LoadTrainingSet({BeforeActions()}, suites_, options); },
              ThrowsMessage<std::runtime_error>("stopped"));
  EXPECT_TRUE(fs::is_empty(folder_ / "cache"));
}

TEST_F(TrainingSetTest, SaysWhatIsWrong) {
  const auto expect = [&](const fs::path& file, const TrainingSetOptions& options,
                          const testing::Matcher<std::string>& message) {
    EXPECT_THAT([&] { (void)LoadTrainingSet({file}, suites_, options); },
                ThrowsMessage<Error>(message));
  };
  const fs::path wide =
      Written("wide.hdf5", [](Hdf5Writer& writer) { AddDemo(writer, 0, 2, kSide + 2); });
  expect(wide, Options(),
         AllOf(HasSubstr("wide.hdf5"), HasSubstr("square pictures in agentview_rgb, got 24 × 26"),
               HasSubstr("libero regenerate")));

  const fs::path shortest = Written("short.hdf5", [](Hdf5Writer& writer) {
    AddDemo(writer, 0, 1);
    writer.Attribute("data", "env_args", std::string("{}"));
  });
  expect(shortest, Options(),
         AllOf(HasSubstr("short.hdf5"), HasSubstr("no demonstration has two steps")));

  const fs::path file = BeforeActions();
  TrainingSetOptions options = Options();
  options.picture = "wrist_rgb";
  expect(file, options, HasSubstr("wrist_rgb"));

  options = Options();
  options.cache_folder = file;
  expect(file, options,
         AllOf(HasSubstr(".frames: cannot be written"), HasSubstr("another folder")));
}

}  // namespace
}  // namespace libero
