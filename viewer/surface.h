#pragma once

#include <optional>

#include <imgui.h>

#include "sim/observation.h"
#include "viewer/gamepad.h"

namespace libero {

// What the user interface is drawn on: a window, or pixels in memory. Used by one thread, the one
// that ImGui's context belongs to.
class Surface {
 public:
  virtual ~Surface() = default;

  // Tells ImGui's io the size (pixels), the time since the last frame and what the user did.
  virtual void BeginFrame() = 0;

  // Draws a frame of ImGui's.
  virtual void EndFrame(const ImDrawData& data) = 0;

  // Makes the picture's pixels a texture; `texture` is replaced, or made if it is null. Row 0 of a
  // picture is its bottom, and is v = 0: show it with v from 1 to 0.
  virtual ImTextureID Upload(ImTextureID texture, const Image& image) = 0;
  virtual void Destroy(ImTextureID texture) = 0;

  // Takes the fonts of ImGui's atlas anew. Between frames.
  virtual void TakeFonts() = 0;

  // How large text and widgets are to be drawn, 1 on common screens. May change from frame to
  // frame: windows move to other screens.
  [[nodiscard]] virtual float scale() const = 0;

  // The gamepad that is connected, if any is.
  [[nodiscard]] virtual std::optional<Gamepad> gamepad() const { return std::nullopt; }
};

}  // namespace libero
