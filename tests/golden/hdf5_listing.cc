#include "tests/golden/hdf5_listing.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hdf5.h>

#include <algorithm>

#include "sim/base/check.h"
#include "sim/base/hdf5_handle.h"

namespace libero {
namespace {

std::string TypeAndShape(const Hdf5Handle& type, const Hdf5Handle& space) {
  const H5T_class_t type_class = H5Tget_class(type.id());
  if (type_class == H5T_STRING) return "text";
  const size_t bits = 8 * H5Tget_size(type.id());
  const bool is_signed = H5Tget_sign(type.id()) == H5T_SGN_2;
  std::vector<hsize_t> shape(
      static_cast<size_t>(std::max(0, H5Sget_simple_extent_ndims(space.id()))));
  H5Sget_simple_extent_dims(space.id(), shape.data(), nullptr);
  return fmt::format("{}{} ({})",
                     type_class == H5T_FLOAT ? "f"
                     : is_signed             ? "i"
                                             : "u",
                     bits, fmt::join(shape, ", "));
}

std::string Dataset(const Hdf5Handle& dataset) {
  std::string text =
      TypeAndShape(Hdf5Handle(H5Dget_type(dataset.id())), Hdf5Handle(H5Dget_space(dataset.id())));
  const Hdf5Handle layout(H5Dget_create_plist(dataset.id()));
  if (H5Pget_layout(layout.id()) != H5D_CHUNKED) return text;
  std::vector<hsize_t> chunk(H5S_MAX_RANK);
  chunk.resize(
      static_cast<size_t>(H5Pget_chunk(layout.id(), static_cast<int>(chunk.size()), chunk.data())));
  text += fmt::format(" chunks ({})", fmt::join(chunk, ", "));
  for (int i = 0; i < H5Pget_nfilters(layout.id()); ++i) {
    unsigned flags = 0;
    size_t num_values = 0;
    const H5Z_filter_t filter = H5Pget_filter2(layout.id(), static_cast<unsigned>(i), &flags,
                                               &num_values, nullptr, 0, nullptr, nullptr);
    text += filter == H5Z_FILTER_DEFLATE ? " gzip" : fmt::format(" filter {}", filter);
  }
  return text;
}

struct Listing {
  std::vector<std::string> lines;
  std::string path;
};

herr_t AddAttribute(hid_t object, const char* name, const H5A_info_t* /*info*/, void* data) {
  auto& listing = *static_cast<Listing*>(data);
  const Hdf5Handle attribute(H5Aopen(object, name, H5P_DEFAULT));
  listing.lines.push_back(fmt::format("{} @{} {}", listing.path, name,
                                      TypeAndShape(Hdf5Handle(H5Aget_type(attribute.id())),
                                                   Hdf5Handle(H5Aget_space(attribute.id())))));
  return 0;
}

herr_t AddObject(hid_t root, const char* name, const H5O_info_t* info, void* data) {
  auto& listing = *static_cast<Listing*>(data);
  const Hdf5Handle object(H5Oopen(root, name, H5P_DEFAULT));
  listing.path = name + std::string(info->type == H5O_TYPE_GROUP ? "/" : "");
  if (info->type == H5O_TYPE_DATASET) {
    listing.lines.push_back(listing.path + " " + Dataset(object));
  }
  return H5Aiterate2(object.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, AddAttribute, data);
}

}  // namespace

std::vector<std::string> ListHdf5(const std::string& file) {
  const Hdf5Handle handle(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  LIBERO_CHECK(handle.is_open());
  Listing listing;
  LIBERO_CHECK(H5Ovisit(handle.id(), H5_INDEX_NAME, H5_ITER_INC, AddObject, &listing) >= 0);
  std::ranges::sort(listing.lines);
  return listing.lines;
}

}  // namespace libero
