#pragma once

#include <memory>
#include <string>
#include <vector>

#include "viewer/glfw_library.h"
#include "viewer/surface.h"

namespace libero {

// A window on the display, drawn through OpenGL. One at a time, in the thread that made it, which
// is also that of ImGui's context.
class Window : public Surface {
 public:
  // Throws Error that says what can be done without a display if there is none, or if there is no
  // OpenGL 3. Requires ImGui's context.
  Window(const std::string& title, int width, int height);
  ~Window() override;
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  // Starts ImGui's drawing, once the fonts are in ImGui's atlas.
  void StartDrawing();

  void BeginFrame() override;
  void EndFrame(const ImDrawData& data) override;
  ImTextureID Upload(ImTextureID texture, const Image& image) override;
  void Destroy(ImTextureID texture) override;
  void TakeFonts() override;
  [[nodiscard]] float scale() const override { return scale_; }
  [[nodiscard]] std::optional<Gamepad> gamepad() const override;

  [[nodiscard]] bool should_close() const;
  void SetTitle(const std::string& title);

  // From now on each frame is read back, which waits for the GPU; the last one, bottom row first.
  void KeepPictures() { keeps_pictures_ = true; }
  [[nodiscard]] const Image& picture() const { return picture_; }

  [[nodiscard]] int num_textures() const { return static_cast<int>(textures_.size()); }

  // To send it events as the system does, through the callbacks that it has set; for tests.
  [[nodiscard]] GLFWwindow* handle() const { return window_; }
  [[nodiscard]] const GlfwLibrary& glfw() const { return glfw_; }

 private:
  struct Gl;

  // A key or button of the mouse that went up or down; see `late_`.
  void SetDown(bool& state, bool is_down);
  void ListenToEvents();
  void ReadPicture();

  GlfwLibrary glfw_;
  GLFWwindow* window_ = nullptr;
  std::unique_ptr<Gl> gl_;
  float scale_ = 1;
  double last_time_ = 0;  // s
  bool is_drawing_ = false;
  bool keeps_pictures_ = false;
  Image picture_;
  std::vector<bool*> new_;   // of ImGui's io: went down since the last frame
  std::vector<bool*> late_;  // of those: went up as well, which ImGui is told after this frame
  std::vector<ImTextureID> textures_;
};

}  // namespace libero
