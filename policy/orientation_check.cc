#include "policy/orientation_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "sim/base/check.h"

namespace libero {
namespace {

constexpr size_t kSide = 8;
constexpr double kMargin = 0.1;
constexpr double kFit = 0.5;

size_t Index(size_t x, size_t y, size_t color) {
  return (y * kSide + x) * 3 + color;
}

// Each colour's numbers less their mean; then all divided by their length. All 0 if there is but
// one colour.
std::array<double, 8 * 8 * 3> Normalized(const Thumbnail& thumbnail) {
  std::array<double, 8 * 8 * 3> result{};
  double squares = 0;
  for (size_t color = 0; color < 3; ++color) {
    double sum = 0;
    for (size_t i = color; i < result.size(); i += 3) sum += thumbnail[i];
    for (size_t i = color; i < result.size(); i += 3) {
      result[i] = thumbnail[i] - sum / (kSide * kSide);
      squares += result[i] * result[i];
    }
  }
  for (double& number : result) number = squares > 0 ? number / std::sqrt(squares) : 0;
  return result;
}

double BestFit(const Thumbnail& thumbnail, std::span<const Thumbnail> references) {
  const auto picture = Normalized(thumbnail);
  double best = -1;
  for (const Thumbnail& reference : references) {
    const auto other = Normalized(reference);
    double fit = 0;
    for (size_t i = 0; i < picture.size(); ++i) fit += picture[i] * other[i];
    best = std::max(best, fit);
  }
  return best;
}

Thumbnail Reversed(const Thumbnail& thumbnail, bool rows, bool columns) {
  Thumbnail result{};
  for (size_t y = 0; y < kSide; ++y) {
    for (size_t x = 0; x < kSide; ++x) {
      for (size_t color = 0; color < 3; ++color) {
        result[Index(x, y, color)] =
            thumbnail[Index(columns ? kSide - 1 - x : x, rows ? kSide - 1 - y : y, color)];
      }
    }
  }
  return result;
}

}  // namespace

Thumbnail MakeThumbnail(const Image& image) {
  const auto width = static_cast<size_t>(image.width);
  const auto height = static_cast<size_t>(image.height);
  LIBERO_CHECK(width >= kSide && height >= kSide && image.rgb.size() == width * height * 3);
  Thumbnail sums{};
  std::array<int, kSide * kSide> counts{};
  for (size_t y = 0; y < height; ++y) {
    for (size_t x = 0; x < width; ++x) {
      const size_t cell = y * kSide / height * kSide + x * kSide / width;
      ++counts[cell];
      for (size_t color = 0; color < 3; ++color) {
        sums[cell * 3 + color] += static_cast<float>(image.rgb[(y * width + x) * 3 + color]);
      }
    }
  }
  for (size_t i = 0; i < sums.size(); ++i) sums[i] /= static_cast<float>(counts[i / 3]);
  return sums;
}

OrientationFits FitOrientations(const Image& image, std::span<const Thumbnail> references) {
  const Thumbnail thumbnail = MakeThumbnail(image);
  const auto fit = [&](bool rows) {
    return std::max(BestFit(Reversed(thumbnail, rows, false), references),
                    BestFit(Reversed(thumbnail, rows, true), references));
  };
  return {.upright = fit(false), .upside_down = fit(true)};
}

void CheckOrientation(const Image& turned_frame) {
  const OrientationFits fits = FitOrientations(turned_frame, LiberoViews());
  if (fits.upside_down < kFit || fits.upside_down < fits.upright + kMargin) return;
  throw Error(
      fmt::format("the camera's picture stands on its head: LIBERO's views fit it by {:.2f} "
                  "upside down, and by {:.2f} as it is",
                  fits.upside_down, fits.upright),
      "networks would see what they were not trained on: does the renderer put the bottom "
      "row first?");
}

}  // namespace libero
