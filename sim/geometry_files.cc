#include "sim/geometry_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/png_file.h"

namespace libero {
namespace {

constexpr const char* kWriteHint = "check that the folder exists and can be written";

// Rows in reverse, each of `row_size` values.
template <typename T>
std::vector<T> Flipped(const std::vector<T>& values, size_t row_size) {
  std::vector<T> flipped;
  flipped.reserve(values.size());
  for (size_t end = values.size(); end > 0; end -= row_size) {
    const auto first = values.begin() + static_cast<ptrdiff_t>(end - row_size);
    flipped.insert(flipped.end(), first, first + static_cast<ptrdiff_t>(row_size));
  }
  return flipped;
}

// numpy's format, version 1: values of a type like "<f4" in rows.
template <typename T>
void WriteNpy(const std::filesystem::path& path, const std::string& type, const std::string& shape,
              const std::vector<T>& values) {
  constexpr size_t kAlignment = 64;
  constexpr size_t kPrefix = 10;  // magic, version, length of the header
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, shape);
  header.append(kAlignment - (kPrefix + header.size() + 1) % kAlignment, ' ');
  header += '\n';
  std::string prefix("\x93NUMPY\x01\x00", kPrefix - 2);
  prefix += static_cast<char>(header.size() & 0xFF);
  prefix += static_cast<char>(header.size() >> 8);
  WriteFileAtomically(
      path,
      {prefix, header, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)}},
      kWriteHint);
}

bool IsPng(const std::filesystem::path& path) {
  return path.extension() == ".png";
}

// A colour that differs from those of the neighbouring numbers, never dark.
std::array<uint8_t, 3> ColorOf(int id) {
  std::array<uint8_t, 3> color{};
  constexpr std::array<int, 3> kBases = {2, 3, 5};
  for (size_t i = 0; i < color.size(); ++i) {
    color.at(i) = static_cast<uint8_t>(51 + 204 * mju_Halton(id + 10, kBases.at(i)));
  }
  return color;
}

}  // namespace

std::vector<int32_t> BodyIds(const mjModel& model, const GeometryImage& image) {
  std::vector<int32_t> bodies(image.object_id.size(), -1);
  for (size_t i = 0; i < bodies.size(); ++i) {
    if (image.object_type[i] == mjOBJ_GEOM) bodies[i] = model.geom_bodyid[image.object_id[i]];
    if (image.object_type[i] == mjOBJ_SITE) bodies[i] = model.site_bodyid[image.object_id[i]];
  }
  return bodies;
}

void CheckGeometryFile(const std::filesystem::path& path) {
  if (IsPng(path) || path.extension() == ".npy") return;
  throw Error(fmt::format("cannot write {}: expected a name with .png or .npy", path.string()));
}

void WriteDepth(const std::filesystem::path& path, const GeometryImage& image) {
  CheckGeometryFile(path);
  const auto width = static_cast<size_t>(image.width);
  if (!IsPng(path)) {
    WriteNpy(path, "<f4", fmt::format("{}, {}", image.height, image.width),
             Flipped(image.depth, width));
    return;
  }
  constexpr float kMmPerM = 1000;
  constexpr float kMax = 65535;
  std::vector<uint16_t> mm(image.depth.size(), 0);
  for (size_t i = 0; i < mm.size(); ++i) {
    if (image.object_id[i] < 0) continue;
    mm[i] = static_cast<uint16_t>(std::min(std::round(kMmPerM * image.depth[i]), kMax));
  }
  WriteGrayPng(path, image.width, image.height, mm);
}

void WriteSegmentation(const std::filesystem::path& path, const mjModel& model,
                       const GeometryImage& image) {
  CheckGeometryFile(path);
  const std::vector<int32_t> bodies = BodyIds(model, image);
  if (IsPng(path)) {
    Image colors = {image.width, image.height, std::vector<uint8_t>(3 * bodies.size())};
    for (size_t i = 0; i < bodies.size(); ++i) {
      if (bodies[i] >= 0)
        std::ranges::copy(ColorOf(bodies[i]),
                          colors.rgb.begin() + ptrdiff_t{3} * static_cast<ptrdiff_t>(i));
    }
    WritePng(path, colors);
    return;
  }
  std::vector<int32_t> values;
  values.reserve(3 * bodies.size());
  for (size_t i = 0; i < bodies.size(); ++i) {
    values.insert(values.end(), {image.object_id[i], image.object_type[i], bodies[i]});
  }
  WriteNpy(path, "<i4", fmt::format("{}, {}, 3", image.height, image.width),
           Flipped(values, 3 * static_cast<size_t>(image.width)));
}

}  // namespace libero
