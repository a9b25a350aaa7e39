#include "sim/video/video.h"

#include "sim/base/plugin.h"

namespace libero {
namespace {

const VideoFunctions* Load() {
  const Plugin plugin = {
      .name = "libero_video",
      .purpose = "videos",
      .hint = "it needs Debian's packages libavcodec59, libavformat59 and libswscale6"};
  void* const entry = LoadPlugin(plugin, kVideoEntryName);
  const VideoFunctions* const functions = reinterpret_cast<VideoEntry*>(entry)();
  CheckPluginBuild(plugin.name, kVideoBuild, functions->build);
  return functions;
}

}  // namespace

const VideoFunctions& Video() {
  static const VideoFunctions* const functions = Load();
  return *functions;
}

}  // namespace libero
