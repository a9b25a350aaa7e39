#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/base/hdf5_handle.h"
#include "sim/base/npy.h"

namespace libero {

// An HDF5 file, open for reading. Groups and datasets are named by their path from the root,
// without a slash in front: "data/demo_0/actions"; the root itself is "/". Whatever HDF5 knows is
// read: chunks, gzip, any byte order, attributes in dense storage.
//
// Errors name file, path within it and reason. They are found when a thing is read: opening reads
// little more than the file's header. What is damaged inside a file is found as far as HDF5 looks:
// it checks most headers, and data only where they are compressed or checksummed; 1.10.8 may loop
// for ever on a damaged heap of strings. So files of strangers are not for a server to read.
//
// Not thread-safe, and more than usual: HDF5 has state for the whole process, so that, unless the
// library was built thread-safe, one thread at a time may use ANY of these objects.
class Hdf5File {
 public:
  // Throws Error if there is no such file, it cannot be read, is not an HDF5 file, or is shorter
  // than its header says.
  explicit Hdf5File(const std::filesystem::path& path);

  // The file's path, for messages.
  [[nodiscard]] const std::string& name() const { return name_; }

  // "FILE: /data/demo_0: ", with the attribute's name behind it if there is one: how the message
  // about a thing in the file starts.
  [[nodiscard]] std::string Where(const std::string& path, const std::string& attribute = "") const;

  // Whether there is a group or dataset of that path.
  [[nodiscard]] bool Has(const std::string& path) const;

  // The names in a group, in the order of their bytes. Throws Error if it is missing or no group.
  [[nodiscard]] std::vector<std::string> Names(const std::string& group) const;

  // The dimensions of a dataset; empty for a scalar. Throws Error if it is missing or no dataset.
  [[nodiscard]] std::vector<int64_t> Shape(const std::string& dataset) const;

  // A dataset's numbers, converted to `dtype`: kF64, kF32, kI64, kI32 or kU8 (CHECK). Floats may be
  // read from integers too, and both from booleans; integers that do not fit saturate. Throws Error
  // if the dataset is missing, holds floats where integers are wanted or no numbers at all, has no
  // or more than 2^32 elements of storage, or cannot be decoded.
  [[nodiscard]] NdArray Read(const std::string& dataset, DType dtype) const;

  // The same of rows [first, first + count) of its first dimension, which must be there (CHECK):
  // only the chunks that they are in are read.
  [[nodiscard]] NdArray ReadRows(const std::string& dataset, DType dtype, int64_t first,
                                 int64_t count) const;

  // The names of the attributes of a group or dataset, in the order of their bytes.
  [[nodiscard]] std::vector<std::string> AttributeNames(const std::string& path) const;

  // Whether a path is a group; false for datasets.
  [[nodiscard]] bool IsGroup(const std::string& path) const;

  // "f64", "u8", "text", ...: how a dataset's elements are stored. Throws Error if it is missing or
  // no dataset.
  [[nodiscard]] std::string TypeName(const std::string& dataset) const;

  // Attributes of a group or dataset; the errors are those of Read.
  [[nodiscard]] bool HasAttribute(const std::string& path, const std::string& attribute) const;
  [[nodiscard]] NdArray ReadAttribute(const std::string& path, const std::string& attribute,
                                      DType dtype) const;

  // A string of fixed or variable length, without its padding. Throws Error if the attribute is
  // missing or not one string.
  [[nodiscard]] std::string ReadText(const std::string& path, const std::string& attribute) const;

 private:
  std::string name_;
  Hdf5Handle file_;
};

}  // namespace libero
