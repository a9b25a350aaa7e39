#include "policy/orientation_check.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/image_transform.h"
#include "sim/base/check.h"
#include "tests/golden/frames.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// The Python stack's frames of the camera, as networks see them.
std::vector<Image> Views() {
  std::vector<Image> views;
  for (const RecordedState& state : ReadRecording().states) {
    for (const RecordedFrame& frame : state.frames) {
      if (frame.camera == "agentview") views.push_back(Turned(frame.image));
    }
  }
  return views;
}

TEST(OrientationCheckTest, ThumbnailsAreMeanColours) {
  Image image = {16, 16, std::vector<uint8_t>(16 * 16 * 3)};
  for (size_t i = 0; i < 4; ++i) {
    image.rgb[(i / 2 * 16 + i % 2) * 3] = static_cast<uint8_t>(10 * i);  // the corner's cell
  }
  image.rgb.back() = 200;
  const Thumbnail thumbnail = MakeThumbnail(image);
  EXPECT_EQ(thumbnail[0], 15);
  EXPECT_EQ(thumbnail[1], 0);
  EXPECT_EQ(thumbnail.back(), 50);
}

TEST(OrientationCheckTest, PassesTheStacksFrames) {
  for (const Image& view : Views()) {
    CheckOrientation(view);
    CheckOrientation(Flipped(Turned(view)));  // mirrored
    EXPECT_GT(FitOrientations(view, LiberoViews()).upright, 0.7);
  }
}

TEST(OrientationCheckTest, FindsFramesThatStandOnTheirHeads) {
  for (const Image& view : Views()) {
    for (const Image& frame : {Turned(view), Flipped(view)}) {
      EXPECT_THAT([&frame] { CheckOrientation(frame); },
                  ThrowsMessage<Error>(HasSubstr("stands on its head")));
    }
  }
}

TEST(OrientationCheckTest, PassesWhatIsSomethingElse) {
  const Image black = {64, 64, std::vector<uint8_t>(64 * 64 * 3)};
  CheckOrientation(black);
  Image noise = black;
  uint32_t random = 1;
  for (uint8_t& byte : noise.rgb) {
    random = random * 1664525 + 1013904223;
    byte = static_cast<uint8_t>(random >> 24);
  }
  CheckOrientation(noise);
}

}  // namespace
}  // namespace libero
