#pragma once

#include <functional>
#include <string>
#include <vector>

#include "viewer/moment.h"
#include "viewer/run_facts.h"
#include "viewer/scene_view.h"
#include "viewer/ui.h"

namespace libero {

// What a panel shows, and what it can ask for.
struct PanelContext {
  Ui* ui = nullptr;
  const Recording* recording = nullptr;  // with moments
  const Moment* moment = nullptr;        // that is shown
  ScenePainter* painter = nullptr;
  std::function<void(int step)> seek;
  const RunFacts* run_facts = nullptr;  // of the run that the episode is of; null for others
};

// The panels of the sidebar, one below another. Each draws itself between ImGui's calls.
void DrawGoalPanel(const PanelContext& context);
void DrawActionPanel(const PanelContext& context);
void DrawProprioceptionPanel(const PanelContext& context);
void DrawContactsPanel(const PanelContext& context);
void DrawTimingPanel(const PanelContext& context);
void DrawProtocolPanel(const PanelContext& context);

// The pictures that the policy gets, drawn again from the moment's snapshot by the same renderer;
// keeps their textures.
class PicturesPanel {
 public:
  // Views of the painter from this number on are its own.
  explicit PicturesPanel(int first_view) : first_view_(first_view) {}
  void Draw(const PanelContext& context);
  void Release(Surface& surface);

 private:
  struct Picture {
    ImTextureID texture = nullptr;
    uint64_t moment = 0;  // whose picture was asked for
    FrameSpec frame;
  };

  int first_view_;
  std::vector<Picture> pictures_;
};

// The plan that the step's action came from: its latent actions with their probabilities and
// history, where the action decoder looked in the picture that it was made from, and its actions.
class PlanPanel {
 public:
  // The view of the painter that is its own.
  explicit PlanPanel(int view) : view_(view) {}
  void Draw(const PanelContext& context);
  void Release(Surface& surface);

 private:
  void DrawAttention(const PanelContext& context, const PictureAttention& attention);

  int view_;
  ImTextureID texture_ = nullptr;
  uint64_t moment_ = 0;  // whose picture was asked for
};

// The name of a geom's body, as people know things: "akita_black_bowl_1", "robot0_link5".
[[nodiscard]] std::string ThingName(const mjModel& model, int geom);

}  // namespace libero
