#include "sim/base/hdf5_output.h"

#include <fmt/format.h>
#include <hdf5.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <system_error>
#include <utility>

#include "sim/base/check.h"

namespace libero {
namespace {

namespace fs = std::filesystem;

Hdf5Handle Space(const std::vector<uint64_t>& shape) {
  const std::vector<hsize_t> dimensions(shape.begin(), shape.end());
  return Hdf5Handle(
      shape.empty() ? H5Screate(H5S_SCALAR)
                    : H5Screate_simple(static_cast<int>(shape.size()), dimensions.data(), nullptr));
}

uint64_t Product(const std::vector<uint64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), uint64_t{1}, std::multiplies<>());
}

// Creates groups on the way.
Hdf5Handle Links() {
  Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE));
  H5Pset_create_intermediate_group(links.id(), 1);
  return links;
}

Hdf5Handle Layout(const std::vector<uint64_t>& shape, const Hdf5Storage& storage) {
  Hdf5Handle layout(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_obj_track_times(layout.id(), 0);  // else no two files are equal
  if (storage.chunk_rows == 0) return layout;
  std::vector<hsize_t> chunk(shape.begin(), shape.end());
  chunk.at(0) = std::min(chunk.at(0), static_cast<hsize_t>(storage.chunk_rows));
  LIBERO_CHECK(H5Pset_chunk(layout.id(), static_cast<int>(chunk.size()), chunk.data()) >= 0);
  if (storage.gzip_level > 0) {
    LIBERO_CHECK(H5Pset_deflate(layout.id(), static_cast<unsigned>(storage.gzip_level)) >= 0);
  }
  return layout;
}

}  // namespace

DeflatedChunk Deflate(std::span<const uint8_t> bytes, int level) {
  uLongf size = compressBound(bytes.size());
  DeflatedChunk chunk(size);
  LIBERO_CHECK(compress2(chunk.data(), &size, bytes.data(), bytes.size(), level) == Z_OK);
  chunk.resize(size);
  chunk.shrink_to_fit();
  return chunk;
}

Hdf5Output::Hdf5Output(fs::path path)
    : path_(std::move(path)), temporary_(fmt::format("{}.{}.tmp", path_.string(), getpid())) {
  const Hdf5ErrorScope errors;
  file_ = Hdf5Handle(H5Fcreate(temporary_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
  if (!file_.is_open()) Fail(errors.Reason());
}

Hdf5Output::~Hdf5Output() {
  if (!file_.is_open()) return;
  const Hdf5ErrorScope errors;  // closing may fail where writing did
  file_ = Hdf5Handle();
  std::error_code ignored;
  fs::remove(temporary_, ignored);
}

void Hdf5Output::Fail(const std::string& reason) const {
  throw Error(fmt::format("cannot write {}: {}", path_.string(), reason),
              "check that the folder can be written to and has space");
}

void Hdf5Output::AddGroup(const std::string& path) {
  const Hdf5ErrorScope errors;
  const Hdf5Handle group(
      H5Gcreate2(file_.id(), path.c_str(), Links().id(), H5P_DEFAULT, H5P_DEFAULT));
  if (!group.is_open()) Fail(errors.Reason());
}

void Hdf5Output::Add(const std::string& path, const std::vector<uint64_t>& shape,
                     std::span<const double> values, const Hdf5Storage& storage) {
  LIBERO_CHECK(Product(shape) == values.size());
  AddDataset(path, H5T_NATIVE_DOUBLE, shape, values.data(), storage);
}

void Hdf5Output::Add(const std::string& path, const std::vector<uint64_t>& shape,
                     std::span<const uint8_t> values, const Hdf5Storage& storage) {
  LIBERO_CHECK(Product(shape) == values.size());
  AddDataset(path, H5T_NATIVE_UINT8, shape, values.data(), storage);
}

void Hdf5Output::AddDataset(const std::string& path, int64_t type,
                            const std::vector<uint64_t>& shape, const void* values,
                            const Hdf5Storage& storage) {
  const Hdf5ErrorScope errors;
  const Hdf5Handle space = Space(shape);
  const Hdf5Handle layout = Layout(shape, storage);
  const Hdf5Handle dataset(H5Dcreate2(file_.id(), path.c_str(), type, space.id(), Links().id(),
                                      layout.id(), H5P_DEFAULT));
  if (!dataset.is_open()) Fail(errors.Reason());
  if (Product(shape) == 0) return;
  if (H5Dwrite(dataset.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
    Fail(errors.Reason());
  }
}

void Hdf5Output::AddDeflated(const std::string& path, const std::vector<uint64_t>& row_shape,
                             std::span<const DeflatedChunk> rows, int gzip_level) {
  const Hdf5ErrorScope errors;
  std::vector<uint64_t> shape = {rows.size()};
  shape.insert(shape.end(), row_shape.begin(), row_shape.end());
  const Hdf5Handle space = Space(shape);
  const Hdf5Handle layout = Layout(shape, {.chunk_rows = 1, .gzip_level = gzip_level});
  const Hdf5Handle dataset(H5Dcreate2(file_.id(), path.c_str(), H5T_NATIVE_UINT8, space.id(),
                                      Links().id(), layout.id(), H5P_DEFAULT));
  if (!dataset.is_open()) Fail(errors.Reason());
  std::vector<hsize_t> offset(shape.size(), 0);
  for (const DeflatedChunk& row : rows) {
    if (H5Dwrite_chunk(dataset.id(), H5P_DEFAULT, 0, offset.data(), row.size(), row.data()) < 0) {
      Fail(errors.Reason());
    }
    ++offset[0];
  }
}

void Hdf5Output::SetAttribute(const std::string& path, const std::string& name, int64_t value) {
  AddAttribute(path, name, H5T_NATIVE_INT64, Space({}), &value);
}

void Hdf5Output::SetAttribute(const std::string& path, const std::string& name,
                              std::span<const double> value) {
  AddAttribute(path, name, H5T_NATIVE_DOUBLE, Space({value.size()}), value.data());
}

void Hdf5Output::SetAttribute(const std::string& path, const std::string& name,
                              const std::string& text) {
  const char* characters = text.c_str();
  const Hdf5Handle type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  AddAttribute(path, name, type.id(), Space({}), static_cast<const void*>(&characters));
}

void Hdf5Output::AddAttribute(const std::string& path, const std::string& name, int64_t type,
                              const Hdf5Handle& space, const void* value) {
  const Hdf5ErrorScope errors;
  const Hdf5Handle attribute(H5Acreate_by_name(file_.id(), path.c_str(), name.c_str(), type,
                                               space.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  if (!attribute.is_open() || H5Awrite(attribute.id(), type, value) < 0) Fail(errors.Reason());
}

void Hdf5Output::CopyGroup(const fs::path& file, const std::string& group,
                           const std::string& path) {
  const Hdf5ErrorScope errors;
  const Hdf5Handle source(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  const Hdf5Handle links = Links();
  const bool is_readable =
      source.is_open() && H5Lexists(source.id(), group.c_str(), H5P_DEFAULT) > 0;
  if (!is_readable) {
    throw Error(fmt::format("{}: /{}: cannot read: {}", file.string(), group, errors.Reason()),
                "the file is damaged: remove it");
  }
  if (H5Ocopy(source.id(), group.c_str(), file_.id(), path.c_str(), H5P_DEFAULT, links.id()) < 0) {
    Fail(fmt::format("copying {}: {}", file.string(), errors.Reason()));
  }
}

void Hdf5Output::Finish() {
  const Hdf5ErrorScope errors;
  if (H5Fflush(file_.id(), H5F_SCOPE_GLOBAL) < 0) Fail(errors.Reason());
  file_ = Hdf5Handle();
  std::error_code error;
  fs::rename(temporary_, path_, error);
  if (!error) return;
  fs::remove(temporary_, error);
  Fail("it cannot be renamed");
}

}  // namespace libero
