#pragma once

#include <map>
#include <string>
#include <vector>

#include "viewer/run_watch.h"
#include "viewer/scene_area.h"
#include "viewer/scene_view.h"
#include "viewer/ui.h"

namespace libero {

// The slots of a running evaluation as thumbnails; one of them can be shown large, with the cameras
// of the main view.
class LiveGrid {
 public:
  // Its views of the painter are those from `first_view` on.
  explicit LiveGrid(int first_view) : first_view_(first_view), area_(first_view, false) {}

  // Draws a thumbnail of each slot, row by row, into at most `height` pixels; a click makes it
  // large.
  void DrawThumbnails(Ui& ui, const std::vector<RunningEpisode>& episodes, ScenePainter& painter,
                      float height);

  // The height that all thumbnails take in the width that is left, pixels.
  [[nodiscard]] static float HeightOf(const Ui& ui, size_t num_episodes);

  // Draws the one that is large into the space that is left.
  void DrawLarge(Ui& ui, const std::vector<RunningEpisode>& episodes, ScenePainter& painter,
                 SceneLook& look);

  // The slot that is large, −1 if none is.
  [[nodiscard]] int large() const { return large_; }
  void SetLarge(int slot) { large_ = slot; }

  void Release(Surface& surface);

 private:
  struct Thumbnail {
    ImTextureID texture = nullptr;
    uint64_t moment = 0;  // whose picture was asked for
    double next_ask = 0;  // s, of ImGui's clock
  };

  void DrawThumbnail(Ui& ui, const RunningEpisode& episode, ScenePainter& painter, ImVec2 size);
  void DrawFacts(Ui& ui, const RunningEpisode& episode) const;

  int first_view_;
  SceneArea area_;
  int large_ = -1;
  std::map<int, Thumbnail> thumbnails_;  // by slot
};

}  // namespace libero
