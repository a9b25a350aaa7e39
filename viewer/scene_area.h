#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "viewer/camera.h"
#include "viewer/playhead.h"
#include "viewer/scene_view.h"
#include "viewer/simulation.h"
#include "viewer/ui.h"

namespace libero {

// How the main views look at the scene; all of them alike.
struct SceneLook {
  std::string camera;  // of the scene; "" for the free one
  FreeCamera free;
  std::string workspace;  // that the free camera was set up for
  bool shows_contacts = false;
  bool is_sharp = false;  // draws every pixel, however long that takes
};

// An instant of a scene, to be drawn.
struct SceneInstant {
  std::shared_ptr<const Scene> scene;
  std::string workspace;                   // see EpisodeInfo
  const Snapshot* snapshot = nullptr;      // of the caller, while this is used; never null
  uint64_t moment = 0;                     // different for different moments
  int substep = 0;                         // after it
  std::span<const ContactPoint> contacts;  // of the caller
};

// What is shown of a recording with moments; refers to it.
[[nodiscard]] SceneInstant InstantOf(const Recording& recording, Playhead::Instant instant);

// Draws one simulation's scene into a part of the window, and lets the mouse move the free camera
// and drag bodies (with Ctrl).
class SceneArea {
 public:
  // `view` is its number among those of the painter. Bodies can be dragged where somebody uses
  // push().
  explicit SceneArea(int view, bool can_push = true) : view_(view), can_push_(can_push) {}

  // Into a rectangle at ImGui's cursor, which stays empty without an instant. A camera that the
  // scene does not have becomes the free one.
  void Draw(Ui& ui, const std::optional<SceneInstant>& instant, ImVec2 size, ScenePainter& painter,
            SceneLook& look);

  // What the mouse pulls at, in this frame.
  [[nodiscard]] const std::optional<Push>& push() const { return push_; }

  void Release(Surface& surface);

 private:
  // What the last picture that was asked for shows.
  struct Asked {
    uint64_t moment = 0;
    int substep = 0;
    FrameSpec frame;
    CameraPose pose;

    bool operator==(const Asked&) const = default;
  };

  void UseMouse(const SceneInstant& instant, const CameraPose& camera, SceneLook& look,
                const ScreenRect& area);
  void StartPush(const SceneInstant& instant, const CameraPose& camera, const PicturePoint& point,
                 double aspect);
  void DrawContacts(const Ui& ui, std::span<const ContactPoint> contacts, const CameraPose& camera,
                    const ScreenRect& area) const;
  void DrawPush(const Ui& ui, const CameraPose& camera, const ScreenRect& area) const;
  [[nodiscard]] ImVec2 PictureSize(ImVec2 size, const ScenePainter& painter, bool is_sharp);

  int view_;
  bool can_push_;
  ImTextureID texture_ = nullptr;
  Asked asked_;
  float resolution_ = 1;  // of the picture to that of the screen
  std::optional<Push> push_;
  double push_depth_ = 0;               // m along the camera's axis
  std::array<double, 3> push_start_{};  // where it held the body, world frame
};

}  // namespace libero
