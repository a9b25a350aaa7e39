#include "sim/base/hdf5_file.h"

#include <fmt/format.h>
#include <hdf5.h>

#include <cstring>
#include <memory>
#include <string_view>

#include "sim/base/check.h"

namespace libero {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxBytes = uint64_t{1} << 32;  // of one array: more is a damaged header

// A dataset or an attribute, opened. `where` starts messages about it.
struct Stored {
  std::string where;
  bool is_attribute = false;
  Hdf5Handle handle;
  Hdf5Handle type;
  Hdf5Handle space;
};

hid_t MemoryType(DType dtype) {
  if (dtype == DType::kF64) return H5T_NATIVE_DOUBLE;
  if (dtype == DType::kF32) return H5T_NATIVE_FLOAT;
  if (dtype == DType::kI64) return H5T_NATIVE_INT64;
  if (dtype == DType::kI32) return H5T_NATIVE_INT32;
  LIBERO_CHECK(dtype == DType::kU8);
  return H5T_NATIVE_UINT8;
}

// "f64", "u8", "text", ...
std::string NameOf(const Hdf5Handle& type) {
  const H5T_class_t type_class = H5Tget_class(type.id());
  const size_t bits = 8 * H5Tget_size(type.id());
  if (type_class == H5T_FLOAT) return fmt::format("f{}", bits);
  if (type_class == H5T_INTEGER) {
    return fmt::format("{}{}", H5Tget_sign(type.id()) == H5T_SGN_NONE ? 'u' : 'i', bits);
  }
  if (type_class == H5T_STRING) return "text";
  if (type_class == H5T_ENUM) return "an enumeration";
  return "another type";
}

// Throws Error unless numbers of this type can be read as `dtype`.
void CheckNumeric(const Stored& stored, DType dtype) {
  const H5T_class_t type_class = H5Tget_class(stored.type.id());
  const bool wants_floats = dtype == DType::kF64 || dtype == DType::kF32;
  if (type_class == H5T_INTEGER || type_class == H5T_ENUM) return;
  if (type_class == H5T_FLOAT && wants_floats) return;
  throw Error(fmt::format("{}expected {}, got {}", stored.where,
                          wants_floats ? "numbers" : "integers", NameOf(stored.type)));
}

std::vector<int64_t> ReadShape(const Stored& stored, const Hdf5ErrorScope& errors) {
  const H5S_class_t space_class = H5Sget_simple_extent_type(stored.space.id());
  if (space_class == H5S_NULL) throw Error(stored.where + "expected values, got none");
  std::vector<hsize_t> dimensions(H5S_MAX_RANK);
  const int rank = H5Sget_simple_extent_dims(stored.space.id(), dimensions.data(), nullptr);
  if (rank < 0) throw Error(fmt::format("{}cannot read: {}", stored.where, errors.Reason()));
  return {dimensions.begin(), dimensions.begin() + rank};
}

// Rows of a dataset.
struct Rows {
  int64_t first = 0;
  int64_t count = 0;
};

// The part of a dataset's space that rows are.
Hdf5Handle SelectRows(const Stored& stored, const std::vector<int64_t>& shape, const Rows& rows) {
  Hdf5Handle space(H5Scopy(stored.space.id()));
  std::vector<hsize_t> start(shape.size(), 0);
  std::vector<hsize_t> count(shape.begin(), shape.end());
  start.at(0) = static_cast<hsize_t>(rows.first);
  count.at(0) = static_cast<hsize_t>(rows.count);
  LIBERO_CHECK(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(),
                                   nullptr) >= 0);
  return space;
}

// `rows`, null for all, are of a dataset.
NdArray ReadNumbers(const Stored& stored, DType dtype, const Hdf5ErrorScope& errors,
                    const Rows* rows = nullptr) {
  CheckNumeric(stored, dtype);
  NdArray array{.dtype = dtype, .shape = ReadShape(stored, errors)};
  Hdf5Handle file_space;
  if (rows != nullptr) {
    LIBERO_CHECK(!array.shape.empty() && rows->first >= 0 && rows->count >= 0 &&
                 rows->first + rows->count <= array.shape[0]);
    file_space = SelectRows(stored, array.shape, *rows);
    array.shape[0] = rows->count;
  }
  const std::optional<int64_t> count = CountElements(array.shape);
  const uint64_t size = ItemSize(dtype);
  if (!count || static_cast<uint64_t>(*count) > kMaxBytes / size) {
    throw Error(fmt::format("{}{} is too large to be read: more than {} GB", stored.where,
                            ShapeName(array.shape), kMaxBytes >> 30),
                "the file is probably damaged");
  }
  array.data.resize(static_cast<size_t>(*count) * size);
  if (array.data.empty()) return array;
  const hid_t type = MemoryType(dtype);
  const std::vector<hsize_t> dimensions(array.shape.begin(), array.shape.end());
  const Hdf5Handle memory_space(
      rows == nullptr
          ? -1
          : H5Screate_simple(static_cast<int>(dimensions.size()), dimensions.data(), nullptr));
  const auto or_all = [](const Hdf5Handle& space) {
    return space.is_open() ? space.id() : H5S_ALL;
  };
  const herr_t status = stored.is_attribute
                            ? H5Aread(stored.handle.id(), type, array.data.data())
                            : H5Dread(stored.handle.id(), type, or_all(memory_space),
                                      or_all(file_space), H5P_DEFAULT, array.data.data());
  if (status < 0) {
    throw Error(fmt::format("{}cannot read: {}", stored.where, errors.Reason()),
                "the file is probably damaged: copy or download it again");
  }
  return array;
}

Stored OpenDataset(const Hdf5Handle& file, const std::string& path, std::string where,
                   const Hdf5ErrorScope& errors) {
  Stored stored{.where = std::move(where)};
  stored.handle = Hdf5Handle(H5Dopen2(file.id(), path.c_str(), H5P_DEFAULT));
  if (!stored.handle.is_open()) {
    throw Error(fmt::format("{}expected a dataset: {}", stored.where, errors.Reason()));
  }
  stored.type = Hdf5Handle(H5Dget_type(stored.handle.id()));
  stored.space = Hdf5Handle(H5Dget_space(stored.handle.id()));
  return stored;
}

Stored OpenAttribute(const Hdf5Handle& file, const std::string& path, const std::string& attribute,
                     std::string where, const Hdf5ErrorScope& errors) {
  Stored stored{.where = std::move(where), .is_attribute = true};
  stored.handle = Hdf5Handle(
      H5Aopen_by_name(file.id(), path.c_str(), attribute.c_str(), H5P_DEFAULT, H5P_DEFAULT));
  if (!stored.handle.is_open()) {
    throw Error(fmt::format("{}expected an attribute: {}", stored.where, errors.Reason()));
  }
  stored.type = Hdf5Handle(H5Aget_type(stored.handle.id()));
  stored.space = Hdf5Handle(H5Aget_space(stored.handle.id()));
  return stored;
}

std::string ReadVariableText(const Stored& text, const Hdf5ErrorScope& errors) {
  char* characters = nullptr;
  if (H5Aread(text.handle.id(), text.type.id(), static_cast<void*>(&characters)) < 0) {
    throw Error(fmt::format("{}cannot read: {}", text.where, errors.Reason()));
  }
  const std::unique_ptr<char, herr_t (*)(void*)> owned(characters,
                                                       [](void* p) { return H5free_memory(p); });
  return owned ? std::string(owned.get()) : "";
}

std::string ReadFixedText(const Stored& text, const Hdf5ErrorScope& errors) {
  const size_t size = H5Tget_size(text.type.id());
  if (size > kMaxBytes) throw Error(text.where + "too large to be read");
  std::string characters(size, '\0');
  if (H5Aread(text.handle.id(), text.type.id(), characters.data()) < 0) {
    throw Error(fmt::format("{}cannot read: {}", text.where, errors.Reason()));
  }
  // without the padding, which may be blanks (Fortran's habit)
  if (const size_t end = characters.find('\0'); end != std::string::npos) characters.resize(end);
  if (H5Tget_strpad(text.type.id()) == H5T_STR_SPACEPAD) {
    characters.resize(characters.find_last_not_of(' ') + 1);
  }
  return characters;
}

}  // namespace

Hdf5File::Hdf5File(const fs::path& path) : name_(path.string()) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) throw Error(fmt::format("{}: no such file", name_));
  if (fs::is_directory(path, ignored)) {
    throw Error(fmt::format("{}: expected an HDF5 file, got a folder", name_));
  }
  const Hdf5ErrorScope errors;
  file_ = Hdf5Handle(H5Fopen(name_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  if (file_.is_open()) return;
  const std::string reason = errors.Reason();
  if (H5Fis_hdf5(name_.c_str()) == 0) throw Error(fmt::format("{}: not an HDF5 file", name_));
  throw Error(fmt::format("{}: cannot open: {}", name_, reason),
              reason.starts_with("truncated") ? "copy or download the file again" : "");
}

std::string Hdf5File::Where(const std::string& path, const std::string& attribute) const {
  return fmt::format("{}: {}{}{}{}: ", name_, path.starts_with('/') ? "" : "/", path,
                     attribute.empty() ? "" : ": attribute ", attribute);
}

bool Hdf5File::Has(const std::string& path) const {
  // HDF5 wants every link on the way to be there
  const Hdf5ErrorScope errors;
  for (size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    const htri_t exists = H5Lexists(file_.id(), path.substr(0, end).c_str(), H5P_DEFAULT);
    if (exists < 0) throw Error(fmt::format("{}cannot look: {}", Where(path), errors.Reason()));
    if (exists == 0) return false;
  }
  return true;
}

std::vector<std::string> Hdf5File::Names(const std::string& group) const {
  const Hdf5ErrorScope errors;
  const Hdf5Handle handle(H5Gopen2(file_.id(), group.c_str(), H5P_DEFAULT));
  if (!handle.is_open()) {
    throw Error(fmt::format("{}expected a group: {}", Where(group), errors.Reason()));
  }
  std::vector<std::string> names;
  const auto append = [](hid_t, const char* name, const H5L_info_t*, void* list) -> herr_t {
    static_cast<std::vector<std::string>*>(list)->emplace_back(name);
    return 0;
  };
  if (H5Literate(handle.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, append, &names) < 0) {
    throw Error(fmt::format("{}cannot list: {}", Where(group), errors.Reason()));
  }
  return names;
}

std::vector<int64_t> Hdf5File::Shape(const std::string& dataset) const {
  const Hdf5ErrorScope errors;
  return ReadShape(OpenDataset(file_, dataset, Where(dataset), errors), errors);
}

NdArray Hdf5File::Read(const std::string& dataset, DType dtype) const {
  const Hdf5ErrorScope errors;
  return ReadNumbers(OpenDataset(file_, dataset, Where(dataset), errors), dtype, errors);
}

NdArray Hdf5File::ReadRows(const std::string& dataset, DType dtype, int64_t first,
                           int64_t count) const {
  const Hdf5ErrorScope errors;
  const Rows rows = {first, count};
  return ReadNumbers(OpenDataset(file_, dataset, Where(dataset), errors), dtype, errors, &rows);
}

std::string Hdf5File::TypeName(const std::string& dataset) const {
  const Hdf5ErrorScope errors;
  return NameOf(OpenDataset(file_, dataset, Where(dataset), errors).type);
}

bool Hdf5File::IsGroup(const std::string& path) const {
  const Hdf5ErrorScope errors;
  return Hdf5Handle(H5Gopen2(file_.id(), path.c_str(), H5P_DEFAULT)).is_open();
}

std::vector<std::string> Hdf5File::AttributeNames(const std::string& path) const {
  const Hdf5ErrorScope errors;
  const Hdf5Handle object(H5Oopen(file_.id(), path.c_str(), H5P_DEFAULT));
  if (!object.is_open()) {
    throw Error(fmt::format("{}cannot look: {}", Where(path), errors.Reason()));
  }
  std::vector<std::string> names;
  const auto append = [](hid_t, const char* name, const H5A_info_t*, void* list) -> herr_t {
    static_cast<std::vector<std::string>*>(list)->emplace_back(name);
    return 0;
  };
  if (H5Aiterate2(object.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, append, &names) < 0) {
    throw Error(fmt::format("{}cannot list attributes: {}", Where(path), errors.Reason()));
  }
  return names;
}

bool Hdf5File::HasAttribute(const std::string& path, const std::string& attribute) const {
  const Hdf5ErrorScope errors;
  const htri_t exists = H5Aexists_by_name(file_.id(), path.c_str(), attribute.c_str(), H5P_DEFAULT);
  if (exists < 0) {
    throw Error(fmt::format("{}cannot look: {}", Where(path, attribute), errors.Reason()));
  }
  return exists > 0;
}

NdArray Hdf5File::ReadAttribute(const std::string& path, const std::string& attribute,
                                DType dtype) const {
  const Hdf5ErrorScope errors;
  return ReadNumbers(OpenAttribute(file_, path, attribute, Where(path, attribute), errors), dtype,
                     errors);
}

std::string Hdf5File::ReadText(const std::string& path, const std::string& attribute) const {
  const Hdf5ErrorScope errors;
  const Stored text = OpenAttribute(file_, path, attribute, Where(path, attribute), errors);
  if (H5Tget_class(text.type.id()) != H5T_STRING) {
    throw Error(fmt::format("{}expected text, got {}", text.where, NameOf(text.type)));
  }
  const std::vector<int64_t> shape = ReadShape(text, errors);
  if (CountElements(shape) != 1) {
    throw Error(fmt::format("{}expected one text, got {}", text.where, ShapeName(shape)));
  }
  const bool is_variable = H5Tis_variable_str(text.type.id()) > 0;
  return is_variable ? ReadVariableText(text, errors) : ReadFixedText(text, errors);
}

}  // namespace libero
