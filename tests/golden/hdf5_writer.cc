#include "tests/golden/hdf5_writer.h"

#include <hdf5.h>

#include <algorithm>

#include "sim/base/check.h"

namespace libero {
namespace {

Hdf5Handle Space(const std::vector<uint64_t>& shape) {
  const std::vector<hsize_t> dimensions(shape.begin(), shape.end());
  return Hdf5Handle(
      shape.empty() ? H5Screate(H5S_SCALAR)
                    : H5Screate_simple(static_cast<int>(shape.size()), dimensions.data(), nullptr));
}

Hdf5Handle TextType(size_t size) {
  Hdf5Handle type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.id(), size);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

}  // namespace

Hdf5Writer::Hdf5Writer(const std::filesystem::path& path) {
  // the newest format, so that large attributes can be in dense storage
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_libver_bounds(access.id(), H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  file_ = Hdf5Handle(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()));
  LIBERO_CHECK(file_.is_open());
}

void Hdf5Writer::Group(const std::string& path) {
  const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE));
  H5Pset_create_intermediate_group(links.id(), 1);
  const Hdf5Handle group(
      H5Gcreate2(file_.id(), path.c_str(), links.id(), H5P_DEFAULT, H5P_DEFAULT));
  LIBERO_CHECK(group.is_open());
}

void Hdf5Writer::F64(const std::string& path, const std::vector<uint64_t>& shape,
                     const std::vector<double>& values) {
  Dataset(path, H5T_NATIVE_DOUBLE, shape, values.data());
}

void Hdf5Writer::F32(const std::string& path, const std::vector<uint64_t>& shape,
                     const std::vector<float>& values) {
  Dataset(path, H5T_NATIVE_FLOAT, shape, values.data());
}

void Hdf5Writer::I32(const std::string& path, const std::vector<uint64_t>& shape,
                     const std::vector<int32_t>& values) {
  Dataset(path, H5T_NATIVE_INT32, shape, values.data());
}

void Hdf5Writer::U8(const std::string& path, const std::vector<uint64_t>& shape,
                    const std::vector<uint8_t>& values) {
  Dataset(path, H5T_NATIVE_UINT8, shape, values.data());
}

void Hdf5Writer::Compressed(const std::string& path, const std::vector<uint64_t>& shape,
                            const std::vector<double>& values) {
  Dataset(path, H5T_NATIVE_DOUBLE, shape, values.data(), true);
}

void Hdf5Writer::Bool(const std::string& path, const std::vector<int8_t>& values) {
  const Hdf5Handle type(H5Tenum_create(H5T_NATIVE_INT8));
  for (const int8_t value : {int8_t{0}, int8_t{1}}) {
    H5Tenum_insert(type.id(), value == 0 ? "FALSE" : "TRUE", &value);
  }
  Dataset(path, type.id(), {values.size()}, values.data());
}

void Hdf5Writer::Attribute(const std::string& path, const std::string& name, int64_t value) {
  WriteAttribute(path, name, H5T_NATIVE_INT64, Space({}), &value);
}

void Hdf5Writer::Attribute(const std::string& path, const std::string& name,
                           const std::vector<double>& values) {
  WriteAttribute(path, name, H5T_NATIVE_DOUBLE, Space({values.size()}), values.data());
}

void Hdf5Writer::Attribute(const std::string& path, const std::string& name,
                           const std::string& text) {
  const char* characters = text.c_str();
  const Hdf5Handle type = TextType(H5T_VARIABLE);
  WriteAttribute(path, name, type.id(), Space({}), static_cast<const void*>(&characters));
}

void Hdf5Writer::FixedAttribute(const std::string& path, const std::string& name,
                                const std::string& text, bool pads_with_blanks) {
  const std::string padded = text + std::string(3, pads_with_blanks ? ' ' : '\0');
  const Hdf5Handle type = TextType(padded.size());
  H5Tset_strpad(type.id(), pads_with_blanks ? H5T_STR_SPACEPAD : H5T_STR_NULLPAD);
  WriteAttribute(path, name, type.id(), Space({}), padded.data());
}

void Hdf5Writer::EmptyAttribute(const std::string& path, const std::string& name) {
  WriteAttribute(path, name, H5T_NATIVE_DOUBLE, Hdf5Handle(H5Screate(H5S_NULL)), nullptr);
}

void Hdf5Writer::Dataset(const std::string& path, int64_t type, const std::vector<uint64_t>& shape,
                         const void* values, bool compresses) {
  const Hdf5Handle space = Space(shape);
  const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE));
  H5Pset_create_intermediate_group(links.id(), 1);
  const Hdf5Handle layout(H5Pcreate(H5P_DATASET_CREATE));
  if (compresses) {
    std::vector<hsize_t> chunk(shape.begin(), shape.end());
    chunk.at(0) = 1;
    H5Pset_chunk(layout.id(), static_cast<int>(chunk.size()), chunk.data());
    H5Pset_shuffle(layout.id());
    H5Pset_deflate(layout.id(), 9);
  }
  const Hdf5Handle dataset(
      H5Dcreate2(file_.id(), path.c_str(), type, space.id(), links.id(), layout.id(), H5P_DEFAULT));
  LIBERO_CHECK(dataset.is_open());
  if (std::ranges::find(shape, 0U) != shape.end()) return;
  LIBERO_CHECK(H5Dwrite(dataset.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
}

void Hdf5Writer::WriteAttribute(const std::string& path, const std::string& name, int64_t type,
                                const Hdf5Handle& space, const void* value) {
  const Hdf5Handle attribute(H5Acreate_by_name(file_.id(), path.c_str(), name.c_str(), type,
                                               space.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  LIBERO_CHECK(attribute.is_open());
  if (value != nullptr) LIBERO_CHECK(H5Awrite(attribute.id(), type, value) >= 0);
}

}  // namespace libero
