#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace libero {

// A whole file mapped read-only into memory: opening it reads nothing, pages come in when touched.
// Move-only; the bytes live as long as this object and are not copied by a move. The file must not
// be shortened while it is mapped (the kernel answers a touch behind its end with SIGBUS).
class MappedFile {
 public:
  // Maps nothing; bytes() is empty.
  MappedFile() = default;

  // Throws Error when the file cannot be opened or is not a regular file. An empty file is fine.
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;  // null and empty when moved from or when the file is empty
};

// One file of a zip archive, as its central directory describes it. Nothing here is trusted:
// ZipReader checks every number again before it follows it.
struct ZipEntry {
  std::string name;            // as stored: with '/' between folders, not normalised
  uint16_t method = 0;         // 0 stored, 8 deflate; others can be listed but not read
  uint16_t flags = 0;          // general purpose flags; bit 0: encrypted
  uint32_t crc = 0;            // CRC-32 of the uncompressed bytes
  uint64_t packed_size = 0;    // bytes in the archive
  uint64_t size = 0;           // bytes after inflation
  uint64_t header_offset = 0;  // of the local header, from the start of the archive
};

// A zip archive, read-only: stored and deflated entries, zip64 sizes and offsets, one disk, no
// encryption. Every problem of the file (truncated, wrong magic, offsets or sizes out of range,
// duplicate names, wrong checksum) is an Error that names the archive, the place and both numbers.
// Memory used is bounded by the archive's size, except for inflation, which has its own limit.
// Threads: const methods may run at the same time.
// source: PKWARE@APPNOTE-6.3.10:sections 4.3 and 4.5
class ZipReader {
 public:
  // Inflating one entry allocates at most this much unless Read is told otherwise.
  static constexpr uint64_t kDefaultMaxBytes = uint64_t{1} << 30;

  // Maps the file and reads its central directory; the entries' bytes are not touched.
  explicit ZipReader(const std::string& path);

  // The same over bytes that the caller owns and keeps alive. `name` stands for the path in errors.
  ZipReader(std::span<const std::byte> bytes, std::string name);

  // The path, or the name given to the constructor.
  [[nodiscard]] const std::string& name() const { return name_; }

  // In the order of the central directory; names are unique.
  [[nodiscard]] const std::vector<ZipEntry>& entries() const { return entries_; }

  // The entry of exactly this name, owned by the reader, or null when there is none.
  [[nodiscard]] const ZipEntry* Find(std::string_view entry_name) const;

  // The entry's uncompressed bytes (entry.size of them), a copy; the CRC-32 is checked.
  // Throws Error on a damaged entry, an unknown method, encryption, or more than `max_bytes`.
  [[nodiscard]] std::vector<std::byte> Read(const ZipEntry& entry,
                                            uint64_t max_bytes = kDefaultMaxBytes) const;

  // The bytes of a stored entry, in place: no copy, no page touched but the local header's, and for
  // that reason the CRC-32 is NOT checked (CheckCrc does). The view lives as long as the archive's
  // bytes and has no particular alignment. Throws Error if the entry is compressed or out of range.
  [[nodiscard]] std::span<const std::byte> View(const ZipEntry& entry) const;

  // Reads a stored entry once and compares its CRC-32. Throws Error if it is compressed or wrong.
  void CheckCrc(const ZipEntry& entry) const;

 private:
  struct Directory {
    uint64_t num_entries = 0;
    uint64_t offset = 0;
    uint64_t size = 0;
  };

  [[noreturn]] void Fail(const std::string& message) const;
  void ReadEntries();
  [[nodiscard]] Directory FindDirectory() const;
  [[nodiscard]] Directory ReadZip64Directory(uint64_t locator_offset) const;
  [[nodiscard]] ZipEntry ParseEntry(std::span<const std::byte> record, size_t name_size,
                                    size_t extra_size) const;
  void ApplyZip64Extra(std::span<const std::byte> extra, ZipEntry* entry) const;
  [[nodiscard]] std::span<const std::byte> PackedBytes(const ZipEntry& entry) const;
  [[nodiscard]] std::vector<std::byte> Inflate(const ZipEntry& entry, uint64_t max_bytes) const;
  void CompareCrc(const ZipEntry& entry, std::span<const std::byte> bytes) const;

  std::string name_;
  MappedFile file_;                   // empty when the caller owns the bytes
  std::span<const std::byte> bytes_;  // the whole archive
  std::vector<ZipEntry> entries_;
  std::map<std::string, size_t, std::less<>> index_;  // name -> position in entries_
};

}  // namespace libero
