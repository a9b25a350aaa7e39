#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "sim/scene_store.h"
#include "sim/snapshot.h"
#include "tasks/renderer_pool.h"
#include "viewer/camera.h"

namespace libero {

// What a view is to show.
struct ViewRequest {
  std::shared_ptr<const Scene> scene;
  Snapshot snapshot;
  FrameSpec frame;                      // a camera of the scene
  std::optional<CameraPose> free_pose;  // where that camera is put instead, if anywhere
};

// Draws the pictures of several views, each as often as it is asked to, in a thread of its own. A
// request that comes while an older one of the same view waits takes its place. Has a renderer for
// each scene that a view shows.
class ScenePainter {
 public:
  explicit ScenePainter(RendererFactory make_renderer);
  ~ScenePainter();
  ScenePainter(const ScenePainter&) = delete;
  ScenePainter& operator=(const ScenePainter&) = delete;

  // Has the view drawn; views are told apart by numbers.
  void Ask(int view, ViewRequest request);

  // The view's picture, if one has been drawn since this was last asked.
  [[nodiscard]] std::optional<Image> Take(int view);

  // The view is shown no more: lets go of its scene. So it does with views that nobody has asked
  // for in some seconds while other scenes were drawn.
  void Forget(int view);

  // Waits until everything that was asked for has been drawn.
  void WaitUntilIdle();

  // What draws, "" before the first picture; how long a view's last picture took; what went wrong.
  [[nodiscard]] std::string description() const;
  [[nodiscard]] double last_ms(int view) const;
  [[nodiscard]] std::string error() const;

 private:
  struct View {
    std::optional<ViewRequest> request;
    std::optional<Image> picture;
    std::unique_ptr<FrameHistory> history;  // of the thread alone
    std::shared_ptr<const Scene> scene;     // that the history is of; of the thread alone
    double last_ms = 0;
    std::chrono::steady_clock::time_point last_ask;
    bool is_forgotten = false;
  };
  struct SceneRenderer {
    std::shared_ptr<const Scene> scene;
    std::unique_ptr<Renderer> renderer;  // goes before its scene
  };

  void Run(const std::stop_token& stop);
  [[nodiscard]] bool IsGone(const View& view) const;
  void LetGo(std::unique_lock<std::mutex>& lock);
  Image Draw(View& view, ViewRequest& request);

  RendererFactory make_renderer_;

  // of the thread
  std::map<const Scene*, SceneRenderer> renderers_;
  const Scene* last_scene_ = nullptr;  // that was drawn

  mutable std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::map<int, View> views_;
  int last_view_ = -1;
  bool is_drawing_ = false;
  std::string description_;
  std::string error_;
  std::jthread thread_;  // last: it ends first
};

}  // namespace libero
