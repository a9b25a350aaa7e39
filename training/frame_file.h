#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "sim/base/zip_reader.h"

namespace libero {

// What a file of frames holds.
struct FrameFileInfo {
  std::string key;  // of what the frames were made of and how; at most 64 characters
  int size = 0;     // pixels a side
  int64_t num_frames = 0;

  // Of one frame, (size, size, 3).
  [[nodiscard]] size_t frame_bytes() const {
    return 3 * static_cast<size_t>(size) * static_cast<size_t>(size);
  }

  bool operator==(const FrameFileInfo&) const = default;
};

// Square pictures of 8-bit RGB on disk, mapped into memory: the kernel keeps what is used and
// memory allows. A header, the frames, and the XXH3-64 of each; little-endian, for this program
// alone. Const methods may be called from several threads at once.
class FrameFile {
 public:
  // Holds no frame.
  FrameFile() = default;

  // Opens a file and reads it once to compare all hashes, as fast as the disk gives it (from memory
  // some 5 GB/s on a core). Throws Error if it cannot be read, is cut off or damaged, or holds
  // something else than expected.
  FrameFile(const std::filesystem::path& path, const FrameFileInfo& expected);

  [[nodiscard]] const FrameFileInfo& info() const { return info_; }

  // (size, size, 3), rows and colours as they were written. 0 ≤ index < num_frames (CHECK). Lives
  // as long as this object's file, wherever that is moved to.
  [[nodiscard]] std::span<const uint8_t> frame(int64_t index) const;

 private:
  MappedFile file_;
  FrameFileInfo info_;
};

// Writes a file of frames under another name and renames it in the end, so that nobody sees a part
// of it, and several processes may write the same one. Without Finish() nothing is left of it.
class FrameFileWriter {
 public:
  // Takes the space that the file will need. Throws Error, with how much that is, if the disk has
  // no room or the folder, which is made if it is missing, cannot be written.
  FrameFileWriter(std::filesystem::path path, const FrameFileInfo& info);
  ~FrameFileWriter();
  FrameFileWriter(const FrameFileWriter&) = delete;
  FrameFileWriter& operator=(const FrameFileWriter&) = delete;

  // Writes a frame; different ones may be written from several threads at once. Requires an index
  // and a size that fit (CHECK). Throws Error if it cannot be written.
  void Write(int64_t index, std::span<const uint8_t> rgb);

  // Completes the file; all frames must have been written. Throws Error if it cannot be written.
  void Finish();

 private:
  void WriteAt(std::span<const std::byte> bytes, uint64_t offset);
  [[noreturn]] void Fail(const std::string& what, int error) const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  FrameFileInfo info_;
  std::vector<uint64_t> hashes_;  // (num_frames)
  int descriptor_ = -1;
};

}  // namespace libero
