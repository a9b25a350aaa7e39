#include "sim/base/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace libero {
namespace {

struct DTypeRow {
  DType dtype;
  size_t size;
  std::string_view name;
  std::string_view numpy_code;  // empty: numpy has no such type
};

constexpr std::array<DTypeRow, 10> kDTypes = {{{DType::kBool, 1, "bool", "b1"},
                                               {DType::kU8, 1, "u8", "u1"},
                                               {DType::kI8, 1, "i8", "i1"},
                                               {DType::kI16, 2, "i16", "i2"},
                                               {DType::kI32, 4, "i32", "i4"},
                                               {DType::kI64, 8, "i64", "i8"},
                                               {DType::kF16, 2, "f16", "f2"},
                                               {DType::kBF16, 2, "bf16", ""},
                                               {DType::kF32, 4, "f32", "f4"},
                                               {DType::kF64, 8, "f64", "f8"}}};

const DTypeRow& RowOf(DType dtype) {
  const auto index = static_cast<size_t>(dtype);
  LIBERO_CHECK(index < kDTypes.size() && kDTypes[index].dtype == dtype);
  return kDTypes[index];
}

constexpr std::string_view kMagic = "\x93NUMPY";
// numpy itself refuses headers over 10000 bytes; arrays we read need about 128
constexpr size_t kMaxHeaderSize = 10000;

// The header of one .npy file: a Python dict literal of exactly three keys, such as
// {'descr': '<f8', 'fortran_order': False, 'shape': (50, 47), }
struct NpyHeader {
  DType dtype = DType::kF64;
  bool is_fortran_order = false;
  std::vector<int64_t> shape;
};

// Reads that literal; nothing else of Python's grammar.
class NpyHeaderParser {
 public:
  NpyHeaderParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  NpyHeader Parse() {
    Expect('{');
    while (!Accept('}')) {
      const std::string_view key = ParseString("a key");
      Expect(':');
      ParseValue(key);
      if (!Accept(',')) {
        Expect('}');
        break;
      }
    }
    if (Peek() != '\0') Fail("the end of the header");
    if (!has_descr_ || !has_order_ || !has_shape_) {
      Fail("the keys 'descr', 'fortran_order' and 'shape'");
    }
    return std::move(header_);
  }

 private:
  [[noreturn]] void Fail(std::string_view expected) const {
    throw Error(fmt::format("{}: npy header, byte {}: expected {}", name_, position_, expected),
                "the file is damaged, or not written by numpy.save");
  }

  // The next character that is no white space; '\0' at the end.
  char Peek() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n')) {
      ++position_;
    }
    return position_ < text_.size() ? text_[position_] : '\0';
  }

  bool Accept(char character) {
    if (Peek() != character) return false;
    ++position_;
    return true;
  }

  void Expect(char character) {
    if (!Accept(character)) Fail(fmt::format("'{}'", character));
  }

  bool AcceptWord(std::string_view word) {
    Peek();
    if (text_.substr(position_, word.size()) != word) return false;
    position_ += word.size();
    return true;
  }

  std::string_view ParseString(std::string_view what) {
    if (!Accept('\'')) Fail(what);
    const size_t end = text_.find('\'', position_);
    if (end == std::string_view::npos) Fail("a closing quote");
    const std::string_view result = text_.substr(position_, end - position_);
    position_ = end + 1;
    return result;
  }

  void ParseValue(std::string_view key) {
    if (key == "descr") {
      has_descr_ = true;
      ParseDescr();
    } else if (key == "fortran_order") {
      has_order_ = true;
      header_.is_fortran_order = AcceptWord("True");
      if (!header_.is_fortran_order && !AcceptWord("False")) Fail("True or False");
    } else if (key == "shape") {
      has_shape_ = true;
      ParseShape();
    } else {
      Fail("one of the keys 'descr', 'fortran_order' and 'shape'");
    }
  }

  void ParseDescr() {
    if (Peek() == '[') {
      throw Error(fmt::format("{}: expected an array of numbers, got a structured array", name_),
                  "save the fields as separate arrays");
    }
    const std::string_view descr = ParseString("an element type such as '<f8'");
    const std::string_view code = descr.substr(std::min<size_t>(1, descr.size()));
    const std::optional<DType> dtype = DTypeFromNumpy(code);
    const bool has_order = !descr.empty() && (descr[0] == '<' || descr[0] == '|');
    if (!dtype || !has_order || (descr[0] == '|' && ItemSize(*dtype) != 1)) {
      throw Error(fmt::format("{}: expected little-endian elements of type f8, f4, f2, i8, i4, i2, "
                              "i1, u1 or b1, got '{}'",
                              name_, descr),
                  "convert the array with numpy: array.astype('<f8')");
    }
    header_.dtype = *dtype;
  }

  void ParseShape() {
    Expect('(');
    header_.shape.clear();
    while (!Accept(')')) {
      Peek();
      int64_t dimension = 0;
      const char* const begin = text_.data() + position_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), dimension);
      if (error != std::errc()) Fail("a dimension of at most 63 bits");
      position_ += static_cast<size_t>(end - begin);
      header_.shape.push_back(dimension);
      if (!Accept(',')) {
        Expect(')');
        break;
      }
    }
  }

  std::string_view text_;
  const std::string& name_;
  size_t position_ = 0;
  bool has_descr_ = false;
  bool has_order_ = false;
  bool has_shape_ = false;
  NpyHeader header_;
};

// Splits the file into the header's text and the elements' bytes.
std::pair<std::string_view, std::span<const std::byte>> SplitNpy(std::span<const std::byte> bytes,
                                                                 const std::string& name) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(kMagic)) {
    throw Error(
        fmt::format("{}: not an npy file: expected the first bytes 93 4e 55 4d 50 59", name),
        "save the array with numpy.save");
  }
  const unsigned version = text.size() > 6 ? std::to_integer<unsigned>(bytes[6]) : 0;
  if (version < 1 || version > 3) {
    throw Error(fmt::format("{}: expected npy format version 1, 2 or 3, got {}", name, version),
                "save the array again with a current numpy");
  }

  // the header's length has 2 bytes in version 1, 4 since then
  const size_t length_size = version == 1 ? 2 : 4;
  size_t header_size = 0;
  if (bytes.size() >= 8 + length_size) {
    for (size_t i = 0; i < length_size; ++i) {
      header_size |= std::to_integer<size_t>(bytes[8 + i]) << (8 * i);
    }
  }
  const size_t header_offset = 8 + length_size;
  if (bytes.size() < header_offset || header_size > bytes.size() - header_offset) {
    throw Error(fmt::format("{}: truncated npy header: {} bytes in the file, {} in the header",
                            name, bytes.size(), header_size),
                "the file is not complete; copy it again");
  }
  if (header_size > kMaxHeaderSize) {
    throw Error(fmt::format("{}: expected an npy header of at most {} bytes, got {}", name,
                            kMaxHeaderSize, header_size));
  }
  return {text.substr(header_offset, header_size), bytes.subspan(header_offset + header_size)};
}

}  // namespace

size_t ItemSize(DType dtype) {
  return RowOf(dtype).size;
}

std::string_view DTypeName(DType dtype) {
  return RowOf(dtype).name;
}

std::optional<DType> DTypeFromNumpy(std::string_view code) {
  for (const DTypeRow& row : kDTypes) {
    if (!code.empty() && row.numpy_code == code) return row.dtype;
  }
  return std::nullopt;
}

std::optional<int64_t> CountElements(std::span<const int64_t> shape) {
  if (shape.size() > kMaxRank) return std::nullopt;
  if (std::any_of(shape.begin(), shape.end(), [](int64_t size) { return size < 0; })) {
    return std::nullopt;
  }
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (__builtin_mul_overflow(count, size, &count)) return std::nullopt;
  }
  return count;
}

std::string ShapeName(std::span<const int64_t> shape) {
  return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

NdArray MakeNdArray(DType dtype, std::span<const int64_t> shape, bool is_fortran_order,
                    std::span<const std::byte> bytes) {
  const std::optional<int64_t> count = CountElements(shape);
  const size_t item_size = ItemSize(dtype);
  LIBERO_CHECK(count && bytes.size() % item_size == 0 &&
               bytes.size() / item_size == static_cast<size_t>(*count));
  NdArray array = {
      .dtype = dtype, .shape = {shape.begin(), shape.end()}, .data = {bytes.begin(), bytes.end()}};
  if (!is_fortran_order || shape.size() < 2) return array;

  // walk the source in its order (first index fastest) and keep the C-order target position
  std::vector<size_t> strides(shape.size(), item_size);
  for (size_t axis = shape.size() - 1; axis > 0; --axis) {
    strides[axis - 1] = strides[axis] * static_cast<size_t>(shape[axis]);
  }
  std::vector<int64_t> index(shape.size(), 0);
  size_t target = 0;
  for (size_t source = 0; source < bytes.size(); source += item_size) {
    std::memcpy(array.data.data() + target, bytes.data() + source, item_size);
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      target += strides[axis];
      if (++index[axis] < shape[axis]) break;
      target -= strides[axis] * static_cast<size_t>(shape[axis]);
      index[axis] = 0;
    }
  }
  return array;
}

NdArray ParseNpy(std::span<const std::byte> bytes, const std::string& name) {
  const auto [header_text, data] = SplitNpy(bytes, name);
  const NpyHeader header = NpyHeaderParser(header_text, name).Parse();

  // bytes, not elements, are compared, so that no product can overflow
  const std::optional<int64_t> count = CountElements(header.shape);
  const size_t item_size = ItemSize(header.dtype);
  if (!count || data.size() % item_size != 0 ||
      data.size() / item_size != static_cast<size_t>(*count)) {
    throw Error(fmt::format("{}: shape {} of {} does not match the {} bytes of data", name,
                            ShapeName(header.shape), DTypeName(header.dtype), data.size()),
                "the file is damaged or not complete; copy it again");
  }
  return MakeNdArray(header.dtype, header.shape, header.is_fortran_order, data);
}

NdArray ReadNpy(const std::string& path) {
  const MappedFile file(path);
  return ParseNpy(file.bytes(), path);
}

NdArray ReadNpzArray(const ZipReader& npz, std::string_view key) {
  const ZipEntry* const entry = npz.Find(fmt::format("{}.npy", key));
  if (entry == nullptr) {
    std::vector<std::string> names;
    for (const ZipEntry& other : npz.entries()) names.push_back(other.name);
    throw Error(fmt::format("{}: no array '{}' ('{}.npy') among its entries: {}", npz.name(), key,
                            key, fmt::join(names, ", ")),
                fmt::format("save it with numpy.savez(path, {}=array)", key));
  }
  return ParseNpy(npz.Read(*entry), fmt::format("{}: {}", npz.name(), entry->name));
}

}  // namespace libero
