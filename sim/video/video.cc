#include "sim/video/video.h"

#include "sim/base/plugin.h"

namespace libero {
namespace {

const VideoFunctions* Load() {
  const Plugin plugin = {
      .name = "libero_video",
      .purpose = "videos",
      .hint = "it needs Debian's packages libavcodec59, libavformat59 and libswscale6"};
  return LoadPluginFunctions<VideoFunctions>(plugin, kVideoEntryName, kVideoBuild);
}

}  // namespace

const VideoFunctions& Video() {
  static const VideoFunctions* const functions = Load();
  return *functions;
}

}  // namespace libero
