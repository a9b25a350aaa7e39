#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "sim/observation.h"
#include "training/training_set.h"

// Pictures and texts as tensors.
namespace libero {

// Copies a picture of (H, W, 3) bytes into place `index` of (B, 3, H, W) u8.
void PutPicture(const Image& picture, int64_t index, at::Tensor* pictures);

// The picture of a row, to be changed: (size, size, 3), the top row first.
[[nodiscard]] Image PictureOf(const TrainingSet& data, int64_t row);

// The same as a policy that acts sees it: the middle 0.9 of its area, at the same size.
[[nodiscard]] Image CentredPicture(const TrainingSet& data, int64_t row);

// Rows first … first + count − 1, each with the middle cut out as when acting: (count, 3, H, W) u8.
[[nodiscard]] at::Tensor CentredPictures(const TrainingSet& data, int64_t first, int64_t count);

// (B, 3, H, W) u8 → (B, 6, H, W) f32: normalised for both of the VLA's towers.
[[nodiscard]] at::Tensor TowerPixels(const at::Tensor& pictures);

// Rows of ids, padded on the right with `pad`: (B, L) int64.
[[nodiscard]] at::Tensor PadRows(const std::vector<std::vector<int64_t>>& rows, int64_t pad);

}  // namespace libero
