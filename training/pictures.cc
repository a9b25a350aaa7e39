#include "training/pictures.h"

#include <algorithm>

#include <ATen/ATen.h>

#include "policy/center_crop.h"
#include "policy/nn/pixels.h"
#include "sim/base/check.h"

namespace libero {

void PutPicture(const Image& picture, int64_t index, at::Tensor* pictures) {
  const int64_t num_pixels = static_cast<int64_t>(picture.width) * picture.height;
  LIBERO_CHECK(pictures->size(2) * pictures->size(3) == num_pixels);
  uint8_t* const red = pictures->data_ptr<uint8_t>() + index * 3 * num_pixels;
  const uint8_t* in = picture.rgb.data();
  for (int64_t i = 0; i < num_pixels; ++i, in += 3) {
    red[i] = in[0];
    red[i + num_pixels] = in[1];
    red[i + 2 * num_pixels] = in[2];
  }
}

Image PictureOf(const TrainingSet& data, int64_t row) {
  const std::span<const uint8_t> bytes = data.frames.frame(row);
  Image image;
  image.width = data.frames.info().size;
  image.height = data.frames.info().size;
  image.rgb.assign(bytes.begin(), bytes.end());
  return image;
}

Image CentredPicture(const TrainingSet& data, int64_t row) {
  constexpr double kArea = 0.9;
  return CenterCrop(data.frames.info().size, kArea).Apply(PictureOf(data, row));
}

at::Tensor CentredPictures(const TrainingSet& data, int64_t first, int64_t count) {
  const int size = data.frames.info().size;
  at::Tensor pictures = at::empty({count, 3, size, size}, at::kByte);
  for (int64_t i = 0; i < count; ++i) PutPicture(CentredPicture(data, first + i), i, &pictures);
  return pictures;
}

at::Tensor TowerPixels(const at::Tensor& pictures) {
  const at::Tensor values = pictures.to(at::kFloat) / 255;
  return at::cat({Normalize(values, kImageNetScale), Normalize(values, kSigLipScale)}, 1);
}

at::Tensor PadRows(const std::vector<std::vector<int64_t>>& rows, int64_t pad) {
  size_t length = 1;
  for (const std::vector<int64_t>& row : rows) length = std::max(length, row.size());
  at::Tensor result =
      at::full({static_cast<int64_t>(rows.size()), static_cast<int64_t>(length)}, pad, at::kLong);
  for (size_t i = 0; i < rows.size(); ++i) {
    std::ranges::copy(rows[i], result.data_ptr<int64_t>() + i * length);
  }
  return result;
}

}  // namespace libero
