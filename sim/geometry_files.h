#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "sim/model.h"
#include "sim/observation.h"

// Depth and segmentation as files, right side up: the image's last row comes first.
namespace libero {

// (height, width) The body that each pixel's geom or site belongs to; -1: nothing.
[[nodiscard]] std::vector<int32_t> BodyIds(const mjModel& model, const GeometryImage& image);

// Throws Error unless the file's name ends in .png or .npy.
void CheckGeometryFile(const std::filesystem::path& path);

// Writes depth: to .npy, (height, width) float32 in m, where nothing is the far plane's distance;
// to .png, 16 bits of mm, where nothing is 0 and the largest number is 65.535 m and more. Throws
// Error if the file cannot be written; what was there before stays then.
void WriteDepth(const std::filesystem::path& path, const GeometryImage& image);

// Writes segmentation: to .npy, (height, width, 3) int32, id and type (mjtObj) as MuJoCo's Python
// renderer gives them, and the body's id, -1 where there is nothing; to .png, for people, a colour
// for each body, black where there is nothing. Throws as WriteDepth.
void WriteSegmentation(const std::filesystem::path& path, const mjModel& model,
                       const GeometryImage& image);

}  // namespace libero
