#include "viewer/scene_view.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace libero {

ScenePainter::ScenePainter(RendererFactory make_renderer)
    : make_renderer_(std::move(make_renderer)) {
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

ScenePainter::~ScenePainter() {
  {
    const std::lock_guard lock(mutex_);
    thread_.request_stop();
  }
  changed_.notify_all();
  thread_.join();
  views_.clear();
  renderers_.clear();
}

void ScenePainter::Ask(int view, ViewRequest request) {
  {
    const std::lock_guard lock(mutex_);
    views_[view].request = std::move(request);
    views_[view].last_ask = std::chrono::steady_clock::now();
    views_[view].is_forgotten = false;
  }
  changed_.notify_all();
}

void ScenePainter::Forget(int view) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = views_.find(view);
    if (found == views_.end()) return;
    found->second.request.reset();
    found->second.is_forgotten = true;
  }
  changed_.notify_all();
}

std::optional<Image> ScenePainter::Take(int view) {
  const std::lock_guard lock(mutex_);
  return std::exchange(views_[view].picture, std::nullopt);
}

void ScenePainter::WaitUntilIdle() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] {
    return !is_drawing_ && std::ranges::none_of(views_, [](const auto& view) {
      return view.second.request.has_value();
    });
  });
}

std::string ScenePainter::description() const {
  const std::lock_guard lock(mutex_);
  return description_;
}

double ScenePainter::last_ms(int view) const {
  const std::lock_guard lock(mutex_);
  const auto found = views_.find(view);
  return found == views_.end() ? 0 : found->second.last_ms;
}

std::string ScenePainter::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void ScenePainter::Run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    LetGo(lock);
    // the next view in turn that wants a picture
    auto next = views_.end();
    for (auto view = views_.begin(); view != views_.end(); ++view) {
      if (!view->second.request) continue;
      if (next == views_.end() || (next->first <= last_view_ && view->first > last_view_)) {
        next = view;
      }
    }
    if (next == views_.end()) {
      changed_.notify_all();
      changed_.wait(lock);
      continue;
    }
    View& view = next->second;  // stays where it is, whatever views are added
    last_view_ = next->first;
    ViewRequest request = *std::exchange(view.request, std::nullopt);
    is_drawing_ = true;
    lock.unlock();
    const auto start = std::chrono::steady_clock::now();
    std::optional<Image> picture;
    std::string error;
    try {
      picture = Draw(view, request);
    } catch (const std::exception& problem) {
      error = problem.what();
    }
    const std::chrono::duration<double, std::milli> elapsed =
        std::chrono::steady_clock::now() - start;
    lock.lock();
    is_drawing_ = false;
    view.last_ms = elapsed.count();
    if (picture) view.picture = std::move(picture);
    error_ = error;
    const auto renderer = renderers_.find(view.scene.get());
    if (renderer != renderers_.end()) description_ = renderer->second.renderer->description();
  }
}

bool ScenePainter::IsGone(const View& view) const {
  constexpr auto kPatience = std::chrono::seconds(3);
  return view.is_forgotten ||
         (!view.request && view.scene != nullptr && view.scene.get() != last_scene_ &&
          std::chrono::steady_clock::now() - view.last_ask > kPatience);
}

// Destroys views that are gone and renderers whose scene no view shows, without the mutex.
void ScenePainter::LetGo(std::unique_lock<std::mutex>& lock) {
  std::vector<std::map<int, View>::node_type> views;
  for (auto view = views_.begin(); view != views_.end();) {
    const auto here = view++;
    if (IsGone(here->second)) views.push_back(views_.extract(here));
  }
  std::vector<std::map<const Scene*, SceneRenderer>::node_type> renderers;
  for (auto renderer = renderers_.begin(); renderer != renderers_.end();) {
    const auto here = renderer++;
    const bool is_used = std::ranges::any_of(views_, [&](const auto& view) {
      return view.second.scene.get() == here->first ||
             (view.second.request && view.second.request->scene.get() == here->first);
    });
    if (!is_used) renderers.push_back(renderers_.extract(here));
  }
  if (views.empty() && renderers.empty()) return;
  lock.unlock();
  views.clear();
  renderers.clear();
  lock.lock();
}

Image ScenePainter::Draw(View& view, ViewRequest& request) {
  const Scene* const scene = request.scene.get();
  auto renderer = renderers_.find(scene);
  if (renderer == renderers_.end()) {
    SceneRenderer made = {request.scene, make_renderer_(*scene->model)};
    renderer = renderers_.emplace(scene, std::move(made)).first;
  }
  last_scene_ = scene;
  if (view.scene != request.scene) view.history.reset();
  view.scene = request.scene;
  const int camera = FindCamera(*scene->model, request.frame.camera);
  if (request.free_pose) {
    std::ranges::copy(request.free_pose->pos,
                      request.snapshot.cam_xpos.begin() + 3 * static_cast<ptrdiff_t>(camera));
    std::ranges::copy(request.free_pose->mat,
                      request.snapshot.cam_xmat.begin() + 9 * static_cast<ptrdiff_t>(camera));
  }
  Image image = {request.frame.width, request.frame.height, {}};
  image.rgb.resize(size_t{3} * static_cast<size_t>(image.width) *
                   static_cast<size_t>(image.height));
  renderer->second.renderer->Redraw(request.snapshot, camera, image, view.history);
  return image;
}

}  // namespace libero
