#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/zip_reader.h"

namespace libero {

// Element types of the arrays and tensors that files bring. Little-endian everywhere.
enum class DType { kBool, kU8, kI8, kI16, kI32, kI64, kF16, kBF16, kF32, kF64 };

// Bytes per element: 1, 2, 4 or 8.
[[nodiscard]] size_t ItemSize(DType dtype);

// "bool", "u8", "i8", "i16", "i32", "i64", "f16", "bf16", "f32" or "f64", for messages.
[[nodiscard]] std::string_view DTypeName(DType dtype);

// The type numpy writes as `code`, without the byte order: "f8", "f4", "f2", "i8", "i4", "i2",
// "i1", "u1" or "b1". Empty for any other: unsigned 16 to 64, complex, text, dates, objects.
[[nodiscard]] std::optional<DType> DTypeFromNumpy(std::string_view code);

// The product of `shape`: 1 for a scalar, 0 if any dimension is 0. Empty if a dimension is negative
// or the product does not fit 63 bits; more than kMaxRank dimensions count as that too.
[[nodiscard]] std::optional<int64_t> CountElements(std::span<const int64_t> shape);
inline constexpr size_t kMaxRank = 32;

// "(50, 47)", "(3,)", "()": a shape as numpy prints it.
[[nodiscard]] std::string ShapeName(std::span<const int64_t> shape);

// A dense array that owns its elements, always in C order (last index fastest).
struct NdArray {
  DType dtype = DType::kF64;
  std::vector<int64_t> shape;   // each >= 0; empty: a scalar
  std::vector<std::byte> data;  // product of shape × ItemSize(dtype) bytes, aligned for any dtype

  [[nodiscard]] size_t num_elements() const { return data.size() / ItemSize(dtype); }

  // The elements as T, which must be the C++ type of `dtype` (CHECK): double for kF64, float for
  // kF32, intN_t for kIN, uint8_t for kU8 and kBool (0 or 1). kF16 and kBF16 have no such type:
  // uint16_t gives their bits. The view lives as long as the array.
  template <typename T>
  [[nodiscard]] std::span<const T> values() const {
    LIBERO_CHECK(Holds<T>(dtype));
    return {reinterpret_cast<const T*>(data.data()), num_elements()};
  }

 private:
  template <typename T>
  static bool Holds(DType dtype) {
    if constexpr (std::is_same_v<T, double>) return dtype == DType::kF64;
    if constexpr (std::is_same_v<T, float>) return dtype == DType::kF32;
    if constexpr (std::is_same_v<T, int64_t>) return dtype == DType::kI64;
    if constexpr (std::is_same_v<T, int32_t>) return dtype == DType::kI32;
    if constexpr (std::is_same_v<T, int16_t>) return dtype == DType::kI16;
    if constexpr (std::is_same_v<T, int8_t>) return dtype == DType::kI8;
    if constexpr (std::is_same_v<T, uint8_t>) return dtype == DType::kU8 || dtype == DType::kBool;
    if constexpr (std::is_same_v<T, uint16_t>) return dtype == DType::kF16 || dtype == DType::kBF16;
    return false;
  }
};

// Makes an array of elements in Fortran order (first index fastest) or C order, a copy.
// Requires `bytes` to hold exactly the elements of `shape` (CHECK).
[[nodiscard]] NdArray MakeNdArray(DType dtype, std::span<const int64_t> shape,
                                  bool is_fortran_order, std::span<const std::byte> bytes);

// Reads one .npy file: versions 1, 2 and 3 of the format, the types of DTypeFromNumpy in
// little-endian, C or Fortran order (the result is in C order). `name` stands for the path in
// errors. Throws Error on anything else: wrong magic, big-endian, structured or object arrays, a
// damaged header, fewer or more bytes than the shape needs. Allocates at most about bytes.size().
// source: numpy@2.2.6:numpy/lib/format.py (module comment)
[[nodiscard]] NdArray ParseNpy(std::span<const std::byte> bytes, const std::string& name);

// ParseNpy of a file. Throws Error if it cannot be read.
[[nodiscard]] NdArray ReadNpy(const std::string& path);

// The array that numpy.savez stored under `key` (the entry "<key>.npy"). Throws Error, with the
// keys that are there, if there is none; and as ZipReader::Read and ParseNpy do.
[[nodiscard]] NdArray ReadNpzArray(const ZipReader& npz, std::string_view key);

}  // namespace libero
