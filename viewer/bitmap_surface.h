#pragma once

#include <memory>
#include <vector>

#include "viewer/painter.h"
#include "viewer/surface.h"

namespace libero {

// A surface in memory, for pictures of the viewer where there is no display: needs no OpenGL. What
// the user does is whatever the caller writes into ImGui's io.
class BitmapSurface : public Surface {
 public:
  // Requires ImGui's context, with its fonts added.
  BitmapSurface(int width, int height, float scale);

  void BeginFrame() override;
  void EndFrame(const ImDrawData& data) override;
  ImTextureID Upload(ImTextureID texture, const Image& image) override;
  void Destroy(ImTextureID texture) override;
  void TakeFonts() override;
  [[nodiscard]] float scale() const override { return scale_; }

  // The last frame, bottom row first as all images are.
  [[nodiscard]] Image Picture() const;

  [[nodiscard]] int num_textures() const { return static_cast<int>(textures_.size()); }

 private:
  Bitmap target_;
  Bitmap fonts_;
  float scale_;
  std::vector<std::unique_ptr<Bitmap>> textures_;
};

}  // namespace libero
