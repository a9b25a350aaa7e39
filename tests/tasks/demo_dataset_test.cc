#include "tasks/demo_dataset.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

class DemoDatasetTest : public testing::Test {
 protected:
  fs::path Written(const std::function<void(Hdf5Writer&)>& write,
                   const std::string& name = "turn_on_the_stove_demo.hdf5") {
    const fs::path path = folder_ / name;
    Hdf5Writer writer(path);
    write(writer);
    return path;
  }

  // demo_<n> of some steps: the numbers of action t are 10 n + t, bytes of pictures n + t.
  static void AddDemo(Hdf5Writer& writer, int number, int num_steps) {
    const std::string group = "data/demo_" + std::to_string(number);
    const auto rows = static_cast<uint64_t>(num_steps);
    std::vector<double> actions;
    std::vector<double> states;
    std::vector<uint8_t> pictures;
    for (int t = 0; t < num_steps; ++t) {
      actions.insert(actions.end(), 7, 10.0 * number + t);
      states.insert(states.end(), {0.5 * t, 1, 2});
      pictures.insert(pictures.end(), 2 * 3 * 3, static_cast<uint8_t>(number + t));
    }
    writer.F64(group + "/actions", {rows, 7}, actions);
    writer.Compressed(group + "/states", {rows, 3}, states);
    writer.U8(group + "/obs/agentview_rgb", {rows, 2, 3, 3}, pictures);
  }

  fs::path TwoDemos() {
    return Written([](Hdf5Writer& writer) {
      AddDemo(writer, 2, 3);
      AddDemo(writer, 10, 2);
      writer.Group("data/other");
      writer.Attribute("data", "tag", std::string("libero-v1"));
    });
  }

  std::string MessageOf(const fs::path& path, const DemoDatasetOptions& options = {}) {
    try {
      const DemoDataset dataset({path}, suites_, options);
      for (size_t demo = 0; demo < dataset.demos().size(); ++demo) {
        (void)dataset.Read(static_cast<int>(demo), 0, dataset.demos()[demo].num_steps);
      }
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  TestFolder folder_;
  std::vector<Suite> suites_ = LoadSuites(LIBERO_DEPS_DIR);
};

TEST_F(DemoDatasetTest, FindsTasksDemonstrationsAndSteps) {
  const fs::path other =
      Written([](Hdf5Writer& writer) { AddDemo(writer, 0, 4); }, "sing_a_song_demo.hdf5");
  const DemoDataset dataset({TwoDemos(), other}, suites_);
  EXPECT_THAT(dataset.files(), ElementsAre(Field(&DemoFileEntry::instruction, "turn on the stove"),
                                           Field(&DemoFileEntry::instruction, "sing a song")));
  EXPECT_THAT(dataset.demos(),
              ElementsAre(AllOf(Field(&DemoEntry::number, 2), Field(&DemoEntry::num_steps, 3)),
                          AllOf(Field(&DemoEntry::number, 10), Field(&DemoEntry::num_steps, 2)),
                          AllOf(Field(&DemoEntry::file, 1), Field(&DemoEntry::num_steps, 4))));
  EXPECT_EQ(dataset.num_steps(), 9);
  EXPECT_EQ(dataset.picture_size(0), std::pair(2, 3));
  EXPECT_EQ(dataset.Locate(0), std::pair(0, 0));
  EXPECT_EQ(dataset.Locate(2), std::pair(0, 2));
  EXPECT_EQ(dataset.Locate(3), std::pair(1, 0));
  EXPECT_EQ(dataset.Locate(8), std::pair(2, 3));
  EXPECT_THAT([&] { (void)dataset.Locate(9); },
              ThrowsMessage<Error>(HasSubstr("expected a step from 0 to 8, got 9")));
}

TEST_F(DemoDatasetTest, ReadsRowsAndRepeatsThoseAtTheEnds) {
  const DemoDataset dataset({TwoDemos()}, suites_, {.numbers = {"states"}});
  const DemoWindow window = dataset.Read(0, -1, 5);
  const auto first_numbers = [](const auto& rows) {
    std::vector<double> numbers;
    for (const auto& row : rows) numbers.push_back(row[0]);
    return numbers;
  };
  EXPECT_THAT(first_numbers(window.actions), ElementsAre(20, 20, 21, 22, 22));
  ASSERT_EQ(window.numbers.size(), 1U);
  EXPECT_THAT(window.numbers[0], ElementsAre(0, 1, 2, 0, 1, 2, 0.5, 1, 2, 1, 1, 2, 1, 1, 2));
  ASSERT_EQ(window.pictures.size(), 1U);
  ASSERT_EQ(window.pictures[0].size(), 5U);
  std::vector<int> bytes;
  for (const Image& image : window.pictures[0]) {
    EXPECT_EQ(image.width, 3);
    EXPECT_EQ(image.height, 2);
    EXPECT_THAT(image.rgb, testing::SizeIs(18));
    bytes.push_back(image.rgb.back());
  }
  EXPECT_THAT(bytes, ElementsAre(2, 2, 3, 4, 4));
  EXPECT_THAT(first_numbers(dataset.Read(1, 7, 2).actions), ElementsAre(101, 101));
}

// demo_0 has actions without noise, demo_1 does not.
TEST_F(DemoDatasetTest, TakesActionsWithoutTheirNoise) {
  const fs::path path = Written([](Hdf5Writer& writer) {
    AddDemo(writer, 0, 2);
    AddDemo(writer, 1, 2);
    std::vector<double> chosen(7, 0);
    chosen.insert(chosen.end(), 7, 0.5);
    writer.F64("data/demo_0/chosen_actions", {2, 7}, chosen);
  });
  const DemoDataset as_done({path}, suites_);
  EXPECT_EQ(as_done.Read(0, 1, 1).actions[0][0], 1);
  EXPECT_THAT(as_done.Read(0, 1, 1).disturbed, testing::IsEmpty());

  const DemoDataset as_chosen({path}, suites_, {.without_noise = true});
  const DemoWindow window = as_chosen.Read(0, 0, 2);
  EXPECT_EQ(window.actions[1][6], 0.5);
  EXPECT_THAT(window.disturbed, ElementsAre(0, 1));
  EXPECT_EQ(as_chosen.Read(1, 1, 1).actions[0][0], 11);
  EXPECT_THAT(as_chosen.Read(1, 0, 2).disturbed, ElementsAre(0, 0));
}

TEST_F(DemoDatasetTest, SaysWhatIsWrongWithActionsWithoutNoise) {
  const fs::path path = Written([](Hdf5Writer& writer) {
    AddDemo(writer, 0, 2);
    writer.F64("data/demo_0/chosen_actions", {1, 7}, std::vector<double>(7, 0));
  });
  EXPECT_THAT(MessageOf(path, {.without_noise = true}), HasSubstr("demo_0/chosen_actions"));
}

TEST_F(DemoDatasetTest, ReadsPicturesOfSomeInstants) {
  const DemoDataset dataset({TwoDemos()}, suites_);
  const std::vector<int> rows = {2, 0, 11};
  const auto pictures = dataset.ReadPictures(0, rows);
  ASSERT_EQ(pictures[0].size(), 3U);
  EXPECT_EQ(pictures[0][0].rgb[0], 4);
  EXPECT_EQ(pictures[0][1].rgb[0], 2);
  EXPECT_EQ(pictures[0][2].rgb[0], 4);
}

TEST_F(DemoDatasetTest, KnowsWhichInstantObservationsAreOf) {
  const auto time_of = [&](const std::function<void(Hdf5Writer&)>& write) {
    return DemoDataset({Written([&](Hdf5Writer& writer) {
                         AddDemo(writer, 0, 1);
                         write(writer);
                       })},
                       suites_)
        .files()[0]
        .observations;
  };
  EXPECT_EQ(time_of([](auto&) {}), ObservationTime::kBeforeAction) << "OpenVLA's copies";
  EXPECT_EQ(time_of([](auto& w) { w.Attribute("data", "env_args", std::string("{}")); }),
            ObservationTime::kAfterAction)
      << "LIBERO's own";
  EXPECT_EQ(time_of([](auto& w) {
              w.Attribute("data", "env_args", std::string("{}"));
              w.Attribute("data", "observations", std::string("before_action"));
            }),
            ObservationTime::kBeforeAction);
  EXPECT_THAT(
      [&] { time_of([](auto& w) { w.Attribute("data", "observations", std::string("now")); }); },
      ThrowsMessage<Error>(HasSubstr("/data: attribute observations: expected after_action or "
                                     "before_action, got 'now'")));
}

TEST_F(DemoDatasetTest, RefusesShapesThatContradictEachOther) {
  EXPECT_THAT([&] { DemoDataset dataset({}, suites_); },
              ThrowsMessage<Error>(HasSubstr("expected files of demonstrations, got none")));
  EXPECT_THAT(MessageOf(TwoDemos(), {.pictures = {"eye_in_hand_rgb"}}),
              HasSubstr("stove_demo.hdf5: /data/demo_2/obs/eye_in_hand_rgb: expected a dataset"));
  EXPECT_THAT(MessageOf(TwoDemos(), {.numbers = {"obs/agentview_rgb"}}),
              HasSubstr("/data/demo_2/obs/agentview_rgb: expected (T) or (T, N) with T = 3 as of "
                        "actions, got (3, 2, 3, 3)"));
  EXPECT_THAT(MessageOf(Written([](Hdf5Writer& writer) {
                AddDemo(writer, 0, 1);
                writer.F64("data/demo_1/actions", {1, 7}, std::vector<double>(7));
                writer.U8("data/demo_1/obs/agentview_rgb", {2, 1, 1, 3}, {1, 2, 3, 4, 5, 6});
              })),
              HasSubstr("/data/demo_1/obs/agentview_rgb: expected (T, H, W, 3) with T = 1 as of "
                        "actions, got (2, 1, 1, 3)"));
  EXPECT_THAT(MessageOf(Written([](Hdf5Writer& writer) {
                AddDemo(writer, 0, 1);
                writer.F64("data/demo_1/actions", {1, 7}, std::vector<double>(7));
                writer.U8("data/demo_1/obs/agentview_rgb", {1, 1, 1, 3}, {1, 2, 3});
              })),
              HasSubstr("expected pictures of 2 × 3 as before, got 1 × 1"));
  EXPECT_THAT(MessageOf(Written([](Hdf5Writer& writer) {
                writer.F64("data/demo_1/actions", {1, 7}, std::vector<double>(7));
                writer.F64("data/demo_1/obs/agentview_rgb", {1, 1, 1, 3}, {1, 2, 3});
              })),
              HasSubstr("/data/demo_1/obs/agentview_rgb: expected u8, got f64"));
  EXPECT_THAT(MessageOf(Written([](Hdf5Writer& writer) {
                          writer.F64("data/demo_0/actions", {1, 7}, {0, 0, NAN, 0, 0, 0, 0});
                        }),
                        {.pictures = {}}),
              HasSubstr("/data/demo_0/actions: expected finite numbers in row 0"));
}

// Wherever a file was cut off, that is found, or what is read is what was written.
TEST_F(DemoDatasetTest, CutFilesAreErrors) {
  const fs::path whole = TwoDemos();
  const auto size = fs::file_size(whole);
  for (uintmax_t length = 0; length < size; length += size / 40 + 1) {
    const fs::path cut = folder_ / "cut_demo.hdf5";
    fs::copy_file(whole, cut, fs::copy_options::overwrite_existing);
    fs::resize_file(cut, length);
    EXPECT_THAT(MessageOf(cut), HasSubstr("cut_demo.hdf5")) << length << " of " << size;
  }
  std::ofstream(folder_ / "text_demo.hdf5") << "no HDF5";
  EXPECT_THAT(MessageOf(folder_ / "text_demo.hdf5"), HasSubstr("text_demo.hdf5: not an HDF5 file"));
}

}  // namespace
}  // namespace libero
