#include "viewer/bitmap_surface.h"

#include <algorithm>

namespace libero {
namespace {

size_t NumBytes(int width, int height, size_t channels) {
  return static_cast<size_t>(width) * static_cast<size_t>(height) * channels;
}

}  // namespace

BitmapSurface::BitmapSurface(int width, int height, float scale)
    : target_{width, height, std::vector<uint8_t>(NumBytes(width, height, 4))}, scale_(scale) {
  TakeFonts();
}

void BitmapSurface::TakeFonts() {
  unsigned char* pixels = nullptr;
  ImGui::GetIO().Fonts->GetTexDataAsRGBA32(&pixels, &fonts_.width, &fonts_.height);
  fonts_.rgba.assign(pixels, pixels + NumBytes(fonts_.width, fonts_.height, 4));
  ImGui::GetIO().Fonts->SetTexID(&fonts_);
}

void BitmapSurface::BeginFrame() {
  constexpr float kFrameTime = 1.0F / 60;  // s
  ImGui::GetIO().DisplaySize = {static_cast<float>(target_.width),
                                static_cast<float>(target_.height)};
  ImGui::GetIO().DeltaTime = kFrameTime;
}

void BitmapSurface::EndFrame(const ImDrawData& data) {
  std::ranges::fill(target_.rgba, uint8_t{0});
  Paint(data, target_);
}

ImTextureID BitmapSurface::Upload(ImTextureID texture, const Image& image) {
  if (texture == nullptr) {
    texture = textures_.emplace_back(std::make_unique<Bitmap>()).get();
  }
  Bitmap& bitmap = *static_cast<Bitmap*>(texture);
  bitmap.width = image.width;
  bitmap.height = image.height;
  bitmap.rgba.resize(NumBytes(image.width, image.height, 4));
  for (size_t i = 0; i < NumBytes(image.width, image.height, 1); ++i) {
    std::copy_n(&image.rgb[3 * i], 3, &bitmap.rgba[4 * i]);
    bitmap.rgba[4 * i + 3] = 255;
  }
  return texture;
}

void BitmapSurface::Destroy(ImTextureID texture) {
  std::erase_if(textures_, [&](const auto& bitmap) { return bitmap.get() == texture; });
}

Image BitmapSurface::Picture() const {
  Image image = {target_.width, target_.height, {}};
  image.rgb.reserve(NumBytes(target_.width, target_.height, 3));
  for (int y = target_.height - 1; y >= 0; --y) {
    for (int x = 0; x < target_.width; ++x) {
      const size_t at = NumBytes(target_.width, y, 4) + 4 * static_cast<size_t>(x);
      image.rgb.insert(image.rgb.end(), &target_.rgba[at], &target_.rgba[at] + 3);
    }
  }
  return image;
}

}  // namespace libero
