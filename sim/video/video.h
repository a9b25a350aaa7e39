#pragma once

#include "sim/video/text.h"
#include "sim/video/video_file.h"

// What the program needs FFmpeg's libraries for, as functions of a shared object that is loaded
// when a video is first wanted: they come with a hundred others, which take 25 ms to load.
namespace libero {

// The functions of the plug-in, and of which build it is.
struct VideoFunctions {
  const char* build;  // as in the program: kVideoBuild
  decltype(OpenVideoFile)* open;
  decltype(TextWidth)* text_width;
  decltype(DrawText)* draw_text;
};

// The plug-in's one exported symbol, a function that returns the struct.
inline constexpr const char* kVideoEntryName = "LiberoVideo";

// Changes whenever something that crosses the border changes.
inline constexpr const char* kVideoBuild = "libero video 1";

// Loads lib/libero_video.so beside the program, at the first call; thread-safe. Throws Error if it
// is not there (exported folders have none), FFmpeg's libraries are missing, or it is of another
// build.
[[nodiscard]] const VideoFunctions& Video();

}  // namespace libero
