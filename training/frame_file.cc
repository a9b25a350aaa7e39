#include "training/frame_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "sim/base/check.h"

namespace libero {
namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little);

constexpr std::array<char, 8> kMagic = {'L', 'B', 'F', 'R', 'A', 'M', 'E', '1'};
constexpr size_t kKeySize = 64;
constexpr size_t kFramesOffset = 4096;  // frames begin on a page of their own

struct Header {
  std::array<char, 8> magic = kMagic;
  int64_t num_frames = 0;
  int64_t size = 0;
  std::array<char, kKeySize> key{};
  uint64_t hash_of_hashes = 0;  // of the frames' hashes, begun with the hash of what is above
};

Header MakeHeader(const FrameFileInfo& info, std::span<const uint64_t> hashes) {
  LIBERO_CHECK(info.key.size() <= kKeySize && info.size > 0 && info.num_frames >= 0);
  Header header;
  header.num_frames = info.num_frames;
  header.size = info.size;
  std::memcpy(header.key.data(), info.key.data(), info.key.size());
  const uint64_t seed = XXH3_64bits(&header, offsetof(Header, hash_of_hashes));
  header.hash_of_hashes = XXH3_64bits_withSeed(hashes.data(), hashes.size_bytes(), seed);
  return header;
}

uint64_t HashesOffset(const FrameFileInfo& info) {
  return kFramesOffset + info.frame_bytes() * static_cast<uint64_t>(info.num_frames);
}

uint64_t FileSize(const FrameFileInfo& info) {
  return HashesOffset(info) + sizeof(uint64_t) * static_cast<uint64_t>(info.num_frames);
}

// Makes an empty file this long, on disk if the file system can do so. Returns 0 or an errno.
int TakeSpace(int descriptor, const fs::path& folder, uint64_t size) {
  std::error_code unknown;
  const fs::space_info space = fs::space(folder, unknown);
  if (!unknown && space.available < size) return ENOSPC;
  // not posix_fallocate: where it cannot be done, that writes the whole file
  if (fallocate(descriptor, 0, 0, static_cast<off_t>(size)) == 0) return 0;
  if (errno != EOPNOTSUPP) return errno;
  return ftruncate(descriptor, static_cast<off_t>(size)) == 0 ? 0 : errno;
}

}  // namespace

FrameFile::FrameFile(const fs::path& path, const FrameFileInfo& expected)
    : file_(path.string()), info_(expected) {
  const std::span<const std::byte> bytes = file_.bytes();
  if (bytes.size() != FileSize(info_)) {
    throw Error(fmt::format("{}: expected {} bytes, {} frames of {} pixels a side, got {}",
                            path.string(), FileSize(info_), info_.num_frames, info_.size,
                            bytes.size()));
  }
  std::vector<uint64_t> hashes(static_cast<size_t>(info_.num_frames));
  std::memcpy(hashes.data(), bytes.data() + HashesOffset(info_), hashes.size() * sizeof(uint64_t));
  const Header header = MakeHeader(info_, hashes);
  if (std::memcmp(bytes.data(), &header, sizeof header) != 0) {
    throw Error(fmt::format("{}: the header is damaged, or of other frames", path.string()));
  }
  for (int64_t i = 0; i < info_.num_frames; ++i) {
    const std::span<const uint8_t> rgb = frame(i);
    if (XXH3_64bits(rgb.data(), rgb.size()) != hashes[static_cast<size_t>(i)]) {
      throw Error(fmt::format("{}: frame {} of {} is damaged", path.string(), i, info_.num_frames));
    }
  }
}

std::span<const uint8_t> FrameFile::frame(int64_t index) const {
  LIBERO_CHECK(index >= 0 && index < info_.num_frames);
  const size_t offset = kFramesOffset + info_.frame_bytes() * static_cast<size_t>(index);
  const auto* const first = reinterpret_cast<const uint8_t*>(file_.bytes().data());
  return {first + offset, info_.frame_bytes()};
}

FrameFileWriter::FrameFileWriter(fs::path path, const FrameFileInfo& info)
    : path_(std::move(path)), info_(info), hashes_(static_cast<size_t>(info.num_frames)) {
  static std::atomic<int> num_writers = 0;  // names of threads' files differ
  temporary_ = fmt::format("{}.{}.{}.tmp", path_.string(), getpid(), num_writers++);
  std::error_code ignored;  // opening the file says so
  fs::create_directories(path_.parent_path(), ignored);
  descriptor_ = open(temporary_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor_ < 0) Fail("cannot be written", errno);
  const int error = TakeSpace(descriptor_, path_.parent_path(), FileSize(info_));
  if (error == 0) return;
  close(descriptor_);
  fs::remove(temporary_, ignored);
  Fail(fmt::format("no room for {:.1f} MB", 1e-6 * static_cast<double>(FileSize(info_))), error);
}

FrameFileWriter::~FrameFileWriter() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  std::error_code ignored;
  fs::remove(temporary_, ignored);
}

void FrameFileWriter::Write(int64_t index, std::span<const uint8_t> rgb) {
  LIBERO_CHECK(index >= 0 && index < info_.num_frames && rgb.size() == info_.frame_bytes());
  hashes_[static_cast<size_t>(index)] = XXH3_64bits(rgb.data(), rgb.size());
  WriteAt(std::as_bytes(rgb), kFramesOffset + info_.frame_bytes() * static_cast<uint64_t>(index));
}

void FrameFileWriter::Finish() {
  const Header header = MakeHeader(info_, hashes_);
  WriteAt(std::as_bytes(std::span(&header, 1)), 0);
  WriteAt(std::as_bytes(std::span(hashes_)), HashesOffset(info_));
  // a power cut must not leave the name with empty pages behind it
  if (fsync(descriptor_) != 0) Fail("cannot be written", errno);
  if (close(std::exchange(descriptor_, -1)) != 0) Fail("cannot be written", errno);
  std::error_code error;
  fs::rename(temporary_, path_, error);
  if (error) Fail("cannot be renamed", error.value());
}

void FrameFileWriter::WriteAt(std::span<const std::byte> bytes, uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t count =
        pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) Fail("cannot be written", errno);
    bytes = bytes.subspan(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
}

void FrameFileWriter::Fail(const std::string& what, int error) const {
  throw Error(
      fmt::format("{}: {}: {}", path_.string(), what, std::generic_category().message(error)),
      "free some space there, or choose another folder for caches");
}

}  // namespace libero
