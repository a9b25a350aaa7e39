#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace libero {

// Bytes of a file format, as text, for the tests of the readers.
inline std::span<const std::byte> AsBytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// `value` as `size` little-endian bytes, zeros from the ninth on.
inline std::string Little(uint64_t value, size_t size) {
  std::string result;
  for (size_t i = 0; i < size; ++i)
    result.push_back(static_cast<char>(i < 8 ? value >> (8 * i) : 0));
  return result;
}

// The bytes of a whole file. Throws if it cannot be read.
inline std::string ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A raw deflate stream of `text`, as zip archives hold it.
inline std::string Deflate(std::string_view text) {
  z_stream stream = {};
  if (deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("deflateInit2");
  }
  std::string result(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

// Writes zip archives, also ones that lie: every field can be changed before Finish().
struct ZipBuilder {
  struct Entry {
    std::string name;
    std::string local_name;
    std::string packed;
    uint64_t size = 0;
    uint64_t packed_size = 0;
    uint32_t crc = 0;
    uint16_t method = 0;
    uint16_t flags = 0;
    uint64_t extra_offset = 0;  // added to the offset of the local header
  };
  std::vector<Entry> entries;
  bool is_zip64 = false;  // all sizes and offsets in zip64 records
  std::string comment;

  Entry& Add(const std::string& name, std::string_view data, bool is_deflated = false) {
    const std::string packed = is_deflated ? Deflate(data) : std::string(data);
    entries.push_back({.name = name,
                       .local_name = name,
                       .packed = packed,
                       .size = data.size(),
                       .packed_size = packed.size(),
                       .crc = static_cast<uint32_t>(
                           crc32_z(0, reinterpret_cast<const Bytef*>(data.data()), data.size())),
                       .method = static_cast<uint16_t>(is_deflated ? 8 : 0)});
    return entries.back();
  }

  [[nodiscard]] std::string Finish() const {
    std::string body;
    std::string directory;
    for (const Entry& entry : entries) {
      directory += CentralRecord(entry, body.size() + entry.extra_offset);
      body += "PK\x03\x04" + Little(20, 2) + Little(entry.flags, 2) + Little(entry.method, 2) +
              Little(0, 16) + Little(entry.local_name.size(), 2) + Little(0, 2) + entry.local_name +
              entry.packed;
    }
    return body + directory + EndRecords(body.size(), directory.size());
  }

 private:
  [[nodiscard]] std::string CentralRecord(const Entry& entry, uint64_t offset) const {
    const uint64_t saturated = 0xffffffff;
    // an unrelated field first: readers must step over it
    const std::string extra = Little(0x5455, 2) + Little(1, 2) + "x" + Little(1, 2) +
                              Little(24, 2) + Little(entry.size, 8) + Little(entry.packed_size, 8) +
                              Little(offset, 8);
    return "PK\x01\x02" + Little(20, 2) + Little(20, 2) + Little(entry.flags, 2) +
           Little(entry.method, 2) + Little(0, 4) + Little(entry.crc, 4) +
           Little(is_zip64 ? saturated : entry.packed_size, 4) +
           Little(is_zip64 ? saturated : entry.size, 4) + Little(entry.name.size(), 2) +
           Little(is_zip64 ? extra.size() : 0, 2) + Little(0, 2) + Little(0, 8) +
           Little(is_zip64 ? saturated : offset, 4) + entry.name + (is_zip64 ? extra : "");
  }

  [[nodiscard]] std::string EndRecords(uint64_t offset, uint64_t size) const {
    const uint64_t count = entries.size();
    std::string result;
    if (is_zip64) {
      result = "PK\x06\x06" + Little(44, 8) + Little(45, 2) + Little(45, 2) + Little(0, 8) +
               Little(count, 8) + Little(count, 8) + Little(size, 8) + Little(offset, 8);
      result += "PK\x06\x07" + Little(0, 4) + Little(offset + size, 8) + Little(1, 4);
    }
    return result + "PK\x05\x06" + Little(0, 4) + Little(is_zip64 ? 0xffff : count, 2) +
           Little(is_zip64 ? 0xffff : count, 2) + Little(is_zip64 ? 0xffffffff : size, 4) +
           Little(is_zip64 ? 0xffffffff : offset, 4) + Little(comment.size(), 2) + comment;
  }
};

}  // namespace libero
