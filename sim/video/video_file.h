#pragma once

#include <filesystem>
#include <memory>

#include "sim/video/canvas.h"

namespace libero {

struct VideoFormat {
  int width = 0;   // even
  int height = 0;  // even
  int frames_per_second = 20;
};

// An MP4 file with H.264 pictures (libx264, 4:2:0, quality 23), which browsers play. The same
// pictures give the same bytes. Not thread-safe; different files may be written in different
// threads.
class VideoFile {
 public:
  // A file that was not finished is removed.
  virtual ~VideoFile() = default;

  // Encodes a picture of the format's size (CHECK), some ms. Throws Error if it cannot be written.
  virtual void Add(const Canvas& canvas) = 0;

  // Writes the rest and closes the file, which is only then one that can be played. Throws Error if
  // that fails, e.g. because the disk is full.
  virtual void Finish() = 0;
};

// Throws Error if the file cannot be made, or FFmpeg's libraries have no encoder for H.264.
[[nodiscard]] std::unique_ptr<VideoFile> OpenVideoFile(const std::filesystem::path& path,
                                                       const VideoFormat& format);

}  // namespace libero
