#include "sim/video/video_file.h"

#include <filesystem>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include "sim/base/check.h"
#include "sim/base/text_file.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr VideoFormat kFormat = {.width = 64, .height = 48, .frames_per_second = 20};

// All of one grey.
Canvas Grey(uint8_t value) {
  return {kFormat.width, kFormat.height, std::vector<uint8_t>(size_t{3} * 64 * 48, value)};
}

void Write(const fs::path& path, int num_frames) {
  const std::unique_ptr<VideoFile> file = OpenVideoFile(path, kFormat);
  for (int i = 0; i < num_frames; ++i) file->Add(Grey(static_cast<uint8_t>(40 + 5 * i)));
  file->Finish();
}

// What a player sees: the brightness of each picture's first pixel.
std::vector<int> Play(const fs::path& path) {
  AVFormatContext* input = nullptr;
  LIBERO_CHECK(avformat_open_input(&input, path.c_str(), nullptr, nullptr) == 0);
  LIBERO_CHECK(avformat_find_stream_info(input, nullptr) >= 0);
  const AVStream& stream = *input->streams[0];
  EXPECT_EQ(stream.codecpar->codec_id, AV_CODEC_ID_H264);
  EXPECT_EQ(stream.codecpar->width, kFormat.width);
  EXPECT_EQ(stream.codecpar->height, kFormat.height);
  EXPECT_EQ(av_q2d(stream.avg_frame_rate), kFormat.frames_per_second);
  AVCodecContext* codec = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_H264));
  LIBERO_CHECK(avcodec_parameters_to_context(codec, stream.codecpar) >= 0);
  LIBERO_CHECK(avcodec_open2(codec, nullptr, nullptr) == 0);
  AVPacket* packet = av_packet_alloc();
  AVFrame* frame = av_frame_alloc();
  std::vector<int> brightness;
  const auto receive = [&] {
    while (avcodec_receive_frame(codec, frame) == 0) brightness.push_back(frame->data[0][0]);
  };
  while (av_read_frame(input, packet) >= 0) {
    LIBERO_CHECK(avcodec_send_packet(codec, packet) == 0);
    av_packet_unref(packet);
    receive();
  }
  LIBERO_CHECK(avcodec_send_packet(codec, nullptr) == 0);
  receive();
  av_frame_free(&frame);
  av_packet_free(&packet);
  avcodec_free_context(&codec);
  avformat_close_input(&input);
  return brightness;
}

TEST(VideoFileTest, HoldsThePicturesInTheirOrder) {
  const TestFolder folder;
  Write(folder / "a.mp4", 30);
  const std::vector<int> brightness = Play(folder / "a.mp4");
  ASSERT_EQ(brightness.size(), 30u);
  constexpr double kCoding = 3;  // of 255: what the coding may change
  for (size_t i = 0; i < brightness.size(); ++i) {
    const double grey = 40.0 + 5.0 * static_cast<double>(i);
    EXPECT_NEAR(brightness[i], 16 + grey * 219 / 255, kCoding) << i;  // ITU-R BT.601, video range
  }
}

TEST(VideoFileTest, SamePicturesGiveTheSameBytesWithTheIndexFirst) {
  const TestFolder folder;
  Write(folder / "a.mp4", 25);
  Write(folder / "b.mp4", 25);
  const std::string bytes = ReadTextFile(folder / "a.mp4");
  EXPECT_EQ(bytes, ReadTextFile(folder / "b.mp4"));
  EXPECT_LT(bytes.find("moov"), bytes.find("mdat"));
}

TEST(VideoFileTest, LeavesNothingOfAFileThatWasNotFinished) {
  const TestFolder folder;
  {
    const std::unique_ptr<VideoFile> file = OpenVideoFile(folder / "a.mp4", kFormat);
    file->Add(Grey(1));
    EXPECT_TRUE(fs::exists(folder / "a.mp4"));
  }
  EXPECT_FALSE(fs::exists(folder / "a.mp4"));
}

TEST(VideoFileTest, SaysWhatCannotBeWritten) {
  EXPECT_THAT([] { (void)OpenVideoFile("/nowhere/a.mp4", kFormat); },
              ThrowsMessage<Error>(HasSubstr("/nowhere/a.mp4: cannot be made: No such file")));
  // a full disk
  EXPECT_THAT(
      [] {
        const std::unique_ptr<VideoFile> file = OpenVideoFile("/dev/full", kFormat);
        for (int i = 0; i < 40; ++i) file->Add(Grey(static_cast<uint8_t>(i)));
        file->Finish();
      },
      ThrowsMessage<Error>(HasSubstr("/dev/full: cannot be written: No space left on device")));
}

}  // namespace
}  // namespace libero
