#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/base/hdf5_handle.h"

namespace libero {

// Writes small HDF5 files for tests, as h5py does. Groups on the way to a dataset are made; objects
// that attributes are given to must be there. Whatever fails is a failed CHECK. The file is
// complete when the writer is gone.
class Hdf5Writer {
 public:
  explicit Hdf5Writer(const std::filesystem::path& path);

  void Group(const std::string& path);

  // Datasets of f64, f32, i32 and u8, C order; `Compressed` in chunks of one row, by gzip.
  void F64(const std::string& path, const std::vector<uint64_t>& shape,
           const std::vector<double>& values);
  void F32(const std::string& path, const std::vector<uint64_t>& shape,
           const std::vector<float>& values);
  void I32(const std::string& path, const std::vector<uint64_t>& shape,
           const std::vector<int32_t>& values);
  void U8(const std::string& path, const std::vector<uint64_t>& shape,
          const std::vector<uint8_t>& values);
  void Compressed(const std::string& path, const std::vector<uint64_t>& shape,
                  const std::vector<double>& values);

  // Booleans as numpy's: an enumeration of i8.
  void Bool(const std::string& path, const std::vector<int8_t>& values);

  // Attributes: scalars, one dimension, and text of variable or of fixed length.
  void Attribute(const std::string& path, const std::string& name, int64_t value);
  void Attribute(const std::string& path, const std::string& name,
                 const std::vector<double>& values);
  void Attribute(const std::string& path, const std::string& name, const std::string& text);
  void FixedAttribute(const std::string& path, const std::string& name, const std::string& text,
                      bool pads_with_blanks = false);
  void EmptyAttribute(const std::string& path, const std::string& name);

 private:
  void Dataset(const std::string& path, int64_t type, const std::vector<uint64_t>& shape,
               const void* values, bool compresses = false);
  void WriteAttribute(const std::string& path, const std::string& name, int64_t type,
                      const Hdf5Handle& space, const void* value);

  Hdf5Handle file_;
};

}  // namespace libero
