#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "sim/base/hdf5_handle.h"

namespace libero {

// How the numbers of a dataset are stored.
struct Hdf5Storage {
  // Rows (of the first dimension) of a chunk; 0: one contiguous block, never compressed.
  int64_t chunk_rows = 0;
  int gzip_level = 0;  // 1..9; 0: as they are
};

// A piece of a dataset that is compressed already, as gzip's filter stores it (a zlib stream).
using DeflatedChunk = std::vector<uint8_t>;

// Compresses by zlib; `level` 1..9. A pure function: any thread may call it.
[[nodiscard]] DeflatedChunk Deflate(std::span<const uint8_t> bytes, int level);

// An HDF5 file that is being written, in the format that h5py writes: readable by HDF5 1.8 and
// later. It is written under a temporary name beside its own, "<name>.<pid>.tmp", and appears under
// its name with Finish(), whole; without Finish() nothing is left of it. Equal calls make equal
// bytes: no times are stored.
//
// Groups on the way to an object are made. Errors (a disk that is full, above all) name the file;
// what is wrong with the calls themselves is a failed CHECK. Not thread-safe: see Hdf5File.
class Hdf5Output {
 public:
  // Throws Error if the file cannot be made.
  explicit Hdf5Output(std::filesystem::path path);
  ~Hdf5Output();
  Hdf5Output(const Hdf5Output&) = delete;
  Hdf5Output& operator=(const Hdf5Output&) = delete;

  void AddGroup(const std::string& path);

  // Datasets in C order; the shape's product is the number of values.
  void Add(const std::string& path, const std::vector<uint64_t>& shape,
           std::span<const double> values, const Hdf5Storage& storage = {});
  void Add(const std::string& path, const std::vector<uint64_t>& shape,
           std::span<const uint8_t> values, const Hdf5Storage& storage = {});

  // A dataset of u8, a chunk a row; `row_shape` is the shape of one. Each chunk is what Deflate
  // makes of a row, at this level, which is only noted.
  void AddDeflated(const std::string& path, const std::vector<uint64_t>& row_shape,
                   std::span<const DeflatedChunk> rows, int gzip_level);

  // Attributes of a group or dataset that is there: a scalar, a vector, text (of variable length).
  void SetAttribute(const std::string& path, const std::string& name, int64_t value);
  void SetAttribute(const std::string& path, const std::string& name,
                    std::span<const double> value);
  void SetAttribute(const std::string& path, const std::string& name, const std::string& text);

  // Copies a group of a file with all that is in it, compressed data as they are. Throws Error if
  // the file cannot be read or the group is not there.
  void CopyGroup(const std::filesystem::path& file, const std::string& group,
                 const std::string& path);

  // Completes the file under its own name; nothing may be added then.
  void Finish();

 private:
  void AddDataset(const std::string& path, int64_t type, const std::vector<uint64_t>& shape,
                  const void* values, const Hdf5Storage& storage);
  void AddAttribute(const std::string& path, const std::string& name, int64_t type,
                    const Hdf5Handle& space, const void* value);
  [[noreturn]] void Fail(const std::string& reason) const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  Hdf5Handle file_;
};

}  // namespace libero
