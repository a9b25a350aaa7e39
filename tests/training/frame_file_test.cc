#include "training/frame_file.h"

#include <filesystem>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;
using testing::ThrowsMessage;

const FrameFileInfo kInfo = {.key = "of a test", .size = 8, .num_frames = 40};

// Frame i consists of bytes i.
std::vector<uint8_t> MakeFrame(int64_t index) {
  return std::vector<uint8_t>(kInfo.frame_bytes(), static_cast<uint8_t>(index));
}

void WriteFrames(const fs::path& path) {
  FrameFileWriter writer(path, kInfo);
  {
    std::vector<std::jthread> threads;
    for (int64_t first = 0; first < 4; ++first) {
      threads.emplace_back([&writer, first] {
        for (int64_t i = first; i < kInfo.num_frames; i += 4) writer.Write(i, MakeFrame(i));
      });
    }
  }
  writer.Finish();
}

TEST(FrameFileTest, KeepsWhatSeveralThreadsWrite) {
  const TestFolder folder;
  WriteFrames(folder / "made/frames");
  FrameFile file;
  EXPECT_EQ(file.info().num_frames, 0);
  file = FrameFile(folder / "made/frames", kInfo);
  EXPECT_EQ(file.info(), kInfo);
  for (int64_t i = 0; i < kInfo.num_frames; ++i) {
    EXPECT_THAT(file.frame(i), AllOf(SizeIs(8 * 8 * 3), Each(static_cast<uint8_t>(i))));
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "made"), {}), 1) << "nothing else";
}

TEST(FrameFileTest, RefusesOtherFrames) {
  const TestFolder folder;
  WriteFrames(folder / "frames");
  const auto expect = [&](const FrameFileInfo& info, const char* part) {
    EXPECT_THAT([&] { FrameFile(folder / "frames", info); },
                ThrowsMessage<Error>(AllOf(HasSubstr("frames: "), HasSubstr(part))));
  };
  FrameFileInfo info = kInfo;
  info.key = "of another";
  expect(info, "the header is damaged, or of other frames");
  info = kInfo;
  info.num_frames = 41;
  expect(info, "expected 12296 bytes, 41 frames of 8 pixels a side, got 12096");
  EXPECT_THAT([&] { FrameFile(folder / "none", kInfo); },
              ThrowsMessage<Error>(HasSubstr("none: cannot be opened")));
}

TEST(FrameFileTest, IsNotThereUntilItIsFinished) {
  const TestFolder folder;
  {
    FrameFileWriter writer(folder / "frames", kInfo);
    writer.Write(0, MakeFrame(0));
    EXPECT_FALSE(fs::exists(folder / "frames"));
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(FrameFileTest, SaysThatThereIsNoRoom) {
  const TestFolder folder;
  EXPECT_THAT([&] { FrameFileWriter("/sys/frames", kInfo); },
              ThrowsMessage<Error>(HasSubstr("/sys/frames: cannot be written")));
  // more than there is anywhere
  EXPECT_THAT(
      [&] {
        FrameFileWriter(folder / "large", {.key = "k", .size = 100'000, .num_frames = 1'000'000});
      },
      ThrowsMessage<Error>(
          AllOf(HasSubstr("large: no room for 30000000008.0 MB"), HasSubstr("free some space"))));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace libero
