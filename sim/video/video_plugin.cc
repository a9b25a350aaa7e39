#include "sim/video/video.h"

// The side of the plug-in: see sim/video/video.h.
extern "C" __attribute__((visibility("default"))) const libero::VideoFunctions*
LiberoVideo() {  // NOLINT(readability-identifier-naming): C
  static constexpr libero::VideoFunctions kFunctions = {
      .build = libero::kVideoBuild,
      .open = &libero::OpenVideoFile,
      .text_width = &libero::TextWidth,
      .draw_text = &libero::DrawText,
  };
  return &kFunctions;
}
