#include "sim/base/zip_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "sim/base/check.h"

namespace libero {
namespace {

constexpr uint32_t kLocalMagic = 0x04034b50;
constexpr uint32_t kCentralMagic = 0x02014b50;
constexpr uint32_t kEndMagic = 0x06054b50;
constexpr uint32_t kZip64EndMagic = 0x06064b50;
constexpr uint32_t kZip64LocatorMagic = 0x07064b50;

// sizes of the records without their variable parts
constexpr size_t kLocalSize = 30;
constexpr size_t kCentralSize = 46;
constexpr size_t kEndSize = 22;
constexpr size_t kZip64EndSize = 56;
constexpr size_t kZip64LocatorSize = 20;
constexpr size_t kMaxComment = 0xffff;

constexpr uint16_t kZip64ExtraId = 0x0001;
constexpr uint16_t kInZip64Short = 0xffff;     // "see the zip64 record", 16-bit fields
constexpr uint32_t kInZip64Long = 0xffffffff;  // the same, 32-bit fields

constexpr uint16_t kStored = 0;
constexpr uint16_t kDeflated = 8;
constexpr uint16_t kEncryptedFlag = 1;

// Deflate cannot shrink by more than this; 64 covers the rounding of tiny entries.
// source: zlib@1.2.13:doc "Maximum Compression Factor" (1032:1)
constexpr uint64_t kMaxDeflateRatio = 1032;
constexpr uint64_t kDeflateSlack = 64;

constexpr const char* kDamagedHint = "the file is damaged or not complete; fetch or copy it again";

// Little-endian fields; the caller has checked that they lie inside `bytes`.
uint16_t U16(std::span<const std::byte> bytes, size_t offset) {
  LIBERO_CHECK(offset + 2 <= bytes.size());
  const auto low = std::to_integer<unsigned>(bytes[offset]);
  return static_cast<uint16_t>(low | (std::to_integer<unsigned>(bytes[offset + 1]) << 8));
}

uint32_t U32(std::span<const std::byte> bytes, size_t offset) {
  return U16(bytes, offset) | (static_cast<uint32_t>(U16(bytes, offset + 2)) << 16);
}

uint64_t U64(std::span<const std::byte> bytes, size_t offset) {
  return U32(bytes, offset) | (static_cast<uint64_t>(U32(bytes, offset + 4)) << 32);
}

// True if [offset, offset + size) lies in [0, total), without overflow.
bool IsInside(uint64_t offset, uint64_t size, uint64_t total) {
  return offset <= total && size <= total - offset;
}

// Where the end-of-central-directory record starts: the last one whose comment ends the file.
std::optional<size_t> FindEndRecord(std::span<const std::byte> bytes) {
  if (bytes.size() < kEndSize) return std::nullopt;
  const size_t last = bytes.size() - kEndSize;
  const size_t first = last > kMaxComment ? last - kMaxComment : 0;
  for (size_t offset = last + 1; offset-- > first;) {
    if (U32(bytes, offset) != kEndMagic) continue;
    if (U16(bytes, offset + 20) == bytes.size() - offset - kEndSize) return offset;
  }
  return std::nullopt;
}

uint32_t Crc32(std::span<const std::byte> bytes) {
  // crc32_z takes size_t, so entries over 4 GiB need no loop
  return static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

// Closes a file descriptor at the end of its scope.
class FileDescriptor {
 public:
  explicit FileDescriptor(const std::string& path)
      : value_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~FileDescriptor() {
    if (value_ >= 0) close(value_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  [[nodiscard]] int value() const { return value_; }

 private:
  int value_;
};

}  // namespace

MappedFile::MappedFile(const std::string& path) {
  const FileDescriptor descriptor(path);
  if (descriptor.value() < 0) {
    throw Error(
        fmt::format("{}: cannot be opened: {}", path, std::generic_category().message(errno)),
        "check the path and the permissions");
  }
  struct stat status = {};
  if (fstat(descriptor.value(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw Error(fmt::format("{}: expected a regular file", path), "check the path");
  }
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) return;

  void* const address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.value(), 0);
  if (address == MAP_FAILED) {
    throw Error(fmt::format("{}: cannot be mapped ({} bytes): {}", path, size,
                            std::generic_category().message(errno)));
  }
  bytes_ = {static_cast<const std::byte*>(address), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

ZipReader::ZipReader(const std::string& path) : name_(path), file_(path), bytes_(file_.bytes()) {
  ReadEntries();
}

ZipReader::ZipReader(std::span<const std::byte> bytes, std::string name)
    : name_(std::move(name)), bytes_(bytes) {
  ReadEntries();
}

void ZipReader::Fail(const std::string& message) const {
  throw Error(fmt::format("{}: {}", name_, message), kDamagedHint);
}

const ZipEntry* ZipReader::Find(std::string_view entry_name) const {
  const auto found = index_.find(entry_name);
  return found == index_.end() ? nullptr : &entries_[found->second];
}

ZipReader::Directory ZipReader::FindDirectory() const {
  if (bytes_.size() >= 4 && U32(bytes_, 0) != kLocalMagic && U32(bytes_, 0) != kEndMagic) {
    Fail(
        fmt::format("not a zip archive: expected the first bytes 50 4b 03 04, got {:02x} {:02x} "
                    "{:02x} {:02x}",
                    std::to_integer<int>(bytes_[0]), std::to_integer<int>(bytes_[1]),
                    std::to_integer<int>(bytes_[2]), std::to_integer<int>(bytes_[3])));
  }
  const std::optional<size_t> end = FindEndRecord(bytes_);
  if (!end) {
    Fail(fmt::format("no zip directory at the end of its {} bytes (truncated?)", bytes_.size()));
  }

  // a zip64 locator right before the end record wins over the 16 and 32-bit fields
  if (*end >= kZip64LocatorSize && U32(bytes_, *end - kZip64LocatorSize) == kZip64LocatorMagic) {
    return ReadZip64Directory(*end - kZip64LocatorSize);
  }
  const Directory directory = {.num_entries = U16(bytes_, *end + 10),
                               .offset = U32(bytes_, *end + 16),
                               .size = U32(bytes_, *end + 12)};
  if (directory.num_entries == kInZip64Short || directory.offset == kInZip64Long ||
      directory.size == kInZip64Long) {
    Fail("its directory points to a zip64 record that is not there");
  }
  const unsigned disk = U16(bytes_, *end + 4);
  const unsigned directory_disk = U16(bytes_, *end + 6);
  if (disk != 0 || directory_disk != 0 || U16(bytes_, *end + 8) != directory.num_entries) {
    Fail(fmt::format("expected an archive on one disk, got disk {} of several", disk));
  }
  return directory;
}

ZipReader::Directory ZipReader::ReadZip64Directory(uint64_t locator_offset) const {
  const uint64_t offset = U64(bytes_, locator_offset + 8);
  if (!IsInside(offset, kZip64EndSize, locator_offset) || U32(bytes_, offset) != kZip64EndMagic) {
    Fail(fmt::format("no zip64 directory record at byte {}", offset));
  }
  if (U32(bytes_, offset + 16) != 0 || U32(bytes_, offset + 20) != 0 ||
      U64(bytes_, offset + 24) != U64(bytes_, offset + 32)) {
    Fail("expected an archive on one disk, got several");
  }
  return {.num_entries = U64(bytes_, offset + 32),
          .offset = U64(bytes_, offset + 48),
          .size = U64(bytes_, offset + 40)};
}

void ZipReader::ReadEntries() {
  const Directory directory = FindDirectory();
  if (!IsInside(directory.offset, directory.size, bytes_.size())) {
    Fail(fmt::format("its directory (bytes {} + {}) lies outside the file of {} bytes",
                     directory.offset, directory.size, bytes_.size()));
  }
  if (directory.num_entries > directory.size / kCentralSize) {
    Fail(fmt::format("its directory of {} bytes cannot hold {} entries", directory.size,
                     directory.num_entries));
  }

  // walk the records; each is a fixed part, the name, extra fields and a comment
  std::span<const std::byte> rest = bytes_.subspan(directory.offset, directory.size);
  entries_.reserve(directory.num_entries);
  for (uint64_t i = 0; i < directory.num_entries; ++i) {
    if (rest.size() < kCentralSize || U32(rest, 0) != kCentralMagic) {
      Fail(fmt::format("directory entry {} of {} is damaged", i, directory.num_entries));
    }
    const size_t name_size = U16(rest, 28);
    const size_t extra_size = U16(rest, 30);
    const size_t record_size = kCentralSize + name_size + extra_size + U16(rest, 32);
    if (record_size > rest.size()) {
      Fail(fmt::format("directory entry {} of {} runs over the end of the directory", i,
                       directory.num_entries));
    }
    entries_.push_back(ParseEntry(rest.first(record_size), name_size, extra_size));
    if (!index_.emplace(entries_.back().name, entries_.size() - 1).second) {
      Fail(fmt::format("two entries are named '{}'", entries_.back().name));
    }
    rest = rest.subspan(record_size);
  }
}

ZipEntry ZipReader::ParseEntry(std::span<const std::byte> record, size_t name_size,
                               size_t extra_size) const {
  const auto name_bytes = record.subspan(kCentralSize, name_size);
  ZipEntry entry = {
      .name = std::string(reinterpret_cast<const char*>(name_bytes.data()), name_bytes.size()),
      .method = U16(record, 10),
      .flags = U16(record, 8),
      .crc = U32(record, 16),
      .packed_size = U32(record, 20),
      .size = U32(record, 24),
      .header_offset = U32(record, 42)};
  ApplyZip64Extra(record.subspan(kCentralSize + name_size, extra_size), &entry);
  return entry;
}

void ZipReader::ApplyZip64Extra(std::span<const std::byte> extra, ZipEntry* entry) const {
  // the zip64 field holds, in this order, only those numbers whose 32-bit field is saturated
  uint64_t* const fields[] = {&entry->size, &entry->packed_size, &entry->header_offset};
  const bool needs_zip64 =
      std::any_of(std::begin(fields), std::end(fields),
                  [](const uint64_t* field) { return *field == kInZip64Long; });
  if (!needs_zip64) return;

  while (extra.size() >= 4) {
    const size_t field_size = U16(extra, 2);
    if (field_size > extra.size() - 4) break;
    std::span<const std::byte> data = extra.subspan(4, field_size);
    const bool is_zip64 = U16(extra, 0) == kZip64ExtraId;
    extra = extra.subspan(4 + field_size);
    if (!is_zip64) continue;

    for (uint64_t* const field : fields) {
      if (*field != kInZip64Long) continue;
      if (data.size() < 8) Fail(fmt::format("entry '{}': its zip64 field is cut", entry->name));
      *field = U64(data, 0);
      data = data.subspan(8);
    }
    return;
  }
  Fail(fmt::format("entry '{}': its zip64 field is missing", entry->name));
}

std::span<const std::byte> ZipReader::PackedBytes(const ZipEntry& entry) const {
  if ((entry.flags & kEncryptedFlag) != 0) {
    throw Error(fmt::format("{}: entry '{}' is encrypted", name_, entry.name),
                "unpack the archive and pack it again without a password");
  }
  const uint64_t offset = entry.header_offset;
  if (!IsInside(offset, kLocalSize, bytes_.size()) || U32(bytes_, offset) != kLocalMagic) {
    Fail(fmt::format("entry '{}': no entry header at byte {} of {}", entry.name, offset,
                     bytes_.size()));
  }

  // the local header repeats the name; its sizes may be 0 (streamed), the directory's count
  const uint64_t name_size = U16(bytes_, offset + 26);
  const uint64_t data_offset = offset + kLocalSize + name_size + U16(bytes_, offset + 28);
  if (!IsInside(data_offset, entry.packed_size, bytes_.size())) {
    Fail(fmt::format("entry '{}': its {} bytes at byte {} run over the end of the file ({} bytes)",
                     entry.name, entry.packed_size, data_offset, bytes_.size()));
  }
  const std::string_view local_name(
      reinterpret_cast<const char*>(bytes_.data() + offset + kLocalSize), name_size);
  if (local_name != entry.name) {
    Fail(fmt::format("entry '{}': the header at byte {} belongs to another entry", entry.name,
                     offset));
  }
  return bytes_.subspan(data_offset, entry.packed_size);
}

std::span<const std::byte> ZipReader::View(const ZipEntry& entry) const {
  if (entry.method != kStored) {
    throw Error(fmt::format("{}: entry '{}' has compression method {}, expected 0 (stored)", name_,
                            entry.name, entry.method),
                "pack the archive again without compression");
  }
  const std::span<const std::byte> packed = PackedBytes(entry);
  if (packed.size() != entry.size) {
    Fail(fmt::format("entry '{}': stored with {} bytes but said to hold {}", entry.name,
                     packed.size(), entry.size));
  }
  return packed;
}

std::vector<std::byte> ZipReader::Read(const ZipEntry& entry, uint64_t max_bytes) const {
  if (entry.method == kDeflated) return Inflate(entry, max_bytes);
  if (entry.method != kStored) {
    throw Error(fmt::format("{}: entry '{}' has compression method {}, expected 0 (stored) or 8 "
                            "(deflate)",
                            name_, entry.name, entry.method),
                "pack the archive again with deflate or without compression");
  }
  const std::span<const std::byte> packed = View(entry);
  if (packed.size() > max_bytes) {
    throw Error(fmt::format("{}: entry '{}' holds {} bytes, expected at most {}", name_, entry.name,
                            packed.size(), max_bytes));
  }
  CompareCrc(entry, packed);
  return {packed.begin(), packed.end()};
}

void ZipReader::CheckCrc(const ZipEntry& entry) const {
  CompareCrc(entry, View(entry));
}

void ZipReader::CompareCrc(const ZipEntry& entry, std::span<const std::byte> bytes) const {
  const uint32_t crc = Crc32(bytes);
  if (crc != entry.crc) {
    Fail(fmt::format("entry '{}': wrong checksum, expected CRC-32 {:08x}, got {:08x}", entry.name,
                     entry.crc, crc));
  }
}

std::vector<std::byte> ZipReader::Inflate(const ZipEntry& entry, uint64_t max_bytes) const {
  const std::span<const std::byte> packed = PackedBytes(entry);
  constexpr uint64_t kMaxChunk = std::numeric_limits<uInt>::max();
  const uint64_t possible = packed.size() * kMaxDeflateRatio + kDeflateSlack;
  if (entry.size > std::min({max_bytes, kMaxChunk, possible}) || packed.size() > kMaxChunk) {
    throw Error(fmt::format("{}: entry '{}' claims {} bytes from {} compressed ones, expected at "
                            "most {}",
                            name_, entry.name, entry.size, packed.size(),
                            std::min({max_bytes, kMaxChunk, possible})),
                kDamagedHint);
  }

  // raw deflate (no zlib header: negative window bits) in one call, into a buffer of the final size
  std::vector<std::byte> result(entry.size);
  std::byte empty_target = {};
  z_stream stream = {};
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.empty() ? &empty_target : result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
    throw Error(fmt::format("{}: not enough memory to inflate '{}'", name_, entry.name));
  }
  const int status = inflate(&stream, Z_FINISH);
  const uint64_t num_out = stream.total_out;
  const uint64_t num_in = stream.total_in;
  inflateEnd(&stream);

  if (status != Z_STREAM_END || num_out != entry.size || num_in != packed.size()) {
    Fail(
        fmt::format("entry '{}': its compressed bytes are damaged (zlib status {}), got {} of {} "
                    "bytes",
                    entry.name, status, num_out, entry.size));
  }
  CompareCrc(entry, result);
  return result;
}

}  // namespace libero
